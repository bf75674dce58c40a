"""Grok's data export: prod-grok-backend.json, conversations with their responses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO

from geo_tracker.captures._conversations import bare, conversations
from geo_tracker.captures._document import outline
from geo_tracker.captures._times import known_time
from geo_tracker.captures.assistants._dialogue import dialogue, one_by_one
from geo_tracker.captures.assistants._reading import json_value
from geo_tracker.captures.assistants.base import Turn
from geo_tracker.captures.base import Capture, Read
from geo_tracker.engines._json import Json, malformed, record, records, said, string
from geo_tracker.engines._markers import merged
from geo_tracker.engines._sources import unnumbered
from geo_tracker.engines.base import ParsedAnswer, ParsedCitation, Span

CHIP = re.compile(r"<grok:render\b(?P<about>[^>]{0,500})>.{0,2000}?</grok:render>", re.DOTALL)
"""Where the app shows a chip or a card."""
CARD = re.compile(r'card_id="([^"]{1,80})"')


class GrokExport(Capture):
    """`cited_web_search_results` are the sources of an answer, `web_search_results` what was found."""

    name = "grok"
    label = "Grok data export"

    def recognises(self, head: bytes) -> bool:
        return {"conversations[].conversation", "conversations[].responses"} <= outline(head)

    def read(self, file: BinaryIO) -> Iterator[Read]:
        yield from conversations(file, ("conversations",), lambda _: "grok", _turns)


def _turns(item: Json) -> Iterator[Turn]:
    responses = item.get("responses")
    if not isinstance(responses, list):
        raise malformed("no conversation of Grok")
    messages = [_message(record(each.get("response")) or each) for each in records(responses)]
    yield from dialogue(
        messages, one_by_one(_answer), thread=said(record(item.get("conversation")).get("id"))
    )


def _message(response: Json) -> Json:
    """A response under the names of other apps."""
    return {
        **bare(response),
        "id": response.get("_id"),
        "parent_id": response.get("parent_response_id"),
        "role": string(response.get("sender")),
        "content": string(response.get("message")),
        "create_time": _time(response.get("create_time")),
    }


def _time(value: Any) -> str | None:
    """A time as MongoDB writes it, `{"$date": {"$numberLong": milliseconds}}`, or as text."""
    date = record(value).get("$date", value)
    found: datetime | None = known_time(record(date).get("$numberLong", date))
    return found.isoformat() if found else None


def _answer(message: Json) -> ParsedAnswer:
    attached = message.get("card_attachments_json")
    cards = {
        string(card.get("id")): card for card in map(_card, attached if isinstance(attached, list) else [])
    }
    text, places = _visible(string(message.get("content")))
    placed = [
        ParsedCitation(url, "cited", spans=(span,))
        for id_, span in places
        if (url := said(record(cards.get(id_ or "")).get("url")))
    ]
    cited = unnumbered(message.get("cited_web_search_results") or [], "cited")
    urls = {row.url for row in cited}
    found = [row for row in unnumbered(message.get("web_search_results") or []) if row.url not in urls]
    return ParsedAnswer(
        text=text,
        citations=merged(
            [*placed, *(row for row in cited if row.url not in {p.url for p in placed}), *found]
        ),
        search="yes" if cited or found or placed else "unknown",
        model=said(message.get("model")),
        cut=message.get("partial") is True,
    )


def _card(value: Any) -> Json:
    return record(json_value(value) if isinstance(value, str) else value)


def _visible(text: str) -> tuple[str, list[tuple[str | None, Span]]]:
    """The text without its chips, and for each chip the words before it in its line."""
    shown = ""
    places: list[tuple[str | None, Span]] = []
    at = 0
    for chip in CHIP.finditer(text):
        shown += text[at : chip.start()]
        at = chip.end()
        start = shown.rfind("\n") + 1
        if shown[start:].strip():
            named = CARD.search(chip["about"])
            places.append((named[1] if named else None, (start, len(shown))))
    return shown + text[at:], places
