"""DataForSEO: Google's AI Overviews and AI Mode, and the web pages of ChatGPT and Gemini."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import ClassVar

from geo_tracker.engines._asking import OneRequest
from geo_tracker.engines._errors import KindsByCode, by_status
from geo_tracker.engines._json import Json, integer, number, record, records, said, string, strings
from geo_tracker.engines._labels import by_route
from geo_tracker.engines._markers import DOUBLE, merged, placed, resolved
from geo_tracker.engines._offers import cards
from geo_tracker.engines._places import google_language, google_location_code
from geo_tracker.engines._sources import unnumbered
from geo_tracker.engines.base import (
    Access,
    EngineError,
    EngineRequest,
    ErrorKind,
    ParsedAnswer,
    ParsedCitation,
    ParsedOffer,
    Prompt,
    Span,
)

_OK = 20000
_KINDS: Mapping[int, ErrorKind] = {
    40102: ErrorKind.EMPTY,
    40200: ErrorKind.QUOTA,
    40202: ErrorKind.RATE_LIMIT,
    40203: ErrorKind.QUOTA,
    40209: ErrorKind.RATE_LIMIT,
    40210: ErrorKind.QUOTA,
    40601: ErrorKind.TRANSIENT,
    40602: ErrorKind.TRANSIENT,
}


class DataForSEO(OneRequest):
    """A list of one task; the envelope is HTTP 200 even where the task failed."""

    base_url = "https://api.dataforseo.com"
    key_variable = "DATAFORSEO_PASSWORD"
    extra_variables = ("DATAFORSEO_LOGIN",)
    timeout = 180.0
    locale = frozenset({"language", "country"})
    confidence = "sdk"
    holders = ("tasks",)
    price = "AI Mode $0.004 live; the cost of each answer is reported (2026-11)"
    error_kinds: ClassVar[KindsByCode] = {str(code): kind for code, kind in _KINDS.items()}
    path: ClassVar[str]
    options: ClassVar[Mapping[str, bool]] = {}

    def request(self, prompt: Prompt, access: Access) -> EngineRequest:
        task = {
            "keyword": prompt.text,
            "location_code": google_location_code(prompt.country) or google_location_code("US"),
            "language_code": google_language(prompt) or "en",
            **self.options,
        }
        login = f"{access.extra.get('DATAFORSEO_LOGIN', '')}:{access.key or ''}"
        headers = {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"}
        return EngineRequest.post_json(self.url(access, self.path), [task], headers)

    def result(self, document: Json) -> tuple[Json, ParsedAnswer]:
        """The task's result and an answer with its cost; raises `EngineError` for a task that failed."""
        task = next(iter(records(document.get("tasks") or [])), {})
        for level in (document, task):
            _check(level)
        found = next(iter(records(task.get("result") or [])), {})
        cost = number(task.get("cost"))
        model = said(found.get("model"))
        return found, ParsedAnswer("", model=model, cost=cost, currency=None if cost is None else "USD")


class DataForSEOAIOverview(DataForSEO):
    """Sections of the overview name their references; the markdown prints `[[n]](url)`."""

    name = "dataforseo-ai-overview"
    label = by_route("google-ai-overview", "DataForSEO")
    surface = "serp"
    has_offers = True
    path = "/v3/serp/google/organic/live/advanced"
    options: ClassVar[Mapping[str, bool]] = {"load_async_ai_overview": True}

    def read(self, document: Json) -> ParsedAnswer:
        found, answer = self.result(document)
        overview = next(
            (i for i in records(found.get("items") or []) if i.get("type") == "ai_overview"), None
        )
        if overview is None:
            raise EngineError(ErrorKind.EMPTY, "Google showed no AI Overview for this search")
        sections = records(overview.get("items") or [])
        text = said(overview.get("markdown")) or "\n\n".join(filter(None, map(_section_text, sections)))
        sources = [
            replace(row, spans=_spans(text, row.url, sections)) for row in _references(overview, sections)
        ]
        return replace(
            answer,
            text=text,
            citations=merged(resolved(text, sources, DOUBLE)),
            search="yes",
            offers=_offers(sections, "ai_overview_shopping"),
        )


class DataForSEOAIMode(DataForSEOAIOverview):
    """AI Mode has the same items as the overview."""

    name = "dataforseo-ai-mode"
    label = by_route("google-ai-mode", "DataForSEO")
    path = "/v3/serp/google/ai_mode/live/advanced"
    options: ClassVar[Mapping[str, bool]] = {}


class DataForSEOChatGPT(DataForSEO):
    """ChatGPT's page: `sources` are cited, `search_results` were shown and not cited."""

    name = "dataforseo-chatgpt"
    label = "ChatGPT web (DataForSEO)"
    surface = "web"
    has_offers = True
    path = "/v3/ai_optimization/chat_gpt/llm_scraper/live/advanced"
    options: ClassVar[Mapping[str, bool]] = {"force_web_search": True}

    def read(self, document: Json) -> ParsedAnswer:
        found, answer = self.result(document)
        text = string(found.get("markdown"))
        cited = unnumbered(found.get("sources"), "cited")
        queries = strings(found.get("fan_out_queries"))
        retrieved = unnumbered(found.get("search_results"))
        items = records(found.get("items") or [])
        return replace(
            answer,
            text=text,
            citations=merged([*placed(text, cited), *retrieved]),
            queries=queries,
            search="yes" if cited or retrieved or queries else "unknown",
            offers=_offers(items, "products"),
            unknown_blocks=tuple(item for item in items if not _is_read(item)),
        )


class DataForSEOGemini(DataForSEOChatGPT):
    """Gemini's page, without the search queries."""

    name = "dataforseo-gemini"
    label = "Gemini web (DataForSEO)"
    path = "/v3/ai_optimization/gemini/llm_scraper/live/advanced"
    options: ClassVar[Mapping[str, bool]] = {}


def _check(level: Json) -> None:
    code = integer(level.get("status_code"))
    if code is None or code == _OK:
        return
    kind = _KINDS.get(code) or by_status(code // 100)
    raise EngineError(kind, f"{string(level.get('status_message'))[:300]} ({code})")


def _is_read(item: Json) -> bool:
    return string(item.get("type")).rpartition("_")[2] in ("text", "table", "products")


def _section_text(section: Json) -> str | None:
    return said(section.get("markdown"), section.get("text"))


def _references(overview: Json, sections: Iterable[Json]) -> list[ParsedCitation]:
    lists = [overview.get("references"), *(section.get("references") for section in sections)]
    named = [_named(row) for rows in lists for row in records(rows or [])]
    return list(merged(row for row in unnumbered(named, "cited")))


def _named(reference: Json) -> Json:
    return {**reference, "site": said(reference.get("source"), reference.get("domain"))}


def _spans(text: str, url: str, sections: Iterable[Json]) -> tuple[Span, ...]:
    """Where the sections that name this address stand in the text, if each stands there just once."""
    naming = (s for s in sections if any(row.get("url") == url for row in records(s.get("references") or [])))
    pieces = (piece for section in naming if (piece := _section_text(section)) and text.count(piece) == 1)
    return tuple((start, start + len(piece)) for piece in pieces for start in [text.index(piece)])


def _offers(items: Iterable[Json], kind: str) -> tuple[ParsedOffer, ...]:
    shelves = (item for item in items if string(item.get("type")).endswith(kind))
    return tuple(
        offer for shelf in shelves for offer in cards(record(shelf).get("items") or shelf.get("products"))
    )
