"""Result files of Bright Data: the pages of ChatGPT, Perplexity, Copilot, Gemini and Google AI Mode."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from geo_tracker.captures._document import outline
from geo_tracker.captures._places import country_of
from geo_tracker.captures._times import known_time
from geo_tracker.captures._vendor import Result, VendorResults, unknown
from geo_tracker.engines._json import Json, said, string

ENGINES = {
    "chatgpt.com": "brightdata-chatgpt",
    "chat.openai.com": "brightdata-chatgpt",
    "perplexity.ai": "brightdata-perplexity",
    "copilot.microsoft.com": "brightdata-copilot",
    "gemini.google.com": "brightdata-gemini",
    "google.com": "brightdata-ai-mode",
}


class BrightDataResults(VendorResults):
    """A snapshot's records, as a list or one a line; the page's address says which assistant answered."""

    name = "brightdata"
    label = "Bright Data results"

    def recognises(self, head: bytes) -> bool:
        shown = outline(head)
        return any(
            f"{root}{key}" in shown for root in ("", "[].") for key in ("answer_text", "answer_text_markdown")
        )

    def results(self, record_: Json) -> Iterator[Result]:
        if not ("answer_text" in record_ or "answer_text_markdown" in record_):
            raise unknown("Bright Data")
        yield Result(
            engine=_engine(string(record_.get("url"))),
            body=record_,
            prompt=said(record_.get("prompt")),
            at=known_time(record_.get("timestamp")),
            id=said(record_.get("id")),
            country=country_of(record_.get("country")),
        )


def _engine(url: str) -> str | None:
    try:
        host = (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return None
    return ENGINES.get(host)
