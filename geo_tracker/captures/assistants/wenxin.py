"""Wenxin's web apps: components at chat.baidu.com, increments and histories at yiyan.baidu.com, pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import reduce
from urllib.parse import urlsplit

from bs4 import BeautifulSoup

from geo_tracker.captures.assistants._dialogue import dialogue, one_by_one
from geo_tracker.captures.assistants._failures import until_failure, wordless
from geo_tracker.captures.assistants._page import page_dialogue
from geo_tracker.captures.assistants._reading import (
    alone,
    document,
    frames,
    message_id,
    plain_text,
    question,
    request_value,
    shelf,
)
from geo_tracker.captures.assistants.base import Assistant, Exchange, Turn
from geo_tracker.engines._chat import united
from geo_tracker.engines._endings import ended
from geo_tracker.engines._errors import reported
from geo_tracker.engines._json import Json, malformed, record, records, said, string
from geo_tracker.engines._markers import BRACKETS, CARETS, either, resolved
from geo_tracker.engines._sources import numbered
from geo_tracker.engines._stream import Event
from geo_tracker.engines.base import ErrorKind, ParsedAnswer, ReportedError

MARKERS = either(CARETS, BRACKETS)
TEXT, STEPS = "markdown-yiyan", "thinkingSteps"
ERRORS = {1005: ErrorKind.QUOTA, 1001: ErrorKind.AUTH}
ENTRIES = ".ai-entry .ai-markdown"
OLD_ANSWERS = "#answer_text_id .custom-html, .custom-html.md-stream-desktop"
"""Answers on pages of chat.baidu.com, and of yiyan.baidu.com before it."""
SOURCES = ("references", "referenceList", "citations", "search_results", "searchResults")
"""Names under which a message of yiyan.baidu.com may list its sources; none is documented."""
YIYAN = "/eb/chat/"
"""Paths of yiyan.baidu.com."""
QUIET = frozenset({"major", "state", "thought", "message", "ping", "heartbeat"})


class WenxinApp(Assistant):
    """`markdown-yiyan` components, or `message` events, are increments of the answer."""

    name = "wenxin"
    hosts = ("chat.baidu.com", "yiyan.baidu.com", "wenxin.baidu.com", "ernie.baidu.com")
    answer_paths = re.compile(r"/aichat/api/conversation$|/eb/chat/(conversation(/v\d)?|history)$")

    def turns(self, exchange: Exchange) -> Iterator[Turn]:
        path = urlsplit(exchange.url).path
        thread = request_value(exchange.request, "sessionId")
        if path.endswith("/history"):
            yield from _history(document(exchange.body), thread)
            return
        found, whole = frames(exchange.body)
        failure = _failure if YIYAN in path else _status
        if not found and (told := failure(alone(exchange.body))):
            raise told
        yield from until_failure(
            found,
            lambda frame: failure(frame.record),
            lambda found: [_turn(found, whole, exchange)],
        )

    def shows(self, soup: BeautifulSoup) -> bool:
        return soup.select_one(f"{ENTRIES}, .answer-container .cosd-markdown, {OLD_ANSWERS}") is not None

    def page_turns(self, soup: BeautifulSoup) -> Iterator[Turn]:
        yield from page_dialogue(
            soup,
            messages="[class*=question-container], [class*=questionText], [class*=question_text], "
            ".answer-container, .ai-entry, #answer_text_id",
            answer=f".cosd-markdown-content, .answer-container .cosd-markdown, {OLD_ANSWERS}",
            sources="[class*=reference] a[href^=http], .ai-thinking-steps a[href^=http]",
            markers=MARKERS,
            hidden=".ai-thinking-steps .cosd-markdown-content, [class*=thinking-steps] .cosd-markdown",
        )


def _turn(found: Sequence[Event], whole: bool, exchange: Exchange) -> Turn:
    answer, closed = _increments(found) if YIYAN in urlsplit(exchange.url).path else _components(found)
    begun, chats = _begun(found, "Session"), _begun(found, "Chat")
    return Turn(
        question(exchange.request),
        ended(answer, whole=whole and closed),
        id=message_id(record(chats.get("botChat"))),
        thread=said(request_value(exchange.request, "sessionId"), begun.get("sessionId")),
        question_id=message_id(record(chats.get("chat"))),
    )


def _begun(found: Sequence[Event], what: str) -> Json:
    """What yiyan.baidu.com's stream says at its begin of the session or the messages that it made."""
    made = (record(frame.record.get("data")).get(f"create{what}ResponseVoCommonResult") for frame in found)
    return next((data for each in made if (data := record(record(each).get("data")))), {})


