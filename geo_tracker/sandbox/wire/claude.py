"""Claude: Anthropic's Messages API with the web search tool."""

from __future__ import annotations

from geo_tracker.sandbox.records import Source
from geo_tracker.sandbox.wire._messages import MessagesWire
from geo_tracker.sandbox.wire.base import Json


class Claude(MessagesWire):
    """Pauses a turn that opens pages; results and citations carry what the client must send back."""

    name = "claude"
    paths = ("/messages",)
    tools = ("web_search_20250305",)
    pauses = True

    def result(self, source: Source) -> Json:
        return {**super().result(source), "encrypted_content": "EqgfCioIARgBIiQ3YTAwMjY1Mg"}

    def citation(self, source: Source) -> Json:
        return {
            **super().citation(source),
            "title": source.title,
            "encrypted_index": "Eo8BCioIAhgBIiQyYjQ0OWJm",
        }
