"""Qwen's web apps: qianwen.com with whole snapshots, chat.qwen.ai with deltas by phase; their histories."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce
from urllib.parse import parse_qs, urlsplit

from bs4 import BeautifulSoup

from geo_tracker.captures.assistants._dialogue import dialogue, one_by_one
from geo_tracker.captures.assistants._failures import until_failure, wordless
from geo_tracker.captures.assistants._page import page_dialogue
from geo_tracker.captures.assistants._reading import (
    document,
    frames,
    question,
    request_value,
    shelf,
)
from geo_tracker.captures.assistants.base import Assistant, Exchange, Turn
from geo_tracker.engines._chat import united
from geo_tracker.engines._endings import ended
from geo_tracker.engines._errors import reported
from geo_tracker.engines._json import Json, integer, malformed, record, records, said, string, strings
from geo_tracker.engines._markers import DOUBLE, REF, either, resolved
from geo_tracker.engines._paragraphs import paragraphs
from geo_tracker.engines._sources import numbered, source
from geo_tracker.engines._stream import Event, is_done, is_stream
from geo_tracker.engines.base import ParsedAnswer, ParsedCitation, ReportedError, Span

GROUP = re.compile(
    r"\[\[source_group_web_(?P<n>\d{1,4})\]\]|<websource>source_group_web_(?P<n2>\d{1,4})</websource>"
)
PLACEHOLDER = re.compile(r"\[\([a-z_]{1,40}\)\][ \t]*\n*")
"""`[(deep_think)]`: where the app shows another part of the message."""
ANSWER, PROGRESS, SOURCES = "multi_load/iframe", "bar/progress", "bar/iframe"
SILENT = frozenset(
    {PROGRESS, SOURCES, "plan_cot/post", "signal/post", "bar/workflow", "paa/post", "survey/post"}
)
ANSWERING = frozenset({ANSWER, "text/plain", "text/markdown", ""})
PHASES = frozenset({"think", "web_search", "thinking_summary", "title"})
COMPLETE = frozenset({"complete", "finished", "success"})
HISTORY = re.compile(r"/session/msg/list$|/share/info$")
CHAT = re.compile(r"^/api/v\d/chats/(?P<id>[^/]+)$")


class QwenApp(Assistant):
    """A marker of qianwen.com names a group of sources; each of the group is cited there."""

    name = "qwen"
    hosts = ("qianwen.com", "tongyi.com", "chat.qwen.ai")
    answer_paths = re.compile(
        rf"^/api/v2/chat$|/chat/completions$|/dialog/conversation$|{HISTORY.pattern}|{CHAT.pattern}"
    )

    def turns(self, exchange: Exchange) -> Iterator[Turn]:
        address = urlsplit(exchange.url)
        asked = parse_qs(address.query)
        if HISTORY.search(address.path):
            yield from _listed_turns(document(exchange.body), asked.get("session_id", [None])[0])
            return
        if (chat := CHAT.search(address.path)) and not is_stream(exchange.body):
            yield from _chat(document(exchange.body), chat["id"])
            return
        found, whole = frames(exchange.body)
        if not found and exchange.body.lstrip().startswith(b"{"):
            body = document(exchange.body)
            raise _failure({"success": False, **body}) or malformed("no answer of a Qwen chat")
        yield from until_failure(
            found, lambda frame: _failure(frame.record), lambda found: [_turn(found, whole, exchange)]
        )

    def shows(self, soup: BeautifulSoup) -> bool:
        return soup.select_one(".qk-markdown") is not None

    def page_turns(self, soup: BeautifulSoup) -> Iterator[Turn]:
        yield from page_dialogue(
            soup,
            messages="[data-msgid], [class*=questionItem], [class*=answerItem]",
            answer=".qk-markdown",
            sources="[data-exposure-extra], [data-click-extra]",
            markers=either(REF, DOUBLE),
        )


def _first(found: Sequence[Event], key: str) -> Json:
    """What the first frame that has it says under a key."""
    return next((value for frame in found if (value := record(frame.record.get(key)))), {})


def _failure(body: Json) -> ReportedError | None:
    """What an app says in place of an answer; chat.qwen.ai has code and details under `data`."""
    refused = record(body.get("data")) if body.get("success") is False else {}
    told = reported(body, {}) or (reported(refused, {}) if refused else None)
    return told or (wordless(refused["code"]) if refused.get("code") else None)


def _turn(found: Sequence[Event], whole: bool, exchange: Exchange) -> Turn:
    deltas = any("choices" in frame.record for frame in found)
    answer, closed = _phases(found) if deltas else _snapshot(found)
    made, sent = _first(found, "response.created"), _first(found, "communication")
    asked = parse_qs(urlsplit(exchange.url).query).get("chat_id", [None])[0]
    thread = asked or request_value(exchange.request, "chat_id", "session_id")
    return Turn(
        question(exchange.request),
        ended(answer, whole=whole and closed),
        id=said(made.get("response_id"), sent.get("reqid"), request_value(exchange.request, "req_id")),
        thread=said(thread, sent.get("sessionid")),
        question_id=said(made.get("parent_id")),
    )


def _snapshot(found: Sequence[Event]) -> tuple[ParsedAnswer, bool]:
    """The last snapshot of every kind of message, and whether it is complete; later frames replace earlier ones."""
    kinds: dict[str, list[Json]] = {}
    for frame in found:
        newest = defaultdict(list)
        for message in records(record(frame.record.get("data")).get("messages") or []):
            newest[string(message.get("mime_type"))].append(message)
        kinds.update(newest)
    if ANSWER not in kinds:
        raise malformed("no answer in the stream of a Qwen chat")
    states = {string(message.get("status")) for message in kinds[ANSWER]}
    closed = is_done(found) or any(frame.name == "complete" for frame in found)
    return _loaded([each for listed in kinds.values() for each in listed]), closed or states <= COMPLETE


def _loaded(messages: Sequence[Json]) -> ParsedAnswer:
    """The answer that messages of all kinds make."""
    answers = [each for each in messages if string(each.get("mime_type")) in ANSWERING and _is_answer(each)]
    loaded = [each for each in answers if each.get("mime_type") == ANSWER] or answers
    text = paragraphs(PLACEHOLDER.sub("", string(each.get("content"))).rstrip("\n") for each in loaded)
    grouped = [
        part for each in loaded for part in records(record(each.get("meta_data")).get("multi_load") or [])
    ]
    others = (each for each in messages if string(each.get("mime_type")) not in ANSWERING | SILENT)
    unknown = (
        *others,
        *(part for part in grouped if _group(part) is None and part.get("type") != "deep_think"),
    )
    found = [
        *_cited(text, grouped),
        *_listed([each for each in messages if each.get("mime_type") == SOURCES]),
    ]
    return ParsedAnswer(
        text=text,
        citations=tuple(found),
        queries=tuple(_queries([each for each in messages if each.get("mime_type") == PROGRESS])),
        search="yes" if found else "unknown",
        offers=shelf(unknown),
        unknown_blocks=unknown,
    )


def _is_answer(message: Json) -> bool:
    return string(message.get("role")) in ("", "assistant") and isinstance(message.get("content"), str)


def _listed_turns(body: Json, thread: str | None) -> Iterator[Turn]:
    """qianwen.com's history and share pages: a list of questions, each with the messages of its answer."""
    data = record(body.get("data"))
    listed = data.get("list") or record(data.get("session")).get("record_list")
    if not isinstance(listed, list):
        raise reported(body, {}) or malformed("no messages of a Qianwen session")
    rows = sorted(
        records(listed), key=lambda row: integer(row.get("request_timestamp") or row.get("created_at")) or 0
    )
    for row in rows:
        yield from dialogue([_asked(row), _answered(row)], one_by_one(_replied), thread=thread)


