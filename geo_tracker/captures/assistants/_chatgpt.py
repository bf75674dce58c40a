"""One answer of ChatGPT: the messages of a turn as text, sources, product cards and search queries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

from geo_tracker.engines._json import Json, loads, record, records, said, string, strings
from geo_tracker.engines._markers import merged
from geo_tracker.engines._marks import LINKS, Target, marks, readable
from geo_tracker.engines._offers import card
from geo_tracker.engines._sources import source
from geo_tracker.engines._spans import checked
from geo_tracker.engines.base import EngineError, ParsedAnswer, ParsedCitation, ParsedOffer, Role, Span

CITING = frozenset(
    {"grouped_webpages", "grouped_webpages_v2", "grouped_webpages_model_predicted_fallback"}
    | {"webpage", "webpage_extended", "nav_list", "product_entity"}
)
SHOPPING = frozenset({"products", "product_entity"})
SILENT = frozenset(
    {
        "sources_footnote",
        "image_v2",
        "image_group",
        "image_inline",
        "video",
        "businesses_map",
        "entity",
        "hidden",
    }
    | {"file", "attribution", "alt_text", "navigation", "client_defined", "tldr", "loading", ""}
)
KNOWN = CITING | SHOPPING | SILENT
QUERIES = ("search_query", "product_query", "search", "queries", "query", "q")
"""Keys of a search tool's call that lead to its queries; of pictures and of pages to open there are others."""
BARE = re.compile(r"[a-z_]{1,40}[\[{]")
CALLED = re.compile(r"\bsearch\(\s*[\"']([^\"'\n]{1,500})[\"']")


def role(message: Json) -> str:
    """Who wrote a message: user, assistant, tool or system."""
    return string(record(message.get("author")).get("role"))


def text_of(message: Json) -> str:
    """The text of a message, with its marks."""
    parts = record(message.get("content")).get("parts")
    return "".join(part for part in parts if isinstance(part, str)) if isinstance(parts, list) else ""


def answer_of(shown: Sequence[Json], messages: Sequence[Json], model: str | None) -> ParsedAnswer:
    """The answer in the messages that a turn shows; `model` is the conversation's, for messages that name none."""
    parts = [message for message in shown if text_of(message).strip()]
    starts = list(accumulate((len(text_of(message)) + 2 for message in parts), initial=0))
    # results stand with the answer, or with the tool's message that brought them
    results = {_ref_id(entry): entry for message in messages for entry in _entries(message)}
    cited = merged(
        row for message, at in zip(parts, starts, strict=False) for row in _citations(message, at, results)
    )
    retrieved = merged(row for message in messages for row in _retrieved(message))
    queries = tuple(dict.fromkeys(query for message in messages for query in _queries(message)))
    known = {row.url for row in cited}
    last = record(shown[-1].get("metadata"))
    answer = ParsedAnswer(
        text="\n\n".join(text_of(message) for message in parts),
        citations=(*cited, *(row for row in retrieved if row.url and row.url not in known)),
        queries=queries,
        search="yes" if cited or retrieved or queries else "unknown",
        offers=tuple(
            offer for message, at in zip(parts, starts, strict=False) for offer in _offers(message, at)
        ),
        model=said(last.get("resolved_model_slug"), last.get("model_slug"), model),
        finish_reason=said(record(last.get("finish_details")).get("type"), shown[-1].get("status")),
        unknown_blocks=tuple(
            r for message in parts for r in _references(message) if string(r.get("type")) not in KNOWN
        ),
    )
    return readable(answer, _targets(parts, results), _bare(parts))


def _references(message: Json) -> list[Json]:
    return records(record(message.get("metadata")).get("content_references") or [])


def _citations(message: Json, at: int, results: Mapping[str, Json]) -> Iterator[ParsedCitation]:
    """The sources of a message whose text begins at `at` in the answer; `results` by the ids that marks name."""
    text = text_of(message)
    marked = _marked(text, message, results)
    for found in (*_cited(text, _references(message)), *_legacy(text, message), *marked):
        yield replace(found, spans=tuple((start + at, end + at) for start, end in found.spans))


def _span(text: str, reference: Json) -> tuple[Span, ...]:
    mark = string(reference.get("matched_text"))
    return checked(
        text, reference.get("start_idx"), reference.get("end_idx"), lambda part: bool(mark) and part == mark
    )


def _cited(text: str, references: Sequence[Json]) -> Iterator[ParsedCitation]:
    for reference in references:
        if string(reference.get("type")) not in CITING:
            continue
        spans = _span(text, reference)
        for row in _items(reference):
            yield replace(_source(row, "cited"), spans=spans)


