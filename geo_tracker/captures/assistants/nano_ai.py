"""Nano AI's web app (n.cn): raw text in numbered events, histories; sources come in requests of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from geo_tracker.captures._document import written
from geo_tracker.captures.assistants._failures import until_failure, wordless
from geo_tracker.captures.assistants._reading import (
    bears_text,
    document,
    json_value,
    question,
    refuse_page,
    request_value,
    shelf,
    time_of,
)
from geo_tracker.captures.assistants.base import Assistant, Exchange, Turn
from geo_tracker.engines._errors import reported
from geo_tracker.engines._json import Json, decoded, malformed, record, records, said, string, strings
from geo_tracker.engines._markers import BRACKETS, CARETS, EMPTY_LINK, either, resolved
from geo_tracker.engines._sources import numbered
from geo_tracker.engines._stream import DONE
from geo_tracker.engines.base import EngineError, ErrorKind, ParsedAnswer, ReportedError

CONVERSATION, MESSAGE, TEXT, AGENT = "100", "101", "200", "102"
"""Names of events; 102 tells of thoughts and of an agent's steps."""
MARKERS = either(EMPTY_LINK, CARETS, BRACKETS)
FAILED = frozenset({"error", "errno", "code", "errCode", "error_code"})
SOURCES = (
    *(
        "references",
        "refer_search",
        "refer_search_items",
        "search_results",
        "references_list",
        "docs",
        "list",
    ),
)
"""Names under which 360's interfaces list their sources."""
THOUGHTS = frozenset({"reasoning_text", "reasoning_duration"})
STEPS = frozenset({"agentThink", "toolStatus", "agentStatus"})
HISTORY = re.compile(r"/conversation/info$")
AFTER = re.compile(r"/chat/ask_further(/v\d)?$")
"""What the app asks for when an answer has ended: the questions to ask next."""


class NanoAiApp(Assistant):
    """Events 200 are pieces of the answer, an empty one a line break.

    No public reader knows an event that ends every stream: an answer is whole where `[DONE]`, an agent's end or another
    event follows its text, where the app goes on to ask for the next questions, or where the history has it.
    """

    name = "nano-ai"
    hosts = ("n.cn", "sou.com")
    answer_paths = re.compile(rf"^/api/common/chat(/v\d)?$|{HISTORY.pattern}|{AFTER.pattern}")

    def turns(self, exchange: Exchange) -> Iterator[Turn]:
        path = urlsplit(exchange.url).path
        thread = request_value(exchange.request, "conversation_id")
        if HISTORY.search(path):
            named = parse_qs(urlsplit(exchange.url).query).get("conversation_id", [None])[0]
            yield from _history(document(exchange.body), named or thread)
        elif AFTER.search(path):
            yield Turn("", _after(exchange.body), thread=thread, continues=True)
        else:
            found = _events(exchange.body)
            yield from until_failure(found, _failure, lambda found: [_streamed(found, exchange.request)])


def _streamed(found: Sequence[tuple[str, str]], request: bytes) -> Turn:
    named = {name: data.partition("####")[2] for name, data in found if name in (CONVERSATION, MESSAGE)}
    return Turn(
        question(request),
        _answer(found),
        id=named.get(MESSAGE) or request_value(request, "message_id"),
        thread=named.get(CONVERSATION) or request_value(request, "conversation_id"),
        again=bool(request_value(request, "re_answer", "re_answer_msg_id", "is_regenerate", "retry")),
    )


def _after(body: bytes) -> ParsedAnswer:
    """Nothing but the questions that the app suggests next."""
    listed = record(json_value(decoded(body))).get("data")
    return ParsedAnswer("", follow_ups=tuple(_suggested(listed)))


def _suggested(listed: object) -> Iterator[str]:
    for row in records(listed) if isinstance(listed, list) else []:
        yield from strings([row.get("content")])


