"""Bright Data: the pages of ChatGPT, Perplexity, Copilot, Gemini and Google AI Mode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from geo_tracker.engines._asking import OneRequest, bearer
from geo_tracker.engines._json import Json, malformed, records, said, strings
from geo_tracker.engines._labels import by_route
from geo_tracker.engines._markers import BRACKETS, merged, placed, resolved
from geo_tracker.engines._offers import cards
from geo_tracker.engines._sources import numbered, unnumbered
from geo_tracker.engines.base import (
    Access,
    Asking,
    EngineError,
    EngineRequest,
    ErrorKind,
    ParsedAnswer,
    ParsedCitation,
    Prompt,
    Surface,
)

POLLS = 60
"""How often a job that works in the background is asked for, `WAIT` seconds apart."""
WAIT = 10.0

_FAILED = ("failed", "cancelled", "canceled")


class BrightDataChatGPT(OneRequest):
    """One record: `citations` cited, `search_sources` retrieved. A job of over a minute turns into a snapshot."""

    name = "brightdata-chatgpt"
    label = "ChatGPT web (Bright Data)"
    surface: ClassVar[Surface] = "web"
    base_url = "https://api.brightdata.com"
    key_variable = "BRIGHTDATA_API_KEY"
    timeout = 120.0
    locale = frozenset({"country"})
    has_offers = True
    confidence = "third-party"
    holders = ("answer_text", "answer_text_markdown", "snapshot_id", "status")
    dataset: ClassVar[str] = "gd_m7aof0k82r803d5bjm"
    page: ClassVar[str] = "https://chatgpt.com/"

    def request(self, prompt: Prompt, access: Access) -> EngineRequest:
        job = {"url": self.page, "prompt": prompt.text, "country": prompt.country or "", "web_search": True}
        url = self.url(access, f"/datasets/v3/scrape?dataset_id={self.dataset}&format=json")
        return EngineRequest.post_json(url, [job], bearer(access))

    def ask(self, prompt: Prompt, access: Access) -> Asking:
        found = self.received((yield self.request(prompt, access)), access)
        job = _snapshot(found)
        for _ in range(POLLS if job else 0):
            progress = EngineRequest(
                "GET", self.url(access, f"/datasets/v3/progress/{job}"), bearer(access), wait=WAIT
            )
            status = said(self.received((yield progress), access).get("status"))
            if status in _FAILED:
                raise EngineError(ErrorKind.TRANSIENT, f"{self.name}: the job {status}")
            if status == "ready":  # any other status, also one not documented, means: not yet
                address = self.url(access, f"/datasets/v3/snapshot/{job}?format=json")
                found = self.received((yield EngineRequest("GET", address, bearer(access))), access)
                break
        return self.answer(found, access)

    def whole(self, value: Any) -> Json:
        """The first record of a result, or the object that says a job goes on."""
        rows = records(value)
        if not rows:
            raise malformed("no record in the result")
        return rows[0]

    def read(self, document: Json) -> ParsedAnswer:
        text = said(document.get("answer_text_markdown"), document.get("answer_text")) or ""
        if not text and (job := _snapshot(document) or said(document.get("status"))):
            raise EngineError(ErrorKind.TRANSIENT, f"the job is not finished: {job}")
        queries = _queries(document.get("web_search_query"))
        cited, retrieved = _citations(document)
        citations = [*self.cited(text, cited), *retrieved]
        found = bool(citations or queries) or document.get("web_search_triggered") is True
        return ParsedAnswer(
            text=text,
            citations=merged(citations),
            queries=queries,
            # web_search_triggered is often false although a search ran
            search="yes" if found else "unknown",
            offers=cards(document.get("shopping")),
            model=said(document.get("model")),
        )

    def cited(self, text: str, rows: Sequence[Json]) -> Sequence[ParsedCitation]:
        """The citations with their places in the text."""
        return placed(text, unnumbered(rows, "cited"))


class BrightDataPerplexity(BrightDataChatGPT):
    """`[n]` counts the citations' `position` from 1."""

    name = "brightdata-perplexity"
    label = "Perplexity web (Bright Data)"
    dataset = "gd_m7dhdot1vw9a7gc1n"
    page = "https://www.perplexity.ai/"

    def cited(self, text: str, rows: Sequence[Json]) -> Sequence[ParsedCitation]:
        listed = [replace(row, role="cited") for row in numbered(rows, "position") if row.url]
        return resolved(text, placed(text, listed), BRACKETS)


class BrightDataCopilot(BrightDataChatGPT):
    name = "brightdata-copilot"
    label = "Microsoft Copilot web (Bright Data)"
    dataset = "gd_m7di5jy6s9geokz8w"
    page = "https://copilot.microsoft.com/"


class BrightDataGemini(BrightDataChatGPT):
    name = "brightdata-gemini"
    label = "Gemini web (Bright Data)"
    dataset = "gd_mbz66arm2mf9cu856y"
    page = "https://gemini.google.com/"


class BrightDataAIMode(BrightDataChatGPT):
    name = "brightdata-ai-mode"
    label = by_route("google-ai-mode", "Bright Data")
    surface = "serp"
    dataset = "gd_mcswdt6z2elth3zqr2"
    page = "https://www.google.com/"


def _snapshot(document: Json) -> str | None:
    """The id of a job that goes on in the background."""
    return said(document.get("snapshot_id")) if "answer_text" not in document else None


def _queries(value: Any) -> tuple[str, ...]:
    alone = said(value)
    return (alone,) if alone else strings(value)


def _citations(document: Json) -> tuple[Sequence[Json], Sequence[ParsedCitation]]:
    """What is cited, and what was only found: a citation may say of itself that it is not cited.

    Without citations, the links of the answer are what it cites.
    """
    rows = records(document.get("citations") or document.get("links_attached") or [])
    cited = [row for row in rows if row.get("cited") is not False]
    shown = unnumbered([row for row in rows if row.get("cited") is False])
    return cited, [*shown, *unnumbered(document.get("search_sources"))]
