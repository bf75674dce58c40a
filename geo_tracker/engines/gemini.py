"""Gemini: generateContent with Google Search grounding, and the Interactions API."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any, ClassVar

from geo_tracker.engines import _interactions as interactions
from geo_tracker.engines._asking import OneRequest
from geo_tracker.engines._chat import united
from geo_tracker.engines._errors import KindsByCode
from geo_tracker.engines._json import Json, integer, object_at, record, records, said, string, strings
from geo_tracker.engines._labels import by_route
from geo_tracker.engines._markers import merged
from geo_tracker.engines._paragraphs import paragraph
from geo_tracker.engines._spans import checked
from geo_tracker.engines._stream import Event, cut_off
from geo_tracker.engines.base import (
    Access,
    EngineError,
    EngineRequest,
    ErrorKind,
    ParsedAnswer,
    ParsedCitation,
    Prompt,
    Span,
)

_BLOCKED = {"SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "IMAGE_SAFETY"}


class Gemini(OneRequest):
    """Offsets count UTF-8 bytes and cover the supported sentence, which the body repeats: it must match.

    Addresses are redirects of Google's; `web.title` is the site.
    """

    name = "gemini"
    label = by_route("gemini", "generateContent with Google Search")
    base_url = "https://generativelanguage.googleapis.com/v1beta"
    key_variable = "GEMINI_API_KEY"
    default_model = "gemini-flash-latest"
    timeout = 300.0
    locale = frozenset({"language"})
    confidence = "recorded"
    price = "Gemini 3 and later $14 per 1,000 search queries after 5,000 free a month, plus tokens (2026-11)"
    error_kinds: ClassVar[KindsByCode] = {"RESOURCE_EXHAUSTED": ErrorKind.RATE_LIMIT}
    holders = ("candidates", "promptFeedback", "steps", "usageMetadata")

    def request(self, prompt: Prompt, access: Access) -> EngineRequest:
        payload: Json = {
            "contents": [{"role": "user", "parts": [{"text": prompt.text}]}],
            "tools": [{"googleSearch": {}}],
        }
        if prompt.language:
            payload["toolConfig"] = {"retrievalConfig": {"languageCode": prompt.language}}
        url = self.url(access, f"/models/{access.model or self.default_model}:generateContent")
        return EngineRequest.post_json(url, payload, {"x-goog-api-key": access.key or ""})

    def whole(self, value: Any) -> Json:
        """Without `alt=sse` a streamed call answers with a list of chunks."""
        if isinstance(value, list):
            return self.merge([Event("", chunk) for chunk in value])
        return super().whole(value)

    def merge(self, events: Sequence[Event]) -> Json:
        if any("event_type" in event.record or "steps" in event.record for event in events):
            return interactions.merge(events)
        return _merged_chunks(events)

    def read(self, document: Json) -> ParsedAnswer:
        return interactions.read(document) if "steps" in document else _generated(document)


class GeminiInteractions(Gemini):
    """The Interactions API: steps with `url_citation` annotations."""

    name = "gemini-interactions"
    label = by_route("gemini", "Interactions with Google Search")
    locale = frozenset()

    def request(self, prompt: Prompt, access: Access) -> EngineRequest:
        model = access.model or self.default_model
        payload = {"model": model, "input": prompt.text, "tools": [{"type": "google_search"}]}
        return EngineRequest.post_json(
            self.url(access, "/interactions"), payload, {"x-goog-api-key": access.key or ""}
        )


def _merged_chunks(events: Sequence[Event]) -> Json:
    """Parts in order; the grounding of the last chunk indexes the whole text."""
    whole: Json = {}
    candidate: Json = {}
    parts: list[Json] = []
    for event in events:
        for key, value in event.record.items():
            whole[key] = united(whole.get(key), value)
        chunk = next(iter(records(event.record.get("candidates") or [])), {})
        parts += records(object_at(chunk, "content").get("parts") or [])
        candidate.update({key: value for key, value in chunk.items() if value})
    found = {**whole, "candidates": [{**candidate, "content": {"parts": parts}}]}
    if not (candidate.get("finishReason") or whole.get("error") or whole.get("promptFeedback")):
        raise cut_off(found)
    return found


def _generated(document: Json) -> ParsedAnswer:
    blocked = said(object_at(document, "promptFeedback").get("blockReason"))
    candidate = next(iter(records(document.get("candidates") or [])), {})
    finish = said(candidate.get("finishReason"))
    parts = records(object_at(candidate, "content").get("parts") or [])
    text, starts = _laid_out(parts)
    if blocked or (finish in _BLOCKED and not text.strip()):
        raise EngineError(ErrorKind.REFUSED, f"blocked: {blocked or finish}")
    grounding = record(candidate.get("groundingMetadata"))
    queries = strings(grounding.get("webSearchQueries")) or _called(parts)
    return ParsedAnswer(
        text=text,
        citations=merged([*_grounded([*map(_shown, parts)], starts, grounding), *_opened(candidate)]),
        queries=queries,
        search="yes" if queries or grounding.get("groundingChunks") else "no",
        model=said(document.get("modelVersion")),
        finish_reason=finish,
        usage=record(document.get("usageMetadata")),
        unknown_blocks=tuple(
            part for part in parts if not {"text", "toolCall", "toolResponse"} & part.keys()
        ),
    )


def _called(parts: Iterable[Json]) -> tuple[str, ...]:
    """The queries of server-side tool calls, which stand among the parts."""
    return tuple(q for part in parts for q in strings(object_at(part, "toolCall", "args").get("queries")))


def _shown(part: Json) -> str:
    return "" if part.get("thought") else string(part.get("text"))


def _laid_out(parts: Sequence[Json]) -> tuple[str, list[int]]:
    """The text of the parts, with a new paragraph after a tool's call, and where each part begins in it."""
    text, starts, apart = "", list[int](), False
    for part in parts:
        words = _shown(part)
        text += paragraph(text, words) if apart and words else ""
        apart = "text" not in part or (apart and not words)
        starts.append(len(text))
        text += words
    return text, starts