def _components(found: Sequence[Event]) -> tuple[ParsedAnswer, bool]:
    """chat.baidu.com: the answer, and whether it says that it is complete."""
    messages = [_message(frame.record) for frame in found]
    closed = any(record(message.get("metaData")).get("state") == "generate-complete" for message in messages)
    parts = [record(record(message.get("content")).get("generator")) for message in messages]
    text = "".join(
        string(record(part.get("data")).get("value")) for part in parts if part.get("component") == TEXT
    )
    steps = [record(part.get("data")) for part in parts if part.get("component") == STEPS]
    # the list comes again as it grows
    listed = records(reduce(united, (step.get("referenceList") for step in steps), []))
    unknown = tuple(part for part in parts if part and part.get("component") not in (TEXT, STEPS))
    return _sourced(text, [_row(row) for row in listed], unknown), closed


def _sourced(text: str, rows: Sequence[Json], unknown: Sequence[Json]) -> ParsedAnswer:
    return ParsedAnswer(
        text=text,
        citations=resolved(text, numbered(list(rows)), MARKERS),
        search="yes" if rows else "unknown",
        offers=shelf(unknown),
        unknown_blocks=tuple(unknown),
    )


def _increments(found: Sequence[Event]) -> tuple[ParsedAnswer, bool]:
    """yiyan.baidu.com: the answer, and whether its last increment came."""
    texts: list[str] = []
    rows: object = []
    closed = False
    unknown: list[Json] = []
    for frame in found:
        data = record(frame.record.get("data"))
        if "thoughts" in frame.record or frame.name == "thought":
            continue
        if isinstance(data.get("content"), str):
            texts.append(data["content"])
        elif frame.name not in QUIET and plain_text(frame.record).strip():
            unknown.append({"event": frame.name, **frame.record})
        rows = reduce(united, (data.get(key) for key in SOURCES), rows)
        closed = closed or data.get("is_end") in (1, True)
    return _sourced("".join(texts), [_row(row) for row in records(rows)], unknown), closed


def _failure(data: Json) -> ReportedError | None:
    """The failure that a frame of yiyan.baidu.com reports by a code that is not 0."""
    if data.get("code") in (None, 0, "0"):
        return None
    return reported(data, {}) or wordless(data.get("code"), said(data.get("msg")))


def _history(body: Json, thread: str | None) -> Iterator[Turn]:
    """yiyan.baidu.com's conversations: messages by id, of users and robots."""
    data = record(body.get("data"))
    chats = data.get("chats")
    messages = records(list(chats.values()) if isinstance(chats, dict) else chats or [])
    if not messages:
        raise _failure(body) or malformed("no messages of a Wenxin conversation")
    current = str(data.get("currentChatId") or "") or None
    ordered = [_as_message(each) for each in sorted(messages, key=lambda each: str(each.get("createTime")))]
    yield from dialogue(ordered, one_by_one(_said), thread=thread, current=current)


def _as_message(chat: Json) -> Json:
    texts = [string(part.get("content")) for part in records(chat.get("message") or [])]
    parent = chat.get("parentChatId") or chat.get("parent")
    role = "user" if chat.get("role") == "user" else "assistant"
    return {**chat, "role": role, "content": "\n\n".join(filter(None, texts)), "parent_id": parent}


def _said(message: Json) -> ParsedAnswer:
    rows = [_row(row) for key in SOURCES for row in records(message.get(key) or [])]
    return _sourced(string(message.get("content")), rows, ())


def _status(data: Json) -> ReportedError | None:
    """The failure that a frame of chat.baidu.com reports."""
    status = data.get("status")
    if isinstance(status, int) and status:
        words = string(data.get("message")) or string(data.get("msg")) or "the app reports an error"
        return ReportedError(ERRORS.get(status, ErrorKind.TRANSIENT), f"{words} ({status})")
    return reported(data, {})


def _message(data: Json) -> Json:
    return record((record(data.get("data")) or data).get("message"))


def _row(row: Json) -> Json:
    """Wenxin's own names of title, snippet and site, which mean other things elsewhere."""
    return {
        "url": row.get("url"),
        "title": row.get("title") or row.get("text"),
        "snippet": row.get("abstract"),
        "site": row.get("source") or row.get("site"),
    }
