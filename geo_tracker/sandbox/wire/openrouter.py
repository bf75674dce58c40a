"""OpenRouter: any hosted model with the web plugin."""

from __future__ import annotations

from geo_tracker.sandbox.records import SandboxAnswer, Source, marked
from geo_tracker.sandbox.wire._chat import ChatWire
from geo_tracker.sandbox.wire._links import linked
from geo_tracker.sandbox.wire.base import Json


class OpenRouter(ChatWire):
    """Prints `[site](url)`; annotations are cited, without usable offsets; the cost is reported."""

    name = "openrouter"

    def extra(self, answer: SandboxAnswer) -> Json:
        return {"provider": "Sandbox"}

    def message(self, answer: SandboxAnswer) -> Json:
        annotations = [_annotation(answer.sources[index]) for index in answer.cited]
        return {"role": "assistant", "content": marked(answer, linked(answer))[0], "annotations": annotations}

    def usage(self, answer: SandboxAnswer) -> Json:
        searches = int(answer.searched)
        counts = super().usage(answer)
        cost = round(counts["total_tokens"] * 2e-6 + 0.005 * searches, 6)
        return {**counts, "cost": cost, "server_tool_use_details": {"web_search_requests": searches}}

    def failure(self, status: int, code: str, message: str) -> Json:
        return {"error": {"code": status, "message": message}}


def _annotation(source: Source) -> Json:
    cited = {
        "url": source.url,
        "title": source.title,
        "content": source.snippet,
        "start_index": 0,
        "end_index": 0,
    }
    return {"type": "url_citation", "url_citation": cited}
