"""DeepSeek: its Anthropic-shaped Messages API, with either of its two web search tools."""

from __future__ import annotations

from geo_tracker.sandbox.wire._messages import MessagesWire


class DeepSeek(MessagesWire):
    """The search of DeepSeek's own web app."""

    name = "deepseek"
    paths = ("/anthropic/v1/messages",)
    tools = ("deepseek_web_search",)


class DeepSeekWebSearch(DeepSeek):
    """The tool that DeepSeek's own harness declares."""

    name = "deepseek-web-search"
    tools = ("web_search_20250305",)
