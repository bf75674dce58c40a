"""DeepSeek's web app: a message built by patches, its history, its 2025 stream, its pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from bs4 import BeautifulSoup

from geo_tracker.captures.assistants._deepseek import Message
from geo_tracker.captures.assistants._dialogue import dialogue, one_by_one
from geo_tracker.captures.assistants._failures import until_failure, wordless
from geo_tracker.captures.assistants._page import page_dialogue
from geo_tracker.captures.assistants._reading import (
    document,
    frames,
    message_id,
    parent_id,
    question,
    request_body,
    request_value,
    shelf,
)
from geo_tracker.captures.assistants.base import Assistant, Exchange, Turn
from geo_tracker.engines._endings import ended
from geo_tracker.engines._errors import reported
from geo_tracker.engines._json import Json, malformed, record, records, said, string, strings
from geo_tracker.engines._markers import CITATION, REFERENCE, markers, merged, resolved
from geo_tracker.engines._paragraphs import paragraphs
from geo_tracker.engines._sources import numbered, source
from geo_tracker.engines._stream import Event, is_done, is_stream
from geo_tracker.engines.base import ParsedAnswer, ParsedCitation, ReportedError

ANSWERS = frozenset({"RESPONSE", "TEMPLATE_RESPONSE", "TEXT", "ANSWER"})
"""Fragments that the reader sees as the answer."""
SILENT = frozenset(
    {"THINK", "THINKING", "REASONING", "SEARCH", "TOOL_SEARCH", "TOOL_OPEN", "REQUEST", "TIP", ""}
)
WHOLE = frozenset({"FINISHED", "CONTENT_FILTER"})
"""States of a message that has ended; WIP, INCOMPLETE, AUTO_CONTINUE have not."""
EDITING = re.compile(r"/chat/edit_message$")
CONTINUING = re.compile(r"/chat/(continue|resume_stream)$")


class DeepSeekApp(Assistant):
    """`[citation:n]` names a result by `cite_index` from 1, `[reference:n]` an opened page from 0."""

    name = "deepseek"
    hosts = ("chat.deepseek.com",)
    answer_paths = re.compile(
        r"/chat/(completion|history_messages|regenerate|edit_message|continue|resume_stream)$|/share/content$"
    )

    def turns(self, exchange: Exchange) -> Iterator[Turn]:
        if not is_stream(exchange.body):
            thread = parse_qs(urlsplit(exchange.url).query).get("chat_session_id", [None])[0]
            yield from _history(document(exchange.body), thread)
            return
        found, whole = frames(exchange.body)
        yield from until_failure(found, _failure, lambda found: [_turn(found, whole, exchange)])

    def shows(self, soup: BeautifulSoup) -> bool:
        return soup.select_one(".ds-markdown") is not None

    def page_turns(self, soup: BeautifulSoup) -> Iterator[Turn]:
        yield from page_dialogue(
            soup,
            messages=".ds-message, [data-message-role]",
            answer=".ds-markdown",
            markers=CITATION,
            hidden=".ds-think-content, [class*='think-content']",
            question=".ds-collapsible-text",
            chip=".ds-markdown-cite",
        )


def _turn(found: Sequence[Event], whole: bool, exchange: Exchange) -> Turn:
    response, answer = _streamed(found, whole)
    asked, path = request_body(exchange.request), urlsplit(exchange.url).path
    switches = {"search": asked.get("search_enabled"), "think": asked.get("thinking_enabled")}
    told = {name: on for name, on in switches.items() if isinstance(on, bool)}
    return Turn(
        question(exchange.request),
        replace(answer, usage={**answer.usage, "mode": told}) if told else answer,
        id=message_id({"id": response.get("message_id")}),
        thread=request_value(exchange.request, "chat_session_id"),
        question_id=parent_id(response),
        follows=str(asked["parent_message_id"] or "") if "parent_message_id" in asked else None,
        instead_of=message_id(asked) if EDITING.search(path) else None,
        continues=CONTINUING.search(path) is not None,
    )


def _history(body: Json, thread: str | None) -> Iterator[Turn]:
    data = record(body.get("data"))
    chat = record(data.get("biz_data")) or data or body
    messages = chat.get("chat_messages") or chat.get("messages")
    if not isinstance(messages, list):
        raise _reported(body) or malformed("no messages of a DeepSeek chat")
    session = record(chat.get("chat_session"))
    current = message_id({"id": session.get("current_message_id")})
    listed = [with_question(message) for message in records(messages)]
    yield from dialogue(
        listed, one_by_one(answer_of), thread=thread or said(session.get("id")), current=current
    )


def with_question(message: Json) -> Json:
    """A question that stands in fragments as the text that it is."""
    asked = [
        string(part.get("content"))
        for part in records(message.get("fragments") or [])
        if part.get("type") == "REQUEST"
    ]
    return {**message, "content": paragraphs(asked)} if asked and not message.get("content") else message


def _streamed(found: Sequence[Event], whole: bool) -> tuple[Json, ParsedAnswer]:
    """The response that patches, or deltas in the shape of chat completions, add up to."""
    message = Message()
    deltas: Json = {"content": "", "search_results": [], "unused": []}
    for frame in found:
        data = frame.record
        if "choices" in data:
            _take_delta(deltas, data)
        elif "v" in data:
            message.apply(data)
        elif response := record(record(data.get("message")).get("response")):
            message.apply({"v": {"response": response}})
    response = message.value or deltas
    if not message.value and not deltas["content"]:
        raise malformed("no response in the stream of a DeepSeek chat")
    unused = tuple(message.unused or deltas["unused"])
    answer = answer_of(response)
    answer = replace(answer, unknown_blocks=(*answer.unknown_blocks, *unused))
    return response, ended(answer, whole=whole and _has_ended(response, found))


def _failure(frame: Event) -> ReportedError | None:
    data = frame.record
    if frame.name == "hint" and data.get("type") == "error":
        about = {"message": data.get("content"), "code": data.get("finish_reason") or ""}
        return reported({"error": about}, {}) if said(data.get("content")) else wordless()
    return _reported(data)


def _reported(body: Json) -> ReportedError | None:
    """The failure of a body: by its own code, or by that of the part that answers the app's question."""
    inner = record(body.get("data"))
    code = inner.get("biz_code")
    if code in (None, 0, "0"):
        return reported(body, {})
    return reported({"code": code, "message": inner.get("biz_msg")}, {}) or wordless(code)


