"""OpenAI: the Responses API with web search, nearest to ChatGPT that a key can ask."""

from __future__ import annotations

from geo_tracker.engines import _responses as responses
from geo_tracker.engines._asking import bearer, user_location
from geo_tracker.engines._json import Json
from geo_tracker.engines._labels import by_route
from geo_tracker.engines._responses import ResponsesEngine
from geo_tracker.engines.base import Access, EngineRequest, ParsedAnswer, Prompt


class OpenAI(ResponsesEngine):
    """`annotations` are cited, `action.sources` retrieved; an annotation's span is the printed link itself."""

    name = "openai"
    label = by_route("chatgpt", "OpenAI API")
    base_url = "https://api.openai.com/v1"
    key_variable = "OPENAI_API_KEY"
    default_model = "gpt-5.5"
    concurrency = 4
    timeout = 300.0
    locale = frozenset({"country", "region", "city", "timezone"})
    confidence = "recorded"
    price = "web search $10 per 1,000 calls plus tokens (2026-03)"

    def request(self, prompt: Prompt, access: Access) -> EngineRequest:
        # without a location the API assumes the United States
        tool = {"type": "web_search", "user_location": user_location(prompt)}
        payload = {
            "model": access.model or self.default_model,
            "input": prompt.text,
            "tools": [tool],
            "tool_choice": "required",
            "include": ["web_search_call.action.sources"],
        }
        return EngineRequest.post_json(self.url(access, "/responses"), payload, bearer(access))

    def read(self, document: Json) -> ParsedAnswer:
        return responses.with_web_search(document)
