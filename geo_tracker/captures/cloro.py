"""Result files of cloro: the pages of ChatGPT, Gemini, Perplexity, Copilot, Grok and Google."""

from __future__ import annotations

from collections.abc import Iterator

from geo_tracker.captures._document import outline
from geo_tracker.captures._places import country_of
from geo_tracker.captures._times import known_time
from geo_tracker.captures._vendor import Result, VendorResults, unknown
from geo_tracker.engines._json import Json, record, said, string

ENGINES = {
    "CHATGPT": "cloro-chatgpt",
    "GEMINI": "cloro-gemini",
    "PERPLEXITY": "cloro-perplexity",
    "COPILOT": "cloro-copilot",
    "GROK": "cloro-grok",
    "AIMODE": "cloro-ai-mode",
    "GOOGLE": "cloro-ai-overview",
}
ONLY = {
    "aioverview": "cloro-ai-overview",
    "search_model_queries": "cloro-perplexity",
    "shoppingCards": "cloro-chatgpt",
    "inlineProducts": "cloro-chatgpt",
    "searchQueries": "cloro-chatgpt",
}
"""Fields that only one page's result has."""


class CloroResults(VendorResults):
    """A finished task says what was asked; a bare result needs its `prompt` beside it."""

    name = "cloro"
    label = "cloro results"

    def recognises(self, head: bytes) -> bool:
        shown = outline(head)
        inner = (
            "result.sources",
            "result.citationPills",
            "result.aioverview",
            "response.sources",
            "task.taskType",
        )
        return any(f"{root}{key}" in shown for root in ("", "[].") for key in inner)

    def results(self, record_: Json) -> Iterator[Result]:
        found = record(record_.get("result")) or record(record_.get("response"))
        if not found:
            raise unknown("cloro")
        task = record(record_.get("task"))
        asked = {
            **record(record_.get("request")),
            **record(task.get("payload")),
            **record(record_.get("payload")),
        }
        kind = string(task.get("taskType") or record_.get("taskType") or record_.get("engine")).upper()
        yield Result(
            engine=ENGINES.get(kind) or next((name for field, name in ONLY.items() if field in found), None),
            body=record_,
            prompt=said(asked.get("prompt"), asked.get("query"), record_.get("prompt"), found.get("prompt")),
            at=known_time(said(task.get("completedAt"), task.get("createdAt"), record_.get("timestamp"))),
            id=said(task.get("id")),
            country=country_of(asked.get("country") or record_.get("country")),
        )
