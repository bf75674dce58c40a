"""Perplexity: the Agent API; stored bodies of the Sonar API, which ended in 2026-09, still parse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from geo_tracker.engines import _chat as chat
from geo_tracker.engines import _responses as responses
from geo_tracker.engines._asking import OneRequest, bearer, user_location
from geo_tracker.engines._dates import published
from geo_tracker.engines._json import Json, integer, number, record, records, said, string, strings
from geo_tracker.engines._labels import by_route
from geo_tracker.engines._markers import BRACKETS, WEB, either, markers, merged, resolved
from geo_tracker.engines._stream import Event
from geo_tracker.engines.base import Access, EngineRequest, ParsedAnswer, ParsedCitation, Prompt

_MARKERS = either(WEB, BRACKETS)
_ITEMS = ("search_results", "fetch_url_results")


class Perplexity(OneRequest):
    """Markers `[n]` or `[web:n]` count from 1: over the results' ids (Agent) or the list of citations (Sonar)."""

    name = "perplexity"
    label = by_route("perplexity", "Agent API")
    base_url = "https://api.perplexity.ai/v1"
    key_variable = "PERPLEXITY_API_KEY"
    # Perplexity's own model searches for every answer; those of other vendors only where they choose to
    default_model = "perplexity/sonar"
    timeout = 300.0
    locale = frozenset({"language", "country", "region", "city"})
    confidence = "sdk"
    price = "web search $5 per 1,000 calls plus tokens; the cost of each answer is reported (2026-11)"
    holders = ("output", "choices")

    def request(self, prompt: Prompt, access: Access) -> EngineRequest:
        tool: Json = {"type": "web_search"}
        place = {
            key: value for key, value in user_location(prompt).items() if key not in ("type", "timezone")
        }
        if place:
            tool["user_location"] = place
        model = access.model or self.default_model
        # names without a vendor are presets, such as fast or pro-search
        named = {"model" if "/" in model else "preset": model}
        payload: Json = {**named, "input": prompt.text, "tools": [tool]}
        if prompt.language:
            payload["language_preference"] = prompt.language
        return EngineRequest.post_json(self.url(access, "/agent"), payload, bearer(access))

    def merge(self, events: Sequence[Event]) -> Json:
        sonar = any("choices" in event.record for event in events)
        return chat.merge(events) if sonar else responses.merge(events)

    def read(self, document: Json) -> ParsedAnswer:
        return _sonar(document) if "choices" in document else _agent(document)


def _agent(document: Json) -> ParsedAnswer:
    parts = responses.answer_parts(document)
    text = responses.whole_text(parts)
    searches = responses.items_of(document, "search_results")
    fetches = responses.items_of(document, "fetch_url_results")
    annotated = responses.url_citations(parts, _is_marker)
    results = [_source(row, row.get("id")) for item in searches for row in records(item.get("results"))]
    opened = [_opened(row) for item in fetches for row in records(item.get("contents"))]
    usage = record(document.get("usage"))
    return responses.completed(
        document,
        parts,
        *_ITEMS,
        citations=merged([*_cited(text, annotated, results), *opened]),
        queries=tuple(query for item in searches for query in strings(item.get("queries"))),
        search="yes" if searches or annotated else "no",
        cost=number(record(usage.get("cost")).get("total_cost")),
        currency=said(record(usage.get("cost")).get("currency")),
    )


def _cited(
    text: str, annotated: Sequence[ParsedCitation], results: Sequence[ParsedCitation]
) -> list[ParsedCitation]:
    """Annotations say which results are cited, and so do the markers, which also have a place that is sure."""
    if not annotated:
        return list(resolved(text, results, _MARKERS))
    known = {row.url: row for row in reversed(results)}
    cited = [_joined(text, note, known.get(note.url)) for note in annotated]
    urls = {note.url for note in annotated}
    return list(resolved(text, [*cited, *(row for row in results if row.url not in urls)], _MARKERS))


def _joined(text: str, note: ParsedCitation, result: ParsedCitation | None) -> ParsedCitation:
    """An annotation with the result's details, and its ordinal as the text prints it."""
    printed = [marker.ordinals[0] for span in note.spans for marker in markers(text[slice(*span)], _MARKERS)]
    ordinal = next(iter(printed), result.ordinal if result else None)
    known = result or note
    return replace(known, role="cited", ordinal=ordinal, title=note.title or known.title, spans=note.spans)


def _is_marker(text: str) -> bool:
    return _MARKERS.fullmatch(text) is not None


def _source(row: Json, ordinal: object) -> ParsedCitation:
    return ParsedCitation(
        string(row.get("url")),
        "retrieved",
        ordinal=integer(ordinal),
        title=said(row.get("title")),
        published=published(row.get("date"), row.get("last_updated")),
        snippet=said(row.get("snippet")),
    )


def _opened(row: Json) -> ParsedCitation:
    return replace(_source(row, None), role="opened")


def _sonar(document: Json) -> ParsedAnswer:
    text = chat.content_of(chat.first_message(document))
    usage = record(document.get("usage"))
    cost = number(record(usage.get("cost")).get("total_cost"))
    sources = _sonar_sources(document)
    return chat.completed(
        document,
        text,
        citations=merged(resolved(text, sources, _MARKERS)),
        search="yes" if sources or usage.get("num_search_queries") else "unknown",
        follow_ups=strings(document.get("related_questions")),
        cost=cost,
        currency="USD" if cost is not None else None,
    )


def _sonar_sources(document: Json) -> list[ParsedCitation]:
    """The numbered addresses with the details of the search result of the same address, then the other results."""
    results = records(document.get("search_results") or [])
    known = {string(row.get("url")): row for row in reversed(results)}
    listed = document.get("citations")
    urls = [string(url) for url in listed] if isinstance(listed, list) else []
    numbered = [{"url": url, **known.get(url, {})} for url in urls] or results
    others = [row for row in results if urls and row.get("url") not in urls]
    return [
        *(_source(row, ordinal) for ordinal, row in enumerate(numbered, 1)),
        *(_source(row, None) for row in others),
    ]
