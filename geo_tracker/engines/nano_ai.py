"""Nano AI: 360's AI search."""

from __future__ import annotations

from typing import ClassVar

from geo_tracker.engines import _chat as chat
from geo_tracker.engines._chat import ChatEngine
from geo_tracker.engines._json import Json
from geo_tracker.engines._labels import by_route
from geo_tracker.engines._markers import BRACKETS, CARETS, either, merged, resolved
from geo_tracker.engines._sources import numbered
from geo_tracker.engines.base import ParsedAnswer, ParsedCitation

_MARKERS = either(CARETS, BRACKETS)
_LISTS = ("references", "refer_search_items", "search_results")


class NanoAI(ChatEngine):
    """Sources stand under one of three names, in the body or in the message; markers count them from 1."""

    name = "nano-ai"
    label = by_route("nano-ai", "360 AI search")
    base_url = "https://api.360.cn/v1"
    key_variable = "AI360_API_KEY"
    default_model = "360gpt-pro"
    timeout = 300.0
    confidence = "third-party"
    path = "/search/aisearch"
    options: ClassVar[Json] = {"enable_corner_markers": True, "max_refer_search_items": 10}

    def read(self, document: Json) -> ParsedAnswer:
        message = chat.first_message(document)
        text = chat.content_of(message)
        sources = _sources(document) or _sources(message)
        return chat.completed(
            document,
            text,
            citations=merged(resolved(text, sources, _MARKERS)),
            search="yes" if sources else "unknown",
        )


def _sources(holder: Json) -> list[ParsedCitation]:
    return next((rows for name in _LISTS if (rows := numbered(holder.get(name), "index"))), [])
