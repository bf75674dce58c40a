"""DeepSeek: its Anthropic-shaped Messages API, with either of its two web search tools."""

from __future__ import annotations

from typing import ClassVar

from geo_tracker.engines._json import Json
from geo_tracker.engines._labels import by_route
from geo_tracker.engines._messages import MessagesEngine
from geo_tracker.engines.base import Access, Confidence, EngineRequest, Prompt


class DeepSeek(MessagesEngine):
    """`deepseek_web_search`: documented as the search of DeepSeek's own web app.

    The documentation shows no response of this tool: blocks as of `web_search_20250305` are expected, any
    other block is kept raw.
    """

    name = "deepseek"
    label = by_route("deepseek", "web search of the app")
    base_url = "https://api.deepseek.com"
    key_variable = "DEEPSEEK_API_KEY"
    default_model = "deepseek-flash"
    timeout = 300.0
    confidence: ClassVar[Confidence] = "docs"
    price = "searches $0.75 per 1,000 plus tokens (2026-11)"

    def tool(self, prompt: Prompt) -> Json:
        return {"type": "deepseek_web_search", "name": "deepseek_web_search"}

    def payload(self, prompt: Prompt, access: Access) -> Json:
        # with thinking off it answers with citations; with thinking on it is another product, deep search
        return {**super().payload(prompt, access), "thinking": {"type": "disabled"}, "stream": False}

    def call(self, access: Access, payload: Json) -> EngineRequest:
        headers = {"x-api-key": access.key or ""}
        return EngineRequest.post_json(self.url(access, "/anthropic/v1/messages"), payload, headers)


class DeepSeekWebSearch(DeepSeek):
    """`web_search_20250305`: the tool that DeepSeek's own harness declares."""

    name = "deepseek-web-search"
    label = by_route("deepseek", "Anthropic web search tool")
    confidence = "sdk"

    def tool(self, prompt: Prompt) -> Json:
        return {"type": "web_search_20250305", "name": "web_search", "max_uses": 5}
