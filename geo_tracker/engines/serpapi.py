"""SerpApi: Google's AI Overviews and AI Mode, and Copilot, as a result page shows them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from urllib.parse import urlencode

from geo_tracker.engines._asking import OneRequest
from geo_tracker.engines._blocks import laid_out, unread_blocks
from geo_tracker.engines._json import Json, integer, record, records, said, string
from geo_tracker.engines._labels import by_route
from geo_tracker.engines._offers import cards
from geo_tracker.engines._places import google_language
from geo_tracker.engines.base import (
    Access,
    Asking,
    EngineError,
    EngineRequest,
    ErrorKind,
    ParsedAnswer,
    ParsedCitation,
    Prompt,
    Span,
)


class SerpApi(OneRequest):
    """Blocks name their references by index, counted from 0; a reference is shown even where no block does."""

    surface = "serp"
    base_url = "https://serpapi.com"
    key_variable = "SERPAPI_API_KEY"
    timeout = 120.0
    has_offers = True
    confidence = "docs"
    price = "one or two searches of the plan per answer (2026-11)"
    holders = (
        *("search_metadata", "search_parameters", "organic_results"),
        *("ai_overview", "text_blocks", "reconstructed_markdown", "header"),
    )

    @abstractmethod
    def parameters(self, prompt: Prompt) -> Mapping[str, str | None]:
        """The query parameters of the first search; those that are None are left out."""

    @abstractmethod
    def shown(self, document: Json) -> Json:
        """The object with `text_blocks` and `references`; raises `EngineError` where there is no answer."""

    def request(self, prompt: Prompt, access: Access) -> EngineRequest:
        return self.search(access, self.parameters(prompt))

    def search(self, access: Access, parameters: Mapping[str, str | None]) -> EngineRequest:
        given = {name: value for name, value in parameters.items() if value}
        query = urlencode({**given, "api_key": access.key or ""})
        return EngineRequest("GET", self.url(access, f"/search.json?{query}"))

    def read(self, document: Json) -> ParsedAnswer:
        found = self.shown(document)
        blocks = found.get("text_blocks")
        text, spans = laid_out(blocks)
        text = text or string(found.get("reconstructed_markdown"))
        header = said(found.get("header"))
        references = records(found.get("references") or [])
        return ParsedAnswer(
            text=text or header or "",
            citations=tuple(_reference(row, place, spans) for place, row in enumerate(references)),
            search="yes",
            offers=cards(found.get("shopping_results")),
            unknown_blocks=(*unread_blocks(blocks), *_other_results(found)),
        )


class SerpApiAIOverview(SerpApi):
    """The overview is in the first body, or behind a token that a second search fetches within a minute."""

    name = "serpapi-ai-overview"
    label = by_route("google-ai-overview", "SerpApi")
    locale = frozenset({"language", "country", "city"})

    def parameters(self, prompt: Prompt) -> Mapping[str, str | None]:
        return {"engine": "google", "q": prompt.text, **_locale(prompt), "no_cache": "true"}

    def ask(self, prompt: Prompt, access: Access) -> Asking:
        first = self.received((yield self.request(prompt, access)), access)
        token = _token(first)
        if token is None:
            return self.answer(first, access)
        second = self.search(access, {"engine": "google_ai_overview", "page_token": token})
        return self.answer(self.received((yield second), access), access)

    def shown(self, document: Json) -> Json:
        if "ai_overview" not in document:
            raise EngineError(ErrorKind.EMPTY, "Google showed no AI Overview for this search")
        overview = record(document.get("ai_overview"))
        if refusal := said(overview.get("error")):
            raise EngineError(ErrorKind.EMPTY, f"no AI Overview: {refusal}")
        if _token(document):
            raise EngineError(
                ErrorKind.TRANSIENT, "the AI Overview is behind a page token that was not followed"
            )
        return overview


class SerpApiAIMode(SerpApi):
    """AI Mode: blocks and references at the top of the body, with a shopping carousel."""

    name = "serpapi-ai-mode"
    label = by_route("google-ai-mode", "SerpApi")
    locale = frozenset({"language", "country", "city"})

    def parameters(self, prompt: Prompt) -> Mapping[str, str | None]:
        return {"engine": "google_ai_mode", "q": prompt.text, **_locale(prompt), "no_cache": "true"}

    def shown(self, document: Json) -> Json:
        return document


class SerpApiCopilot(SerpApiAIMode):
    """Microsoft Copilot, which takes no place or language."""

    name = "serpapi-copilot"
    label = "Microsoft Copilot (SerpApi)"
    locale = frozenset()

    def parameters(self, prompt: Prompt) -> Mapping[str, str | None]:
        return {"engine": "bing_copilot", "q": prompt.text, "no_cache": "true"}


def _locale(prompt: Prompt) -> Mapping[str, str | None]:
    country = prompt.country.lower() if prompt.country else None
    return {"gl": country, "hl": google_language(prompt), "location": prompt.city}


def _token(document: Json) -> str | None:
    """The page token of an overview that is not in the body."""
    overview = record(document.get("ai_overview"))
    return None if overview.get("text_blocks") else said(overview.get("page_token"))


def _reference(row: Json, place: int, spans: Mapping[int, list[Span]]) -> ParsedCitation:
    index = integer(row.get("index"))
    ordinal = place if index is None else index
    return ParsedCitation(
        string(row.get("link")),
        ordinal=ordinal,
        base=0,
        title=said(row.get("title")),
        site=said(row.get("source")),
        snippet=said(row.get("snippet")),
        spans=tuple(spans.get(ordinal, ())),
    )


def _other_results(found: Json) -> tuple[Json, ...]:
    names = ("local_results", "inline_videos", "inline_products")
    return tuple({"type": name, name: found[name]} for name in names if found.get(name))