def _opened(candidate: Json) -> list[ParsedCitation]:
    """The pages that the model read itself."""
    pages = records(object_at(candidate, "urlContextMetadata").get("urlMetadata") or [])
    read = (page for page in pages if string(page.get("urlRetrievalStatus")).endswith("SUCCESS"))
    return [ParsedCitation(page["retrievedUrl"], "opened") for page in read if said(page.get("retrievedUrl"))]


def _grounded(texts: Sequence[str], starts: Sequence[int], grounding: Json) -> list[ParsedCitation]:
    """Chunks that a support names are `cited` at its sentence, the others `retrieved`."""
    spans: dict[int, list[Span]] = {}
    for support in records(grounding.get("groundingSupports") or []):
        span = _segment_span(texts, starts, record(support.get("segment")))
        indices = support.get("groundingChunkIndices")
        for index in indices if isinstance(indices, list) else []:
            if isinstance(index, int):
                spans.setdefault(index, []).extend(span)
    chunks = grounding.get("groundingChunks")
    rows = [_page(record(chunk)) for chunk in _listed(chunks)]
    return [
        ParsedCitation(
            string(row.get("uri")),
            "cited" if index in spans else "retrieved",
            title=said(row.get("title")),
            site=said(row.get("domain"), row.get("title")),
            spans=tuple(sorted(set(spans.get(index, ())))),
        )
        for index, row in enumerate(rows)
    ]


def _page(chunk: Json) -> Json:
    """The page of a chunk, whatever kind of search found it."""
    return next((record(chunk[kind]) for kind in ("web", "retrievedContext", "maps") if chunk.get(kind)), {})


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _segment_span(texts: Sequence[str], starts: Sequence[int], segment: Json) -> tuple[Span, ...]:
    """Where the sentence stands: its offsets count in the part that `partIndex` names, or in all parts together."""
    sentence = string(segment.get("text"))
    index = integer(segment.get("partIndex")) or 0
    ways = ((texts[index : index + 1], starts[index : index + 1]), (texts, starts))
    for pieces, places in ways if sentence else ():
        whole = "".join(pieces)
        for first, last in checked(
            whole, segment.get("startIndex"), segment.get("endIndex"), sentence.__eq__
        ):
            return ((_placed(first, pieces, places), _placed(last - 1, pieces, places) + 1),)
    return ()


def _placed(offset: int, pieces: Sequence[str], places: Sequence[int]) -> int:
    """An offset into the pieces joined, as one into the text where each stands at its place."""
    ends = list(accumulate(map(len, pieces)))
    number = bisect_right(ends, offset)
    return places[number] + offset - (ends[number] - len(pieces[number]))
