"""Claude: Anthropic's Messages API with the web search tool."""

from __future__ import annotations

from geo_tracker.engines._asking import user_location
from geo_tracker.engines._json import Json
from geo_tracker.engines._labels import by_route
from geo_tracker.engines._messages import MessagesEngine
from geo_tracker.engines.base import Access, EngineRequest, Prompt


class Claude(MessagesEngine):
    """Web search 2025-03-05: newer tool versions search from inside code and then give no citations."""

    name = "claude"
    label = by_route("claude", "Anthropic API")
    base_url = "https://api.anthropic.com/v1"
    key_variable = "ANTHROPIC_API_KEY"
    default_model = "claude-sonnet-5-5"
    timeout = 300.0
    locale = frozenset({"country", "region", "city", "timezone"})
    confidence = "recorded"
    price = "web search $10 per 1,000 searches plus tokens (2026-11)"

    def tool(self, prompt: Prompt) -> Json:
        tool: Json = {"type": "web_search_20250305", "name": "web_search", "max_uses": 5}
        place = user_location(prompt)
        return {**tool, "user_location": place} if len(place) > 1 else tool

    def call(self, access: Access, payload: Json) -> EngineRequest:
        headers = {"x-api-key": access.key or "", "anthropic-version": "2023-06-01"}
        return EngineRequest.post_json(self.url(access, "/messages"), payload, headers)
