"""Oxylabs: the pages of ChatGPT and Perplexity, Google AI Mode and AI Overviews, through its realtime route."""

from __future__ import annotations

import base64
from typing import Any, ClassVar

from geo_tracker.engines._asking import OneRequest
from geo_tracker.engines._errors import by_status
from geo_tracker.engines._json import Json, integer, object_at, record, records, said, strings
from geo_tracker.engines._labels import by_route
from geo_tracker.engines._markers import BRACKETS, merged, placed, resolved
from geo_tracker.engines._offers import cards
from geo_tracker.engines._sources import numbered, unnumbered
from geo_tracker.engines.base import (
    Access,
    EngineError,
    EngineRequest,
    ErrorKind,
    ParsedAnswer,
    ParsedCitation,
    Prompt,
    Surface,
)

_TEXTS = ("markdown_text", "answer_results_md", "response_text", "answer_results", "text")


class OxylabsChatGPT(OneRequest):
    """`results[0].content` holds the parsed page; each result has a status of its own."""

    name = "oxylabs-chatgpt"
    label = "ChatGPT web (Oxylabs)"
    surface: ClassVar[Surface] = "web"
    base_url = "https://realtime.oxylabs.io/v1"
    key_variable = "OXYLABS_PASSWORD"
    extra_variables = ("OXYLABS_USERNAME",)
    timeout = 240.0
    locale = frozenset({"country"})
    confidence = "third-party"
    holders = ("results", "status")
    source: ClassVar[str] = "chatgpt"

    def job(self, prompt: Prompt) -> Json:
        return {"source": self.source, "prompt": prompt.text, "parse": True, "search": True}

    def request(self, prompt: Prompt, access: Access) -> EngineRequest:
        job = self.job(prompt)
        if prompt.country:
            job["geo_location"] = prompt.country
        login = f"{access.extra.get('OXYLABS_USERNAME', '')}:{access.key or ''}"
        headers = {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"}
        return EngineRequest.post_json(self.url(access, "/queries"), job, headers)

    def content(self, document: Json) -> Json:
        """The parsed page; raises `EngineError` if the page could not be had."""
        if said(document.get("status")) and not document.get("results"):
            raise EngineError(ErrorKind.TRANSIENT, f"the job is {document['status']}")
        result = next(iter(records(document.get("results") or [])), {})
        status = integer(result.get("status_code"))
        if status is not None and status != 200:
            raise EngineError(by_status(status), f"the page gave status {status}")
        return record(result.get("content"))

    def read(self, document: Json) -> ParsedAnswer:
        found = self.content(document)
        text = said(*(found.get(name) for name in _TEXTS)) or ""
        queries = strings(found.get("search_queries"))
        citations = self.sources(text, found.get("citations") or found.get("references"))
        return ParsedAnswer(
            text=text,
            citations=merged(citations),
            queries=queries,
            search="yes" if citations or queries else "unknown",
            offers=cards(found.get("products") or found.get("shopping_results")),
            follow_ups=strings(found.get("related_queries")),
            model=said(found.get("llm_model"), found.get("model")),
        )

    def sources(self, text: str, listed: Any) -> tuple[ParsedCitation, ...]:
        return placed(text, unnumbered(listed, "cited"))


class OxylabsPerplexity(OxylabsChatGPT):
    """`[n]` counts the citations from 1."""

    name = "oxylabs-perplexity"
    label = "Perplexity web (Oxylabs)"
    source = "perplexity"

    def sources(self, text: str, listed: Any) -> tuple[ParsedCitation, ...]:
        return resolved(text, numbered(listed), BRACKETS)


class OxylabsAIMode(OxylabsChatGPT):
    name = "oxylabs-ai-mode"
    label = by_route("google-ai-mode", "Oxylabs")
    surface = "serp"
    source = "google_ai_mode"

    def job(self, prompt: Prompt) -> Json:
        return {"source": self.source, "query": prompt.text, "render": "html", "parse": True}


class OxylabsAIOverview(OxylabsAIMode):
    """The overview stands in `results` of the page or beside it."""

    name = "oxylabs-ai-overview"
    label = by_route("google-ai-overview", "Oxylabs")
    source = "google_search"

    def content(self, document: Json) -> Json:
        page = super().content(document)
        shown = object_at(page, "results").get("ai_overviews") or page.get("ai_overviews")
        overview = next(iter(records(shown or [])), None)
        if overview is None:
            raise EngineError(ErrorKind.EMPTY, "Google showed no AI Overview for this search")
        return overview