def _history(body: Json, thread: str | None) -> Iterator[Turn]:
    """A conversation's questions, each with its answer and sources in the same record."""
    rows = records(record(body.get("data")).get("messages") or [])
    if not rows:
        raise _reported(body) or malformed("no messages of a Nano AI conversation")
    for row in rows:
        text = string(row.get("result")).strip()
        if text:
            listed = numbered(row.get("refer_search") or [])
            answer = ParsedAnswer(
                text,
                citations=resolved(text, listed, MARKERS),
                search="yes" if listed else "unknown",
                follow_ups=tuple(_suggested(row.get("ask_further"))),
                model=said(row.get("model"), row.get("model_name")),
            )
            id_ = said(row.get("message_id"), row.get("id"), row.get("msg_id"))
            yield Turn(string(row.get("prompt")).strip(), answer, id_, time_of(row), written(row), thread)


def _events(body: bytes) -> list[tuple[str, str]]:
    """Name and data of each frame, the empty ones too; a frame without a name goes on with the answer."""
    refuse_page(body)
    found: list[tuple[str, str]] = []
    name, data = TEXT, list[str]()
    for line in [*decoded(body).replace("\r\n", "\n").split("\n"), ""]:
        field, colon, value = line.partition(":")
        if not line:
            if data:
                found.append((name, "\n".join(data)))
            name, data = TEXT, []
        elif field == "event":
            name = value.strip()
        elif field == "data" and colon:
            data.append(value.removeprefix(" "))
    if not found:
        raise _reported(record(json_value(decoded(body)))) or malformed("no frames of a Nano AI chat")
    return found


def _answer(found: Sequence[tuple[str, str]]) -> ParsedAnswer:
    reply = _Reply()
    for name, data in found:
        reply.take(name, data)
    text = "".join(reply.texts).strip("\n")
    if not text:
        raise EngineError(ErrorKind.EMPTY, "no text in the stream of a Nano AI chat")
    return ParsedAnswer(
        text=text,
        citations=resolved(text, numbered(reply.rows), MARKERS),
        search="yes" if reply.rows else "unknown",
        offers=shelf(reply.unknown),
        cut=not reply.ended,
        unknown_blocks=tuple(reply.unknown),
    )


class _Reply:
    """What events add up to: text, sources, what is not known, and whether anything follows the text."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.rows: list[Json] = []
        self.unknown: list[Json] = []
        self.ended = False

    def take(self, name: str, data: str) -> None:
        """Take in one event."""
        value = json_value(data)
        about = record(value)
        if data == DONE or _is_last(about):
            self.ended = True
        elif name == TEXT and not about:
            self.texts.append(data if data.strip() else "\n")
            self.ended = False
        elif name not in (CONVERSATION, MESSAGE) and not _is_aside(about):
            self._other(name, data, value)

    def _other(self, name: str, data: str, value: Any) -> None:
        summary = string(record(record(value).get("agentSimpleResult")).get("summary"))
        listed = _sources(value)
        self.rows += listed
        self.texts += [summary] if summary and not "".join(self.texts).strip() else []
        self.ended = value is not data
        if not (listed or summary) and bears_text(value):
            self.unknown.append({"event": name, "data": value})


def _failure(event: tuple[str, str]) -> ReportedError | None:
    about = record(json_value(event[1]))
    return _reported(about) if FAILED & set(about) else None


def _reported(about: Json) -> ReportedError | None:
    """The failure of an object, whose number and words stand under 360's own names."""
    number, words = about.get("errno"), said(about.get("errmsg"), about.get("msg"), about.get("message"))
    told = reported(about, {})
    if told or number in (None, 0, "0"):
        return told
    return reported({"code": number, "message": words}, {}) or wordless(number)


def _is_aside(value: Json) -> bool:
    """Whether an event tells of thoughts and steps, not of the answer."""
    return string(value.get("type")) in THOUGHTS or bool(STEPS & set(value))


def _is_last(value: Json) -> bool:
    """Whether an agent says that it has done."""
    return record(value.get("toolStatus")).get("action") == "final" or bool(
        record(value.get("agentStatus")).get("success")
    )


def _sources(value: object) -> list[Json]:
    """The rows with an address in a list, or in a list under one of the usual names."""
    inner = record(value)
    lists = [value, *(holder.get(key) for holder in (inner, record(inner.get("data"))) for key in SOURCES)]
    return [
        row
        for listed in lists
        if isinstance(listed, list)
        for row in records(listed)
        if said(row.get("url"), row.get("link")) and string(row.get("title") or row.get("name"))
    ]
