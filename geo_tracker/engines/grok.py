"""Grok: xAI's Responses API with web and X search."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from geo_tracker.engines import _responses as responses
from geo_tracker.engines._asking import bearer, user_location
from geo_tracker.engines._json import Json, number, record, strings
from geo_tracker.engines._markers import DOUBLE, merged, resolved
from geo_tracker.engines._responses import ResponsesEngine
from geo_tracker.engines.base import Access, EngineRequest, ParsedAnswer, ParsedCitation, Prompt

_CALLS = ("web_search_call", "x_search_call", "custom_tool_call")
_TICKS_PER_DOLLAR = 10**10


class Grok(ResponsesEngine):
    """Annotations are cited; `[[n]](url)` in the text gives them place and ordinal. `citations` is retrieved."""

    name = "grok"
    label = "Grok (xAI API)"
    base_url = "https://api.x.ai/v1"
    key_variable = "XAI_API_KEY"
    default_model = "grok-4.7"
    timeout = 300.0
    locale = frozenset({"country", "region", "city", "timezone"})
    confidence = "recorded"
    price = "web and X search $5 per 1,000 calls plus tokens; the cost of each answer is reported (2026-11)"

    def request(self, prompt: Prompt, access: Access) -> EngineRequest:
        web: Json = {"type": "web_search"}
        place = user_location(prompt)
        if len(place) > 1:
            web["user_location"] = place
        payload = {
            "model": access.model or self.default_model,
            "input": [{"role": "user", "content": prompt.text}],
            "tools": [web, {"type": "x_search"}],
            "include": ["web_search_call.action.sources"],
        }
        return EngineRequest.post_json(self.url(access, "/responses"), payload, bearer(access))

    def read(self, document: Json) -> ParsedAnswer:
        parts = responses.answer_parts(document)
        text = responses.whole_text(parts)
        calls = _with_arguments(responses.items_of(document, *_CALLS))
        cited = merged(map(_without_number, responses.url_citations(parts, responses.is_link)))
        retrieved = [ParsedCitation(url, "retrieved") for url in strings(document.get("citations"))]
        usage = record(document.get("usage"))
        ticks = number(usage.get("cost_in_usd_ticks"))
        return responses.completed(
            document,
            parts,
            *_CALLS,
            citations=merged([*resolved(text, cited, DOUBLE), *responses.visited(calls), *retrieved]),
            queries=responses.queries_of(calls),
            search=responses.searched(calls, cited),
            cost=None if ticks is None else ticks / _TICKS_PER_DOLLAR,
            currency=None if ticks is None else "USD",
        )


def _with_arguments(calls: Iterable[Json]) -> list[Json]:
    """Newer bodies put a custom tool's arguments under `input`."""
    return [{"arguments": call.get("input"), **call} for call in calls]


def _without_number(citation: ParsedCitation) -> ParsedCitation:
    """Newer annotations repeat the printed number as title."""
    return replace(citation, title=None) if (citation.title or "").isdigit() else citation
