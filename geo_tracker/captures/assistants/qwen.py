"""Qwen's web apps: qianwen.com with whole snapshots, chat.qwen.ai with deltas by phase."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from bs4 import BeautifulSoup

from geo_tracker.captures.assistants._page import page_dialogue
from geo_tracker.captures.assistants._reading import events, question, shelf
from geo_tracker.captures.assistants.base import Assistant, Exchange, Turn
from geo_tracker.engines._chat import united
from geo_tracker.engines._errors import reported
from geo_tracker.engines._json import Json, integer, malformed, record, records, said, string, strings
from geo_tracker.engines._markers import DOUBLE, REF, either, resolved
from geo_tracker.engines._sources import numbered, source
from geo_tracker.engines._stream import Event
from geo_tracker.engines.base import ParsedAnswer, ParsedCitation, Span

GROUP = re.compile(
    r"\[\[source_group_web_(?P<n>\d{1,4})\]\]|<websource>source_group_web_(?P<n2>\d{1,4})</websource>"
)
PREFIX = re.compile(r"\s*\[\(deep_think\)\]\s*")
ANSWER, PROGRESS, SOURCES = "multi_load/iframe", "bar/progress", "bar/iframe"
KNOWN = frozenset({ANSWER, PROGRESS, SOURCES, "plan_cot/post", "text/plain", "signal/post", ""})


class QwenApp(Assistant):
    """A marker of qianwen.com names a group of sources; each of the group is cited there."""

    name = "qwen"
    hosts = ("qianwen.com", "tongyi.com", "chat.qwen.ai")
    answer_paths = re.compile(r"^/api/v2/chat$|/chat/completions$|/dialog/conversation$")

    def turns(self, exchange: Exchange) -> Iterator[Turn]:
        frames = events(exchange.body)
        for frame in frames:
            if error := reported(frame.record, {}):
                raise error
        deltas = any("choices" in frame.record for frame in frames)
        yield Turn(question(exchange.request), _phases(frames) if deltas else _snapshot(frames))

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


def _snapshot(frames: Sequence[Event]) -> ParsedAnswer:
    """The last snapshot of every kind of message; later frames replace earlier ones."""
    kinds: dict[str, list[Json]] = {}
    for frame in frames:
        newest = defaultdict(list)
        for message in records(record(frame.record.get("data")).get("messages") or []):
            newest[string(message.get("mime_type"))].append(message)
        kinds.update(newest)
    if ANSWER not in kinds:
        raise malformed("no answer in the stream of a Qwen chat")
    text = "".join(PREFIX.sub("", string(message.get("content")), count=1) for message in kinds[ANSWER])
    grouped = [
        part
        for message in kinds[ANSWER]
        for part in records(record(message.get("meta_data")).get("multi_load") or [])
    ]
    unknown = (
        *(message for kind, messages in kinds.items() if kind not in KNOWN for message in messages),
        *(part for part in grouped if _group(part) is None),
    )
    listed = list(_listed(kinds.get(SOURCES, [])))
    found = [*_cited(text, grouped), *listed]
    return ParsedAnswer(
        text=text,
        citations=tuple(found),
        queries=tuple(_queries(kinds.get(PROGRESS, []))),
        search="yes" if found else "unknown",
        offers=shelf(unknown),
        unknown_blocks=unknown,
    )


def _group(part: Json) -> int | None:
    name = re.fullmatch(r"source_group_web_(\d{1,4})", string(part.get("type")))
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
        for row in _rows(part.get("content")) if number is not None else ():
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


def _phases(frames: Sequence[Event]) -> ParsedAnswer:
    """chat.qwen.ai: text of the phase `answer`, sources of the phase `web_search`."""
    text: list[str] = []
    rows: Any = []
    for frame in frames:
        for choice in records(frame.record.get("choices") or []):
            delta = record(choice.get("delta"))
            if delta.get("phase") in ("answer", None):
                text.append(string(delta.get("content")))
            # a later frame repeats the list of an earlier one and may add to it
            rows = united(rows, record(delta.get("extra")).get("web_search_info"))
    whole = "".join(text)
    named = [{"site_name": row.get("hostname"), **row} for row in records(rows)]
    citations = resolved(whole, numbered(named), DOUBLE)
    return ParsedAnswer(whole, citations=citations, search="yes" if rows else "unknown")