def _asked(row: Json) -> Json:
    """What was asked, as a message; only words count, not what was attached."""
    words = [
        string(each.get("content"))
        for each in records(row.get("request_messages") or [])
        if string(each.get("mime_type")) in ANSWERING
    ]
    asked_at = row.get("request_timestamp") or row.get("created_at")
    text = paragraphs(words) or string(row.get("user_message"))
    return {"role": "user", "content": text, "created_at": asked_at}


def _answered(row: Json) -> Json:
    replies = row.get("response_messages") or row.get("qwen_response_messages")
    return {
        "id": row.get("req_id"),
        "role": "assistant",
        "messages": records(replies or []),
        "model": row.get("model_name"),
    }


def _replied(message: Json) -> ParsedAnswer:
    states = {
        string(each.get("status")) for each in message["messages"] if each.get("mime_type") == ANSWER
    } - {""}
    answer = _loaded(message["messages"])
    return replace(answer, model=said(message.get("model")), cut=bool(states) and not states & COMPLETE)


def _chat(body: Json, thread: str) -> Iterator[Turn]:
    """chat.qwen.ai's history: a tree of messages, or a list of those on the screen."""
    chat = record(record(body.get("data")).get("chat")) or record(body.get("chat"))
    history = record(chat.get("history"))
    tree = [{"id": key, **record(value)} for key, value in record(history.get("messages")).items()]
    messages = tree or records(chat.get("messages") or [])
    if not messages:
        raise reported(body, {}) or malformed("no messages of a Qwen chat")
    ordered = sorted(messages, key=lambda each: integer(each.get("timestamp")) or 0)
    current = said(history.get("currentId"), history.get("currentResponseId"))
    yield from dialogue(ordered, one_by_one(_phased), thread=thread, current=current)


