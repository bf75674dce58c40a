"""Doubao: Volcengine Ark's Responses API with web search."""

from __future__ import annotations

from geo_tracker.engines import _responses as responses
from geo_tracker.engines._asking import bearer, user_location
from geo_tracker.engines._json import Json
from geo_tracker.engines._markers import BRACKETS, merged, resolved
from geo_tracker.engines._responses import ResponsesEngine
from geo_tracker.engines.base import Access, EngineRequest, ParsedAnswer, Prompt


class Doubao(ResponsesEngine):
    """Annotations are cited by schema but carry no place; a printed `[n](url)` gives one its span."""

    name = "doubao"
    label = "豆包 Doubao (Ark API)"
    base_url = "https://ark.cn-beijing.volces.com/api/v3"
    key_variable = "ARK_API_KEY"
    default_model = "doubao-seed-2-1-pro-260628"
    concurrency = 4
    delay = 0.25
    timeout = 300.0
    locale = frozenset({"country", "region", "city", "timezone"})
    confidence = "sdk"
    price = "per search keyword plus tokens (2026-11)"

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

    def read(self, document: Json) -> ParsedAnswer:
        parts = responses.answer_parts(document)
        text = responses.whole_text(parts)
        calls = responses.items_of(document, "web_search_call")
        cited = merged(responses.url_citations(parts, responses.is_link))
        return responses.completed(
            document,
            parts,
            "web_search_call",
            citations=merged([*resolved(text, cited, BRACKETS), *responses.visited(calls)]),
            queries=responses.queries_of(calls),
            search=responses.searched(calls),
        )
