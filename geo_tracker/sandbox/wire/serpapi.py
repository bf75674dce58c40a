"""SerpApi: Google's AI Overviews and AI Mode, and Copilot, as text blocks with references counted from 0."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import ClassVar
from urllib.parse import quote

from geo_tracker.sandbox.records import SandboxAnswer, Source
from geo_tracker.sandbox.wire._cards import price_of
from geo_tracker.sandbox.wire._pages import Line, PageWire, is_ruler, lines, renumbered, row_cells, spoken
from geo_tracker.sandbox.wire.base import Answering, BadRequest, Call, Json, Reply, one_in, packed, unpacked


class SerpApiAIMode(PageWire):
    """Blocks, references and a shopping carousel at the top of the body."""

    name = "serpapi-ai-mode"
    paths = ("/search.json",)
    engine: ClassVar[str] = "google_ai_mode"

    def key(self, call: Call) -> str:
        return call.query.get("api_key", "")

    def prompt(self, call: Call) -> str:
        if call.query.get("engine") != self.engine or not call.query.get("q", "").strip():
            raise BadRequest(f"engine={self.engine} and q are required")
        return call.query["q"]

    def document(self, call: Call, answer: SandboxAnswer) -> Json:
        shown = {**_metadata(call, answer), **_blocks(answer)}
        return {**shown, "shopping_results": _shopping(answer)} if answer.cards else shown

    def failure(self, status: int, code: str, message: str) -> Json:
        return {"error": message}


class SerpApiCopilot(SerpApiAIMode):
    """Copilot has a header besides."""

    name = "serpapi-copilot"
    engine = "bing_copilot"

    def document(self, call: Call, answer: SandboxAnswer) -> Json:
        return {"header": answer.prompt if answer.segments else "", **super().document(call, answer)}


class SerpApiAIOverview(SerpApiAIMode):
    """In the body of the search, or behind a token that a second search takes; or there is none."""

    name = "serpapi-ai-overview"
    engine = "google"

    def answer(self, call: Call, answering: Answering) -> Reply:
        if call.query.get("engine") != "google_ai_overview":
            return super().answer(call, answering)
        answer = spoken(answering(unpacked(call.query.get("page_token", ""))))
        return Reply.of_json({**_metadata(call, answer), "ai_overview": _blocks(answer)})

    def document(self, call: Call, answer: SandboxAnswer) -> Json:
        found = {**_metadata(call, answer), "organic_results": [_organic(each) for each in answer.sources]}
        if answer.segments:
            return {**found, "ai_overview": _token(answer) if one_in(2, answer) else _blocks(answer)}
        missing = {"error": "An AI Overview is not available for this search"}
        return {**found, "ai_overview": missing} if one_in(2, answer) else found


def _metadata(call: Call, answer: SandboxAnswer) -> Json:
    asked = {name: value for name, value in call.query.items() if name != "api_key"}
    status = {"status": "Success", "created_at": f"{answer.asked} 12:00:00 UTC"}
    return {"search_metadata": status, "search_parameters": asked}


def _token(answer: SandboxAnswer) -> Json:
    token = packed(answer.prompt)
    link = f"https://serpapi.com/search.json?engine=google_ai_overview&page_token={token}"
    return {"page_token": token, "serpapi_link": link}


def _blocks(answer: SandboxAnswer) -> Json:
    """The answer line by line: runs of list items and of table rows are one block each."""
    cited = answer.cited
    blocks: list[Json] = []
    for kind, run in groupby(lines(answer), key=_kind):
        blocks += _BLOCKS[kind](list(run), cited)
    return {"text_blocks": blocks, "references": _references(answer)}


def _kind(line: Line) -> str:
    if line.is_row:
        return "table"
    if line.is_item:
        return "list"
    return "heading" if line.text.startswith("#") else "paragraph"


def _texts(kind: str, run: Sequence[Line], cited: tuple[int, ...]) -> list[Json]:
    return [{"type": kind, "snippet": line.plain, **_indexes([line], cited)} for line in run]


def _list(run: Sequence[Line], cited: tuple[int, ...]) -> list[Json]:
    items = [{"snippet": line.plain, **_indexes([line], cited)} for line in run]
    return [{"type": "list", "list": items}]


def _table(run: Sequence[Line], cited: tuple[int, ...]) -> list[Json]:
    rows = [row_cells(line) for line in run if not is_ruler(line)]
    return [{"type": "table", "table": rows, **_indexes(run, cited)}]


def _indexes(run: Sequence[Line], cited: tuple[int, ...]) -> Json:
    sources = dict.fromkeys(source for line in run for source in line.sources)
    return {"reference_indexes": renumbered(sources, cited)} if sources else {}


_BLOCKS: Mapping[str, Callable[[Sequence[Line], tuple[int, ...]], list[Json]]] = {
    "table": _table,
    "list": _list,
    "heading": partial(_texts, "heading"),
    "paragraph": partial(_texts, "paragraph"),
}


def _references(answer: SandboxAnswer) -> list[Json]:
    """The cited sources; every other link points into the page's text."""
    found = []
    for number, index in enumerate(answer.cited):
        source = answer.sources[index]
        fragment = f"#:~:text={quote(source.snippet[:12])}" if number % 2 else ""
        reference = {"title": source.title, "link": f"{source.url}{fragment}", "index": number}
        found.append({**reference, "snippet": source.snippet, "source": source.site})
    return found


def _organic(source: Source) -> Json:
    return {"title": source.title, "link": source.url, "source": source.site, "snippet": source.snippet}


def _shopping(answer: SandboxAnswer) -> list[Json]:
    return [
        {
            "position": number,
            "title": card.title,
            "product_link": card.url,
            "source": card.merchant,
            "price": price_of(card),
            "extracted_price": card.price,
            "currency": card.currency,
            "rating": card.rating,
            "reviews": card.reviews,
            "thumbnail": card.image,
        }
        for number, card in enumerate(answer.cards, 1)
    ]
