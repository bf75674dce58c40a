"""Wenxiaoyan: Baidu's AI Search, and Qianfan's chat with web search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from geo_tracker.engines import _chat as chat
from geo_tracker.engines._chat import ChatEngine
from geo_tracker.engines._json import Json, record, records, strings
from geo_tracker.engines._labels import by_route
from geo_tracker.engines._markers import BRACKETS, CARETS, either, merged, resolved
from geo_tracker.engines._sources import numbered
from geo_tracker.engines._stream import Event
from geo_tracker.engines.base import ParsedAnswer

_MARKERS = either(CARETS, BRACKETS)


class Wenxiaoyan(ChatEngine):
    """Markers `[n]` or `^[n]^` count `references[].id` (Qianfan: `search_results[].index`) from 1."""

    name = "wenxiaoyan"
    label = by_route("wenxin", "Baidu AI Search")
    base_url = "https://qianfan.baidubce.com/v2"
    key_variable = "QIANFAN_API_KEY"
    default_model = "ernie-4.5-turbo-128k"
    concurrency = 1
    delay = 1.0
    timeout = 300.0
    confidence = "docs"
    price = "100 calls a day free (2026-11)"
    path = "/ai_search/chat/completions"
    options: ClassVar[Json] = {
        "search_source": "baidu_search_v2",
        "search_mode": "required",
        "resource_type_filter": [{"type": "web", "top_k": 10}],
        "enable_corner_markers": True,
        "enable_followup_queries": True,
    }

    def read(self, document: Json) -> ParsedAnswer:
        text = chat.content_of(chat.first_message(document))
        listed = document.get("references") or document.get("search_results")
        sources = numbered(listed, "id", "index")
        return chat.completed(
            document,
            text,
            citations=merged(resolved(text, sources, _MARKERS)),
            search="yes" if sources else "no",
            follow_ups=strings(document.get("followup_queries")),
        )


class WenxiaoyanQianfan(Wenxiaoyan):
    """ERNIE through Qianfan v2 with its web search."""

    name = "wenxiaoyan-qianfan"
    label = by_route("wenxin", "Qianfan chat with web search")
    default_model = "ernie-4.5-turbo-128k"
    concurrency = 2
    path = "/chat/completions"
    options: ClassVar[Json] = {
        "web_search": {
            "enable": True,
            "enable_citation": True,
            "enable_trace": True,
            "search_mode": "required",
            "search_number": 10,
            "reference_number": 10,
        }
    }

    def merge(self, events: Sequence[Event]) -> Json:
        return chat.merge([_without_status(event) for event in events])


def _without_status(event: Event) -> Event:
    """The event without the choices that only say how the search goes."""
    choices = records(event.record.get("choices") or [])
    kept = [choice for choice in choices if not _is_status(choice)]
    return event if kept == choices else Event(event.name, {**event.record, "choices": kept})


def _is_status(choice: Json) -> bool:
    return "search_status" in (choice.get("delta_tag"), record(choice.get("delta")).get("delta_tag"))
