"""Result files of SerpApi: Google's AI Overviews and AI Mode, Copilot."""

from __future__ import annotations

from collections.abc import Iterator

from geo_tracker.captures._document import outline
from geo_tracker.captures._places import country_of, language_of
from geo_tracker.captures._times import known_time
from geo_tracker.captures._vendor import Result, VendorResults, unknown
from geo_tracker.engines._json import Json, record, said, string

ENGINES = {
    "google": "serpapi-ai-overview",
    "google_ai_overview": "serpapi-ai-overview",
    "google_ai_mode": "serpapi-ai-mode",
    "bing_copilot": "serpapi-copilot",
}


class SerpApiResults(VendorResults):
    """`search_parameters` say what was asked; a search without an overview is an empty answer."""

    name = "serpapi"
    label = "SerpApi results"

    def recognises(self, head: bytes) -> bool:
        shown = outline(head)
        return any(
            f"{root}{key}" in shown
            for root in ("", "[].")
            for key in ("search_metadata", "search_parameters")
        )

    def results(self, record_: Json) -> Iterator[Result]:
        asked, about = record(record_.get("search_parameters")), record(record_.get("search_metadata"))
        if not asked:
            raise unknown("SerpApi")
        yield Result(
            engine=ENGINES.get(string(asked.get("engine"))),
            body=record_,
            prompt=said(asked.get("q"), asked.get("query")),
            at=known_time(about.get("created_at")),
            id=said(about.get("id")),
            country=country_of(asked.get("gl")),
            language=language_of(asked.get("hl")),
        )
