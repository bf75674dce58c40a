"""What texts say, as rows: the part of scoring that needs no database and runs on all cores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from geo_tracker.extract.brands.mentions import Matcher
from geo_tracker.extract.commerce.product_pages import is_markup, page_offers
from geo_tracker.extract.pages.encodings import decode
from geo_tracker.extract.pages.source_types import source_type
from geo_tracker.extract.records import Analysis, BrandScore, PageContent
from geo_tracker.extract.scores import RULES_VERSION, analyse, analyse_document, citation_weights
from geo_tracker.extract.text.sentences import read
from geo_tracker.extract.urls import Owners
from geo_tracker.score.offers import Catalogue
from geo_tracker.storage.database import storable
from geo_tracker.storage.models import Brand, Workspace
from geo_tracker.workspaces.brands import Brands

Row = dict[str, Any]


class AnswerText(NamedTuple):
    """All of an answer that its reading rests on."""

    answer_id: int
    day: date
    prompt: str
    text: str
    cards: Sequence[Mapping[str, Any]]
    spans: Sequence[Sequence[Sequence[int]]]
    """Of each cited source."""


class AnswerRows(NamedTuple):
    """What an answer says."""

    mentions: list[Row]
    discoveries: list[Row]
    scores: dict[int, Row]
    """What is measured of each brand that it names, by id."""
    absent: frozenset[int]
    """Brands that it says to know nothing of."""
    weights: Sequence[float | None]
    """Of each cited source."""


class PageText(NamedTuple):
    """All of a page that its reading rests on."""

    page_id: int
    url: str
    sha256: str | None
    content: PageContent | None
    """None unless it was fetched."""
    text: str
    body: bytes | None
    content_type: str | None


class PageRows(NamedTuple):
    """What a page says."""

    reading: Row
    mentions: list[Row]
    offers: list[Row]


class Texts:
    """Reads texts for one workspace; made from its rows alone, in any process."""

    def __init__(self, workspace: Workspace, brands: Brands) -> None:
        self.brands = brands
        self.catalogue = Catalogue(workspace, brands)
        self._workspace = workspace
        self._active = brands.matcher(brands.active)
        self._tracked = cache(self._tracked_on)
        self._ids = {brand.name: brand.id for brand in brands.active}
        self._owned = [name for brand in brands.active if brand.own for name in brand.domains]
        self._competing = [name for brand in brands.active if not brand.own for name in brand.domains]

    def _tracked_on(self, day: date) -> tuple[dict[str, int], Matcher]:
        tracked = self.brands.on(day)
        return {brand.name: brand.id for brand in tracked}, self.brands.matcher(tracked)

    def offers(self, answer: AnswerText) -> list[Row]:
        """The offers of an answer's text and cards."""
        rows = self.catalogue.answer_rows(answer.answer_id, answer.text, answer.cards)
        return [storable(row) for row in rows]

    def answer(self, answer: AnswerText) -> tuple[list[Row], AnswerRows]:
        """An answer's offers, and what it says of the brands that were tracked on its day."""
        ids, matcher = self._tracked(answer.day)
        document = read(answer.text, prompt=answer.prompt)
        analysis = analyse_document(document, matcher)
        said = AnswerRows(
            list(_mention_rows(answer.answer_id, ids, analysis)),
            list(_discovery_rows(answer.answer_id, analysis)),
            {ids[found.brand]: _measured(found) for found in analysis.brands},
            frozenset(ids[name] for name in analysis.absent),
            citation_weights(document, answer.spans),
        )
        return self.offers(answer), said

    def page(self, page: PageText) -> PageRows:
        """What kind of source a page is, whom it names and what it sells."""
        return PageRows(self._reading(page), list(self._mentions(page)), self._page_offers(page))

    def _reading(self, page: PageText) -> Row:
        source = source_type(
            page.url,
            page.content,
            owned=self._owned,
            competitors=self._competing,
            overrides=self._workspace.source_types,
            platforms=self.catalogue.platforms,
        )
        return {
            "workspace_id": self._workspace.id,
            "page_id": page.page_id,
            "sha256": page.sha256,
            "rules": RULES_VERSION,
            "type": source.type if source else None,
            "reason": source.reason if source else None,
        }

    def _mentions(self, page: PageText) -> Iterator[Row]:
        for found in analyse(page.text, self._active).brands if page.text else ():
            yield {
                "page_id": page.page_id,
                "brand_id": self._ids[found.brand],
                "mentions": len(found.mentions),
                "polarity": found.polarity if found.clear else None,
            }

    def _page_offers(self, page: PageText) -> list[Row]:
        """The offers of a page that was fetched; a PDF or a plain text has none."""
        source = decode(page.body, page.content_type) if page.body is not None else ""
        if not is_markup(source):
            return []
        found = page_offers(source, page.url, self.catalogue.platforms)
        return [storable(row) for row in self.catalogue.page_rows(page.page_id, found)]


def domain_owners(brands: Sequence[Brand]) -> Owners[int]:
    """Ids of brands by their domains."""
    return Owners((name, brand.id) for brand in brands for name in brand.domains)


def _mention_rows(answer_id: int, ids: Mapping[str, int], analysis: Analysis) -> Iterator[Row]:
    sure = [mention for found in analysis.brands for mention in found.mentions]
    for mentions, unsure in ((sure, False), (analysis.unsure, True)):
        for mention in mentions:
            yield {
                "answer_id": answer_id,
                "brand_id": ids[mention.brand],
                "start": mention.start,
                "end": mention.end,
                "text": mention.text,
                "where": mention.where,
                "confidence": mention.confidence,
                "reason": mention.reason,
                "unsure": unsure,
            }


def _discovery_rows(answer_id: int, analysis: Analysis) -> Iterator[Row]:
    for found in analysis.discovered:
        yield {
            "answer_id": answer_id,
            "name": found.name,
            "start": found.start,
            "end": found.end,
            "mentions": found.count,
            "reason": found.reason,
        }


def _measured(found: BrandScore) -> Row:
    start, end = (found.clear and found.evidence) or (None, None)
    return {
        "mentions": len(found.mentions),
        "rank": found.rank,
        "first_position": found.first_position,
        "word_share": found.word_share,
        "prominence": found.prominence,
        "polarity": found.polarity if found.clear else None,
        "evidence_start": start,
        "evidence_end": end,
        "recommended": found.recommended,
        "attributes": [[note.attribute, note.polarity, note.start, note.end] for note in found.attributes],
    }
