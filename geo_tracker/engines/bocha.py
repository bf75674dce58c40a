"""Bocha 博查: AI search whose answer comes as a list of messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from geo_tracker.engines._asking import OneRequest, bearer
from geo_tracker.engines._json import Json, loads, record, records, said, string
from geo_tracker.engines._markers import BRACKETS, QUOTED, either, merged, resolved
from geo_tracker.engines._offers import cards
from geo_tracker.engines._sources import numbered
from geo_tracker.engines._stream import Event, cut_off, is_done
from geo_tracker.engines.base import Access, EngineError, EngineRequest, ParsedAnswer, ParsedOffer, Prompt

_MARKERS = either(QUOTED, BRACKETS)


class Bocha(OneRequest):
    """`[[引用:n]]` counts the web pages from 1; `content` is JSON in a string; other kinds of source stay raw."""

    name = "bocha"
    label = "博查 Bocha AI search"
    base_url = "https://api.bochaai.com/v1"
    holders = ("messages",)
    key_variable = "BOCHA_API_KEY"
    timeout = 300.0
    has_offers = True
    confidence = "third-party"

    def request(self, prompt: Prompt, access: Access) -> EngineRequest:
        payload = {"query": prompt.text, "freshness": "noLimit", "count": 10, "answer": True, "stream": False}
        return EngineRequest.post_json(self.url(access, "/ai-search"), payload, bearer(access))

    def merge(self, events: Sequence[Event]) -> Json:
        whole: Json = {}
        messages: list[Json] = []
        for event in events:
            whole.update(event.record)
            inner = event.record.get("message")
            messages += [inner] if isinstance(inner, dict) else records(event.record.get("messages") or [])
        found = {**{key: value for key, value in whole.items() if key != "message"}, "messages": messages}
        ended = is_done(events) or any(event.record.get("event") == "done" for event in events)
        if not ended and string(whole.get("code")) in ("", "200"):
            raise cut_off(found)
        return found

    def read(self, document: Json) -> ParsedAnswer:
        messages = records(document.get("messages") or [])
        text = "".join(string(m.get("content")) for m in messages if m.get("type") == "answer")
        pages = [m for m in messages if m.get("type") == "source" and m.get("content_type") == "webpage"]
        others = [m for m in messages if m.get("type") == "source" and m.get("content_type") != "webpage"]
        sources = numbered([row for page in pages for row in _rows(page)])
        follow_ups = (said(m.get("content")) for m in messages if m.get("type") == "follow_up")
        known = ("source", "answer", "follow_up")
        return ParsedAnswer(
            text=text,
            citations=merged(resolved(text, sources, _MARKERS)),
            search="yes" if sources else "no",
            offers=_offers(others),
            follow_ups=tuple(filter(None, follow_ups)),
            unknown_blocks=(*others, *(m for m in messages if m.get("type") not in known)),
        )


def _content(message: Json) -> Any:
    content = message.get("content")
    try:
        return loads(content) if isinstance(content, str) else content
    except EngineError:  # a source that is not JSON is kept raw as it is
        return None


def _rows(message: Json) -> list[Json]:
    content = _content(message)
    value = content if isinstance(content, list) else record(content).get("value")
    return records(value) if isinstance(value, list) else []


def _offers(messages: Iterable[Json]) -> tuple[ParsedOffer, ...]:
    """Rows of other kinds that show a price."""
    found = (offer for message in messages for offer in cards(_rows(message)))
    return tuple(offer for offer in found if offer.price_raw)
