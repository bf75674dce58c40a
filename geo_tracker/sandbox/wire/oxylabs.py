"""Oxylabs: the pages of ChatGPT and Perplexity, Google AI Mode and AI Overviews."""

from __future__ import annotations

from typing import ClassVar

from geo_tracker.sandbox.records import SandboxAnswer, marked
from geo_tracker.sandbox.wire._links import linked
from geo_tracker.sandbox.wire._pages import PageWire
from geo_tracker.sandbox.wire.base import BadRequest, Call, Json, basic_key, numbered, string_at


class OxylabsChatGPT(PageWire):
    """The parsed page as the content of one result; the text prints links."""

    name = "oxylabs-chatgpt"
    paths = ("/queries",)
    source: ClassVar[str] = "chatgpt"
    asks_by: ClassVar[str] = "prompt"

    def key(self, call: Call) -> str:
        return basic_key(call)

    def prompt(self, call: Call) -> str:
        if call.json.get("source") != self.source:
            raise BadRequest(f"source must be {self.source}")
        return string_at(call.json, self.asks_by)

    def document(self, call: Call, answer: SandboxAnswer) -> Json:
        result = {"content": self.content(answer), "created_at": f"{answer.asked} 12:00:00", "job_id": "1"}
        return {"results": [{**result, "page": 1, "status_code": 200, "parser_type": "sandbox"}]}

    def content(self, answer: SandboxAnswer) -> Json:
        """The parsed page."""
        text, _marks = marked(answer, linked(answer))
        queries = list(answer.queries)
        return {
            "markdown_text": text,
            "citations": _rows(answer, answer.cited),
            "search_queries": queries,
            "llm_model": "sandbox",
        }

    def failure(self, status: int, code: str, message: str) -> Json:
        return {"message": message}


class OxylabsPerplexity(OxylabsChatGPT):
    """`[n]` counts the citations from 1, which are all sources."""

    name = "oxylabs-perplexity"
    source = "perplexity"

    def content(self, answer: SandboxAnswer) -> Json:
        text, _marks = marked(answer, numbered("[{n}]"))
        return {
            "answer_results_md": text,
            "citations": _rows(answer, range(len(answer.sources))),
            "search_queries": list(answer.queries),
            "related_queries": list(answer.follow_ups),
            "model": "sandbox",
        }


class OxylabsAIMode(OxylabsChatGPT):
    name = "oxylabs-ai-mode"
    source = "google_ai_mode"
    asks_by = "query"

    def content(self, answer: SandboxAnswer) -> Json:
        text, _marks = marked(answer, linked(answer))
        return {"response_text": text, "citations": _rows(answer, answer.cited)}


class OxylabsAIOverview(OxylabsAIMode):
    """A list of overviews in the page, empty where Google showed none."""

    name = "oxylabs-ai-overview"
    source = "google_search"

    def content(self, answer: SandboxAnswer) -> Json:
        return {"results": {"ai_overviews": [super().content(answer)] if answer.segments else []}}


def _rows(answer: SandboxAnswer, indices: range | tuple[int, ...]) -> list[Json]:
    found = (answer.sources[index] for index in indices)
    return [{"title": each.title, "url": each.url, "description": each.snippet} for each in found]