def _has_ended(response: Json, found: Sequence[Event]) -> bool:
    """By the message's own state; without one, by the stream's end."""
    states = {said(response.get("status")), said(response.get("quasi_status"))} - {None}
    if "INCOMPLETE" in states or response.get("auto_continue") is True:
        return False
    closed = is_done(found) or any(frame.name in ("finish", "close") for frame in found)
    return bool(WHOLE & states) if states else closed or bool(response.get("finish_reason"))


def _take_delta(deltas: Json, data: Json) -> None:
    for choice in records(data.get("choices") or []):
        delta = record(choice.get("delta"))
        deltas["finish_reason"] = choice.get("finish_reason") or deltas.get("finish_reason")
        if delta.get("type") == "search_result":
            deltas["search_results"] = records(delta.get("search_results") or [])
        elif delta.get("type") in (None, "text"):
            deltas["content"] += string(delta.get("content"))
        elif delta.get("type") not in ("thinking", "search_index") and string(delta.get("content")).strip():
            deltas["unused"].append(delta)


def answer_of(response: Json) -> ParsedAnswer:
    """The answer that a message holds."""
    fragments = records(response.get("fragments") or [])
    answers = [fragment for fragment in fragments if string(fragment.get("type")) in ANSWERS]
    text = _text(fragments) or string(response.get("content"))
    lists = [fragment.get("results") for fragment in fragments] + [response.get("search_results")]
    results = [row for found in lists if isinstance(found, list) for row in records(found)]
    opened = [fragment for fragment in fragments if fragment.get("type") == "TOOL_OPEN"]
    unknown = tuple(
        fragment for fragment in fragments if string(fragment.get("type")) not in ANSWERS | SILENT
    )
    references = [r for holder in (*answers, response) for r in records(holder.get("references") or [])]
    pages = _opened(text, opened, references)
    states = [said(response.get(name)) for name in ("status", "quasi_status")]
    status = next((state for state in states if state in WHOLE), states[0])
    return ParsedAnswer(
        text=text,
        citations=merged([*resolved(text, numbered(results, "cite_index"), CITATION), *pages]),
        queries=tuple(dict.fromkeys(query for fragment in fragments for query in _queries(fragment))),
        search="yes" if results or opened else "unknown",
        offers=shelf(unknown),
        model=said(response.get("model")),
        finish_reason=status,
        cut=status is not None and status not in WHOLE,
        unknown_blocks=unknown,
    )


def _text(fragments: Sequence[Json]) -> str:
    """The answers' texts: pieces in a row go on in the same line, tools between them part paragraphs."""
    texts: list[str] = []
    before = ""
    for fragment in fragments:
        kind = string(fragment.get("type"))
        if kind in ANSWERS and before in ANSWERS:
            texts[-1] += string(fragment.get("content"))
        elif kind in ANSWERS:
            texts.append(string(fragment.get("content")))
        before = kind
    return paragraphs(texts)


def _queries(fragment: Json) -> Iterator[str]:
    for query in fragment.get("queries") or [] if isinstance(fragment.get("queries"), list) else []:
        yield from strings([query if isinstance(query, str) else record(query).get("query")])
    yield from strings([fragment.get("query")])


def _opened(text: str, fragments: Sequence[Json], references: Sequence[Json]) -> Iterator[ParsedCitation]:
    """The pages that were opened; one that a `[reference:n]` names through the references is cited there."""
    pages = {
        _hashable(fragment.get("id")): source(record(fragment.get("result")), "opened")
        for fragment in fragments
    }
    printed = list(markers(text, REFERENCE))
    for place, reference in enumerate(references):
        page = pages.get(_hashable(reference.get("id")))
        spans = tuple(marker.span for marker in printed if place in marker.ordinals)
        if page is not None and spans:
            yield replace(page, role="cited", ordinal=place, base=0, spans=spans)
    yield from (page for page in pages.values() if page.url)


def _hashable(value: object) -> object:
    return value if isinstance(value, (str, int)) else None
