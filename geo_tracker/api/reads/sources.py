"""What answers cite."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from pydantic import Field
from sqlmodel import Session

from geo_tracker.api.reads.base import Page, Paged, Read, Selected, about, page_of
from geo_tracker.metrics.records import Estimate
from geo_tracker.queries.citations import Level
from geo_tracker.queries.source_rates import read_source_rates
from geo_tracker.queries.sources import CitedSource, read_sources
from geo_tracker.queries.type_shares import TypeShare, read_types


class SourcesQuery(Selected, Paged):
    """Options of `sources`."""

    level: Level = Field("domain", description="Whole sites, or single pages.")


@dataclass(frozen=True, slots=True)
class RatedSource(CitedSource):
    """A cited domain or page."""

    rate: Estimate
    """Share of the valid answers that cite it."""


class SourcesPage(Page):
    """Sources, those that most answers cite first, and all types of sources."""

    sources: list[RatedSource]
    types: list[TypeShare]


class Sources(Read):
    """The sites or pages that answers cite: how often, of which type, whom they name, who owns them.

    `rate` is the share of answers that cite one, with its interval; `types` share out all citations.
    """

    name = path = "sources"
    query = SourcesQuery
    result = SourcesPage
    untrusted = ("sources.source", "sources.title", "sources.reason")

    @classmethod
    def read(cls, session: Session, slug: str, query: Any) -> SourcesPage:
        selection = query.selection(session, slug)
        found = read_sources(session, selection, query.level, limit=None)
        shown = found[query.offset : query.offset + query.limit]
        rates = read_source_rates(session, selection, query.level, [row.source for row in shown])
        return SourcesPage(
            about=about(session, selection),
            sources=[RatedSource(**columns(row), rate=rates[row.source]) for row in shown],
            types=read_types(session, selection),
            **page_of(len(found), query),
        )


def columns(row: Any) -> dict[str, Any]:
    """The fields of a record by name, as they are."""
    return {each.name: getattr(row, each.name) for each in fields(row)}
