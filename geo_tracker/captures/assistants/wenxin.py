"""Wenxin's web app at chat.baidu.com: a stream of components."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import reduce

from geo_tracker.captures.assistants._reading import events, question, shelf
from geo_tracker.captures.assistants.base import Assistant, Exchange, Turn
from geo_tracker.engines._chat import united
from geo_tracker.engines._errors import reported
from geo_tracker.engines._json import Json, record, records, string
from geo_tracker.engines._markers import BRACKETS, CARETS, either, resolved
from geo_tracker.engines._sources import numbered
from geo_tracker.engines._stream import Event, cut_off
from geo_tracker.engines.base import EngineError, ErrorKind, ParsedAnswer

MARKERS = either(CARETS, BRACKETS)
TEXT, STEPS = "markdown-yiyan", "thinkingSteps"
ERRORS = {1005: ErrorKind.QUOTA, 1001: ErrorKind.AUTH}


class WenxinApp(Assistant):
    """`markdown-yiyan` components are increments of the answer; `thinkingSteps` carry reasoning and sources."""

    name = "wenxin"
    hosts = ("chat.baidu.com", "yiyan.baidu.com", "wenxin.baidu.com")
    answer_paths = re.compile(r"/aichat/api/conversation$")

    def turns(self, exchange: Exchange) -> Iterator[Turn]:
        yield Turn(question(exchange.request), _answer(events(exchange.body)))


def _answer(frames: Sequence[Event]) -> ParsedAnswer:
    messages = [_message(frame.record) for frame in frames]
    if not any(record(message.get("metaData")).get("state") == "generate-complete" for message in messages):
        raise cut_off()
    parts = [record(record(message.get("content")).get("generator")) for message in messages]
    text = "".join(
        string(record(part.get("data")).get("value")) for part in parts if part.get("component") == TEXT
    )
    steps = [record(part.get("data")) for part in parts if part.get("component") == STEPS]
    # the list comes again as it grows
    listed = records(reduce(united, (step.get("referenceList") for step in steps), []))
    rows = [_row(row) for row in listed]
    unknown = tuple(part for part in parts if part and part.get("component") not in (TEXT, STEPS))
    return ParsedAnswer(
        text=text,
        citations=resolved(text, numbered(rows), MARKERS),
        search="yes" if rows else "unknown",
        offers=shelf(unknown),
        unknown_blocks=unknown,
    )


def _message(data: Json) -> Json:
    status = data.get("status")
    if isinstance(status, int) and status:
        words = string(data.get("message")) or string(data.get("msg")) or "the app reports an error"
        raise EngineError(ERRORS.get(status, ErrorKind.TRANSIENT), f"{words} ({status})")
    if error := reported(data, {}):
        raise error
    return record((record(data.get("data")) or data).get("message"))


def _row(row: Json) -> Json:
    """Wenxin's own names of title, snippet and site, which mean other things elsewhere."""
    return {
        "url": row.get("url"),
        "title": row.get("text"),
        "snippet": row.get("abstract"),
        "site": row.get("source"),
    }
