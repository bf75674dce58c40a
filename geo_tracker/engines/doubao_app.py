"""Doubao, nearest to the app: Ark's `doubao_app` tool."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from geo_tracker.engines import _responses as responses
from geo_tracker.engines._asking import bearer
from geo_tracker.engines._json import Json, record, records, string, strings
from geo_tracker.engines._labels import by_route
from geo_tracker.engines._markers import BRACKETS, merged, resolved
from geo_tracker.engines._offers import shelf
from geo_tracker.engines._responses import ResponsesEngine
from geo_tracker.engines._sources import source
from geo_tracker.engines.base import (
    Access,
    EngineError,
    EngineRequest,
    ErrorKind,
    ParsedAnswer,
    ParsedCitation,
    Prompt,
)

_SEARCHES = ("search", "reasoning_search")
_BLOCKS = (*_SEARCHES, "reasoning_text", "output_text")


class DoubaoApp(ResponsesEngine):
    """`[n]` counts the results of all search blocks from 1, empty addresses and repeats included.

    Product cards have no documented block: objects with a price in unknown blocks are taken as cards.
    """

    name = "doubao-app"
    label = by_route("doubao", "Ark doubao_app, as in the app")
    base_url = "https://ark.cn-beijing.volces.com/api/v3"
    key_variable = "ARK_API_KEY"
    default_model = "doubao-seed-2-1-pro-260628"
    delay = 0.5
    timeout = 300.0
    has_offers = True
    confidence = "sdk"
    price = "per call; access by ticket (2026-11)"

    def request(self, prompt: Prompt, access: Access) -> EngineRequest:
        payload = {
            "model": access.model or self.default_model,
            "input": prompt.text,
            "stream": False,
            "tools": [{"type": "doubao_app", "feature": {"ai_search": {"type": "enabled"}}}],
        }
        headers = {**bearer(access), "ark-beta-doubao-app": "true"}
        return EngineRequest.post_json(self.url(access, "/responses"), payload, headers)

    def read(self, document: Json) -> ParsedAnswer:
        calls = responses.items_of(document, "doubao_app_call")
        if calls and all(call.get("status") == "failed" for call in calls):
            raise EngineError(ErrorKind.TRANSIENT, "the doubao_app call failed")
        parts = responses.answer_parts(document)
        blocks = [block for call in calls for block in records(call.get("blocks") or [])]
        searches = [block for block in blocks if block.get("type") in _SEARCHES]
        written = [string(b.get("text")) for b in blocks if b.get("type") == "output_text"]
        text = "\n\n".join(piece for piece in [*written, responses.whole_text(parts)] if piece)
        unread = [block for block in blocks if block.get("type") not in _BLOCKS]
        unknown = (*unread, *responses.unknown_blocks(document, parts, "doubao_app_call"))
        return replace(
            responses.completed(document, parts, unknown_blocks=unknown, offers=shelf(unread)),
            text=text,
            citations=merged(resolved(text, _results(searches), BRACKETS)),
            queries=tuple(query for block in searches for query in strings(block.get("queries"))),
            search="yes" if searches else "no",
        )


def _results(searches: Iterable[Json]) -> list[ParsedCitation]:
    rows = [row for block in searches for row in records(block.get("results") or [])]
    cards = [record(row.get("text_card") or row.get("video_card")) for row in rows]
    return [source(card, ordinal=place) for place, card in enumerate(cards, 1)]
