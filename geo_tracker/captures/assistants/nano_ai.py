"""Nano AI's web app (n.cn): raw text in numbered events; its sources come in requests of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from geo_tracker.captures.assistants._reading import (
    json_value,
    plain_text,
    question,
    request_value,
    shelf,
)
from geo_tracker.captures.assistants.base import Assistant, Exchange, Turn
from geo_tracker.engines._errors import reported
from geo_tracker.engines._json import Json, decoded, malformed, record, records, said, string
from geo_tracker.engines._markers import BRACKETS, CARETS, either, resolved
from geo_tracker.engines._sources import numbered
from geo_tracker.engines.base import EngineError, ErrorKind, ParsedAnswer

TEXT, THOUGHT = "200", "102"
MARKERS = either(CARETS, BRACKETS)
FAILED = frozenset({"error", "errno", "code", "errCode", "error_code"})
SOURCES = ("references", "refer_search_items", "search_results", "references_list", "docs", "list")
"""Names under which 360's other interfaces list their sources."""


class NanoAiApp(Assistant):
    """Events 200 are pieces of the answer, an empty one a line break; 102 is thinking. No event ends a stream."""

    name = "nano-ai"
    hosts = ("n.cn", "sou.com")
    answer_paths = re.compile(r"^/api/common/chat/v\d$")

    def turns(self, exchange: Exchange) -> Iterator[Turn]:
        thread = request_value(exchange.request, "conversation_id")
        yield Turn(question(exchange.request), _answer(_events(exchange.body)), thread=thread)


def _events(body: bytes) -> list[tuple[str, str]]:
    """Name and data of each frame, the empty ones too; a frame without a name goes on with the answer."""
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
        raise reported(record(json_value(decoded(body))), {}) or malformed("no frames of a Nano AI chat")
    return found


def _answer(found: Sequence[tuple[str, str]]) -> ParsedAnswer:
    texts: list[str] = []
    rows: list[Json] = []
    unknown: list[Json] = []
    for name, data in found:
        value = json_value(data) if data.startswith(("{", "[")) else data
        if FAILED & set(record(value)) and (error := reported(record(value), {})):
            raise error
        if name == TEXT and not isinstance(value, dict):
            texts.append(data if data.strip() else "\n")
        elif name != THOUGHT:
            listed = _sources(value)
            rows += listed
            if not listed and plain_text(value).strip():
                unknown.append({"event": name, "data": value})
    text = "".join(texts).strip("\n")
    if not text:
        raise EngineError(ErrorKind.EMPTY, "no text in the stream of a Nano AI chat")
    return ParsedAnswer(
        text=text,
        citations=resolved(text, numbered(rows), MARKERS),
        search="yes" if rows else "unknown",
        offers=shelf(unknown),
        unknown_blocks=tuple(unknown),
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
