"""Where rivals are named and the own brand is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from geo_tracker.api.reads.base import Page, Read, about, page_of
from geo_tracker.api.reads.sources import SourcesQuery, columns
from geo_tracker.metrics.records import Estimate
from geo_tracker.queries.gap import GapSource, read_gap
from geo_tracker.queries.source_rates import read_source_rates


class GapQuery(SourcesQuery):
    """Options of `gap`."""


@dataclass(frozen=True, slots=True)
class RatedGap(GapSource):
    """A cited domain or page that names rivals, and the own brand not at all or only badly."""

    rate: Estimate
    """Share of the valid answers that cite it."""


class GapPage(Page):
    """Gaps, those that answers cite most first."""

    gaps: list[RatedGap]
    unread: int
    """Cited sources that were not read: they may be gaps or not."""


class GapRead(Read):
    """Cited sources that name rivals and not the own brand, and what to do there: pitch, correct or publish."""

    name = path = "gap"
    query = GapQuery
    result = GapPage
    untrusted = ("gaps.source", "gaps.title", "gaps.reason")

    @classmethod
    def read(cls, session: Session, slug: str, query: Any) -> GapPage:
        selection = query.selection(session, slug)
        found = read_gap(session, selection, query.level)
        shown = found.sources[query.offset : query.offset + query.limit]
        rates = read_source_rates(session, selection, query.level, [row.source for row in shown])
        return GapPage(
            about=about(session, selection),
            gaps=[RatedGap(**columns(row), rate=rates[row.source]) for row in shown],
            unread=found.unread,
            **page_of(len(found.sources), query),
        )