def _phased(message: Json) -> ParsedAnswer:
    """The answer of a message in phases; without phases its content is the answer."""
    parts = records(message.get("content_list") or [])
    answers = [part for part in parts if part.get("phase") in ("answer", None)]
    text = paragraphs(string(part.get("content")) for part in answers) or string(message.get("content"))
    states = {string(part.get("status")) for part in answers} - {""}
    cut = message.get("done") is False or (bool(states) and not states & COMPLETE)
    return replace(
        _with_sources(text, parts), model=said(message.get("modelName"), message.get("model")), cut=cut
    )


def _phases(found: Sequence[Event]) -> tuple[ParsedAnswer, bool]:
    """chat.qwen.ai's stream: text of the phase `answer`, and whether that phase has ended."""
    deltas = [
        {**record(choice.get("delta")), "finish_reason": choice.get("finish_reason")}
        for frame in found
        for choice in records(frame.record.get("choices") or [])
    ]
    answers = [delta for delta in deltas if delta.get("phase") in ("answer", None)]
    closed = any(string(delta.get("status")) in COMPLETE or delta["finish_reason"] for delta in answers)
    text = "".join(string(delta.get("content")) for delta in answers)
    return _with_sources(text, deltas), closed or is_done(found)


def _with_sources(text: str, parts: Sequence[Json]) -> ParsedAnswer:
    """The answer with the sources that the parts of its search list; a later list repeats an earlier one."""
    lists = [record(part.get("extra")).get("web_search_info") for part in parts]
    named = [{"site_name": row.get("hostname"), **row} for row in records(reduce(united, lists, []))]
    known = PHASES | {"answer"}
    unknown = tuple(
        part
        for part in parts
        if part.get("phase") and string(part["phase"]) not in known and said(part.get("content"))
    )
    return ParsedAnswer(
        text,
        citations=resolved(text, numbered(named), DOUBLE),
        search="yes" if named else "unknown",
        unknown_blocks=unknown,
    )


def _group(part: Json) -> int | None:
    name = re.fullmatch(r"source_group_web_(\d{1,4})", said(part.get("source_seq"), part.get("type")) or "")
    return int(name[1]) if name else None


def _rows(content: object) -> Iterator[Json]:
    """The sources in lists within lists."""
    for item in records(record(content).get("list") or []):
        inner = list(_rows(item.get("content")))
        yield from inner or [item]


def _source(row: Json, ordinal: int | None = None) -> ParsedCitation:
    address = said(row.get("url"), row.get("raw_url"), row.get("normalized_url"))
    site = said(row.get("host_name"), row.get("sc_name"), row.get("name"))
    number = integer(row.get("ref_num"))
    return replace(
        source({**row, "url": address, "site_name": site}), ordinal=ordinal if number is None else number
    )


def _cited(text: str, parts: Sequence[Json]) -> Iterator[ParsedCitation]:
    spans: dict[int, list[Span]] = defaultdict(list)
    for match in GROUP.finditer(text):
        spans[int(match["n"] or match["n2"])].append(match.span())
    for part in parts:
        number = _group(part)
        rows = _rows(part.get("content") or {"list": part.get("sources")})
        for row in rows if number is not None else ():
            found = _source(row, number)
            printed = spans.get(number or 0, [])
            yield replace(found, role="cited" if printed else "retrieved", spans=tuple(printed))


def _listed(messages: Sequence[Json]) -> Iterator[ParsedCitation]:
    """What the list of sources beside the answer holds: found, cited only where a marker says so."""
    for message in messages:
        for part in records(record(message.get("meta_data")).get("sources") or []):
            yield from (_source(row) for row in _rows(part.get("content")))


def _queries(messages: Sequence[Json]) -> Iterator[str]:
    for message in messages:
        meta = record(message.get("meta_data"))
        for key in ("queries", "query", "keywords", "search_queries"):
            value = meta.get(key)
            yield from strings(value if isinstance(value, list) else [value])
