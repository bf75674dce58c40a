"""Result files of Oxylabs: ChatGPT, Perplexity, Google AI Mode and AI Overviews."""

from __future__ import annotations

from collections.abc import Iterator

from geo_tracker.captures._document import outline
from geo_tracker.captures._places import country_of
from geo_tracker.captures._times import known_time
from geo_tracker.captures._vendor import Result, VendorResults, unknown
from geo_tracker.engines._json import Json, record, records, said, string

ENGINES = {
    "chatgpt": "oxylabs-chatgpt",
    "perplexity": "oxylabs-perplexity",
    "google_ai_mode": "oxylabs-ai-mode",
    "google_search": "oxylabs-ai-overview",
}
ONLY = {
    "answer_results_md": "oxylabs-perplexity",
    "ai_overviews": "oxylabs-ai-overview",
    "results": "oxylabs-ai-overview",
    "markdown_text": "oxylabs-chatgpt",
    "response_text": "oxylabs-ai-mode",
}
"""Fields that tell a page where the job is not in the file; the first that fits."""


class OxylabsResults(VendorResults):
    """`job` says what was asked; without it, the parsed page does."""

    name = "oxylabs"
    label = "Oxylabs results"

    def recognises(self, head: bytes) -> bool:
        shown = outline(head)
        return any(f"{root}results[].content" in shown for root in ("", "[]."))

    def results(self, record_: Json) -> Iterator[Result]:
        results = records(record_.get("results") or [])
        if not results:
            raise unknown("Oxylabs")
        job = record(record_.get("job")) or record_
        for result in results:
            page = record(result.get("content"))
            asked = [
                job.get("prompt"),
                job.get("query"),
                page.get("prompt"),
                page.get("prompt_query"),
                page.get("query"),
            ]
            fields = (name for field, name in ONLY.items() if field in page)
            yield Result(
                engine=ENGINES.get(string(job.get("source"))) or next(fields, None),
                body={"results": [result]},
                prompt=said(*asked),
                at=known_time(said(result.get("created_at"), job.get("created_at"))),
                id=said(result.get("job_id"), job.get("id")),
                country=country_of(job.get("geo_location")),
            )