def _items(reference: Json) -> Iterator[Json]:
    """The pages behind one mark: its items with the sites that support them, or the item itself."""
    items = records(reference.get("items") or []) or records(reference.get("fallback_items") or [])
    for item in items or ([reference] if reference.get("url") else []):
        for page in (item, *records(item.get("supporting_websites") or [])):
            if said(page.get("url")):
                yield page


def _source(row: Json, role: Role) -> ParsedCitation:
    return source({**row, "site_name": row.get("attribution"), "date": row.get("pub_date")}, role)


def _legacy(text: str, message: Json) -> Iterator[ParsedCitation]:
    """Citations of 2024: offsets of a `【4†source】` and the page as metadata."""
    for citation in records(record(message.get("metadata")).get("citations") or []):
        page = record(citation.get("metadata"))
        if said(page.get("url")):
            span = checked(
                text, citation.get("start_ix"), citation.get("end_ix"), lambda part: part[:1] == "【"
            )
            yield replace(source(page, "cited"), spans=span)


def _marked(text: str, message: Json, results: Mapping[str, Json]) -> Iterator[ParsedCitation]:
    """Marks that no reference explains: by the search results' own ids, or by the address that a link carries."""
    explained = {string(reference.get("matched_text")) for reference in _references(message)}
    for mark, span in marks(text):
        for name in mark.strings if mark.raw not in explained else ():
            if name in results:
                yield replace(_source(results[name], "cited"), spans=(span,))
            elif mark.kind in LINKS and name.startswith(("https://", "http://")):
                yield ParsedCitation(name, spans=(span,))


def _bare(messages: Sequence[Json]) -> list[str]:
    """The marks of carousels that an export has stripped of their private characters: `products{…}`."""
    found = (string(each.get("matched_text")) for message in messages for each in _references(message))
    return list(dict.fromkeys(mark for mark in found if BARE.match(mark)))


def _targets(messages: Sequence[Json], results: Mapping[str, Json]) -> dict[str, Target]:
    """What the marks stand for: the pages that ids name, and what references say of whole marks."""
    found = {name: Target(said(entry.get("url"))) for name, entry in results.items()}
    for reference in (each for message in messages for each in _references(message)):
        page = next(_items(reference), {})
        named = (reference.get("name"), record(reference.get("product")).get("title"), reference.get("title"))
        if mark := said(reference.get("matched_text")):
            found[mark] = Target(said(page.get("url")), said(*named))
    return found


def _ref_id(entry: Json) -> str:
    ref = record(entry.get("ref_id"))
    return f"turn{ref.get('turn_index')}{ref.get('ref_type')}{ref.get('ref_index')}"


def _entries(message: Json) -> Iterator[Json]:
    groups = record(message.get("metadata")).get("search_result_groups")
    for group in records(groups or []):
        yield from records(group.get("entries") or [])


def _retrieved(message: Json) -> Iterator[ParsedCitation]:
    """What was found or listed below the answer without a mark of its own."""
    yield from (_source(entry, "retrieved") for entry in _entries(message))
    for reference in _references(message):
        if reference.get("type") == "sources_footnote":
            yield from (_source(row, "retrieved") for row in records(reference.get("sources") or []))


def _offers(message: Json, at: int) -> Iterator[ParsedOffer]:
    for reference in _references(message):
        if string(reference.get("type")) in SHOPPING:
            spans = [(start + at, end + at) for start, end in _span(text_of(message), reference)]
            products = records(reference.get("products") or []) or [record(reference.get("product"))]
            for offer in filter(None, map(card, products)):
                yield replace(offer, span=next(iter(spans), None))


def _queries(message: Json) -> Iterator[str]:
    metadata = record(message.get("metadata"))
    yield from strings(record(metadata.get("search_model_queries")).get("queries"))
    for query in records(metadata.get("search_queries") or []):
        yield from strings([query.get("q")])
    if role(message) == "assistant" and message.get("recipient") not in (None, "all"):
        yield from _asked_of_tool(said(record(message.get("content")).get("text")) or text_of(message))


def _asked_of_tool(written: str) -> Iterator[str]:
    """The queries in the call of a search tool, JSON as for `web.run` or code such as `search("…")`."""
    try:
        call = loads(written)
    except EngineError:
        yield from (query for query in CALLED.findall(written) if query.strip())
        return
    yield from _of_call(call)


def _of_call(call: Any) -> Iterator[str]:
    for key in QUERIES if isinstance(call, dict) else ():
        value = call.get(key)
        for item in value if isinstance(value, list) else [value]:
            yield from strings([item])
            yield from _of_call(item)
