"""Doubao: Volcengine Ark's Responses API with web search; stored bodies of Ark's bots parse too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from geo_tracker.engines import _chat as chat
from geo_tracker.engines import _responses as responses
from geo_tracker.engines._asking import bearer, user_location
from geo_tracker.engines._json import Json, object_at, record, records, said
from geo_tracker.engines._labels import by_route
from geo_tracker.engines._markers import BRACKETS, REF, either, merged, resolved
from geo_tracker.engines._responses import ResponsesEngine
from geo_tracker.engines._sources import numbered, unnumbered
from geo_tracker.engines._stream import Event
from geo_tracker.engines.base import Access, EngineRequest, ParsedAnswer, Prompt


class Doubao(ResponsesEngine):
    """Annotations are cited by schema but carry no place; a printed `[n](url)` gives one its span."""

    name = "doubao"
    label = by_route("doubao", "Ark API")
    base_url = "https://ark.cn-beijing.volces.com/api/v3"
    key_variable = "ARK_API_KEY"
    default_model = "doubao-seed-2-1-pro-260628"
    concurrency = 4
    delay = 0.25
    timeout = 300.0
    locale = frozenset({"country", "region", "city", "timezone"})
    confidence = "sdk"
    price = "per search keyword plus tokens (2026-11)"
    holders = ("output", "choices")

    def request(self, prompt: Prompt, access: Access) -> EngineRequest:
        tool: Json = {"type": "web_search", "limit": 10, "max_keyword": 3}
        place = user_location(prompt)
        if len(place) > 1:
            tool["user_location"] = place
        payload = {
            "model": access.model or self.default_model,
            "input": [{"role": "user", "content": prompt.text}],
            "stream": False,
            "tools": [tool],
            "max_tool_calls": 3,
        }
        return EngineRequest.post_json(self.url(access, "/responses"), payload, bearer(access))

    def merge(self, events: Sequence[Event]) -> Json:
        bot = any("choices" in event.record for event in events)
        return chat.merge(events) if bot else super().merge(events)

    def read(self, document: Json) -> ParsedAnswer:
        if "choices" in document:
            return _of_a_bot(document)
        return responses.with_web_search(document, BRACKETS)


def _of_a_bot(document: Json) -> ParsedAnswer:
    """A bot's completion: `references` count from 1; what its search plugin found besides is retrieved."""
    text = chat.content_of(chat.first_message(document))
    used = record(document.get("bot_usage"))
    searches = list(_plugin_searches(used))
    references = numbered(document.get("references"))
    known = {row.url for row in references}
    results = [row for search in searches for row in unnumbered(_plugin_results(search))]
    found = (row for row in results if row.url not in known)
    return chat.completed(
        document,
        text,
        citations=merged([*resolved(text, references, either(REF, BRACKETS)), *found]),
        queries=tuple(q for search in searches if (q := said(record(search.get("input")).get("query")))),
        search="yes" if references or searches else "unknown",
        usage=record(document.get("usage")) or {k: v for k, v in used.items() if k != "action_details"},
    )


def _plugin_searches(used: Json) -> Iterator[Json]:
    for action in records(used.get("action_details") or []):
        yield from (
            tool for tool in records(action.get("tool_details") or []) if tool.get("name") == "search"
        )


def _plugin_results(search: Json) -> object:
    return object_at(search, "output", "data", "data").get("results")
