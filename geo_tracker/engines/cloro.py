"""cloro: the pages of ChatGPT, Gemini, Perplexity, Copilot, Grok and Google's AI answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

from geo_tracker.engines._asking import OneRequest, bearer
from geo_tracker.engines._json import Json, integer, record, records, said, string, strings
from geo_tracker.engines._labels import by_route
from geo_tracker.engines._markers import BRACKETS, merged, placed, resolved
from geo_tracker.engines._offers import cards
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
    Surface,
)


class CloroChatGPT(OneRequest):
    """Pills stand in the text and are cited; sources without a pill were only listed. Pill ids count from 0."""

    name = "cloro-chatgpt"
    label = "ChatGPT web (cloro)"
    surface: ClassVar[Surface] = "web"
    base_url = "https://api.cloro.dev"
    key_variable = "CLORO_API_KEY"
    timeout = 300.0
    locale = frozenset({"country"})
    has_offers = True
    confidence = "sdk"
    price = "3 to 5 credits an answer, 2 more when synchronous (2026-11)"
    holders = ("result", "response", "task")
    endpoint: ClassVar[str] = "chatgpt"
    pill_base: ClassVar[Literal[0, 1]] = 0

    def request(self, prompt: Prompt, access: Access) -> EngineRequest:
        payload: Json = {"prompt": prompt.text, "include": self.include()}
        if prompt.country:
            payload["country"] = prompt.country
        return EngineRequest.post_json(
            self.url(access, f"/v1/monitor/{self.endpoint}"), payload, bearer(access)
        )

    def include(self) -> Json:
        return {"markdown": True, "searchQueries": True, "shopping": True}

    def result(self, document: Json) -> Json:
        """The answer of the page, also inside a finished task of the asynchronous route.

        Raises `EngineError` for a task that failed or goes on.
        """
        status = said(record(document.get("task")).get("status"))
        if status not in (None, "COMPLETED"):
            raise EngineError(ErrorKind.TRANSIENT, f"the task is {status}")
        held = record(document.get("result")) or record(document.get("response"))
        return record(held.get("result")) or held

    def read(self, document: Json) -> ParsedAnswer:
        found = self.result(document)
        text = said(found.get("markdown"), found.get("text")) or ""
        citations = self.placed(text, self.sources(found))
        queries = self.queries(found)
        return ParsedAnswer(
            text=text,
            citations=merged(citations),
            queries=queries,
            search="yes" if citations or queries else "unknown",
            offers=_offers(found),
            follow_ups=strings(found.get("relatedQuestions")),
            model=said(found.get("model")),
            unknown_blocks=tuple(
                {"type": name, name: found[name]} for name in ("ads", "map") if found.get(name)
            ),
        )

    def queries(self, found: Json) -> tuple[str, ...]:
        return strings(found.get("searchQueries"))

    def placed(self, text: str, sources: Sequence[ParsedCitation]) -> tuple[ParsedCitation, ...]:
        """The sources with their places in the text."""
        return placed(text, sources)

    def sources(self, found: Json) -> list[ParsedCitation]:
        pills = [self.pill(row) for row in records(found.get("citationPills") or []) if said(row.get("url"))]
        cited = {pill.url for pill in pills}
        rows = [{**row, "title": row.get("label")} for row in records(found.get("sources") or [])]
        listed = unnumbered(rows, "retrieved" if pills else "cited")
        return [*pills, *(row for row in listed if row.url not in cited)]

    def pill(self, row: Json) -> ParsedCitation:
        return ParsedCitation(
            string(row.get("url")),
            ordinal=integer(row.get("citationPillId")),
            base=self.pill_base,
            title=said(row.get("label")),
            site=said(row.get("domain")),
            published=said(row.get("datePublished")),
        )


class _Cloro(CloroChatGPT):
    """The other pages: pill ids count from 1."""

    pill_base = 1

    def include(self) -> Json:
        return {"markdown": True}


class CloroGemini(_Cloro):
    name = "cloro-gemini"
    label = "Gemini web (cloro)"
    endpoint = "gemini"
    has_offers = False


class CloroPerplexity(_Cloro):
    """`[n]` counts the pills from 1; `search_model_queries` echoes the prompt and is no fan-out."""

    name = "cloro-perplexity"
    label = "Perplexity web (cloro)"
    endpoint = "perplexity"

    def queries(self, found: Json) -> tuple[str, ...]:
        return ()

    def placed(self, text: str, sources: Sequence[ParsedCitation]) -> tuple[ParsedCitation, ...]:
        return resolved(text, placed(text, sources), BRACKETS)


class CloroCopilot(_Cloro):
    name = "cloro-copilot"
    label = "Microsoft Copilot web (cloro)"
    endpoint = "copilot"


class CloroGrok(_Cloro):
    name = "cloro-grok"
    label = "Grok web (cloro)"
    endpoint = "grok"
    has_offers = False


class CloroAIMode(_Cloro):
    """Sources may include Google's own shopping links; they stay as given."""

    name = "cloro-ai-mode"
    label = by_route("google-ai-mode", "cloro")
    surface = "serp"
    endpoint = "aimode"


class CloroAIOverview(_Cloro):
    """The overview inside a Google result page; `relatedLinks` are no citations."""

    name = "cloro-ai-overview"
    label = by_route("google-ai-overview", "cloro")
    surface = "serp"
    endpoint = "google"
    has_offers = False

    def request(self, prompt: Prompt, access: Access) -> EngineRequest:
        payload: Json = {"query": prompt.text, "include": {"aioverview": {"markdown": True}}}
        if prompt.country:
            payload["country"] = prompt.country
        return EngineRequest.post_json(self.url(access, "/v1/monitor/google"), payload, bearer(access))

    def result(self, document: Json) -> Json:
        overview = record(super().result(document).get("aioverview"))
        if not overview:
            raise EngineError(ErrorKind.EMPTY, "Google showed no AI Overview for this search")
        return overview


def _offers(found: Json) -> tuple[ParsedOffer, ...]:
    return (*_shelf_products(records(found.get("shoppingCards") or [])), *cards(found.get("inlineProducts")))


def _shelf_products(shelves: Iterable[Json]) -> list[ParsedOffer]:
    """The products of shelves, or shelves that are products themselves."""
    rows = [row for shelf in shelves for row in (records(shelf.get("products") or []) or [shelf])]
    return list(cards(rows))
