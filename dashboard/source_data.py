"""What the page Sources reads, and how far a page bears an answer out, kept as in `dashboard.data`."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.caching import kept, reading_run
from geo_tracker.queries.citations import Level
from geo_tracker.queries.facts import Selection
from geo_tracker.queries.gap import Gap, read_gap
from geo_tracker.queries.pages import PageDetail, read_page
from geo_tracker.queries.source_changes import SourceChange, read_source_changes
from geo_tracker.queries.sources import CitedSource, read_sources
from geo_tracker.queries.support import CheckedSentence, read_page_support, read_support
from geo_tracker.queries.type_shares import TypeShare, read_types
from geo_tracker.score.campaigns import CampaignFlag, read_campaigns


@kept(50)
def sources(url: str, filters: Selection, level: Level, limit: int | None) -> list[CitedSource]:
    with reading_run(url) as session:
        return read_sources(session, filters, level, limit=limit)


@kept(50)
def source_types(url: str, filters: Selection) -> list[TypeShare]:
    with reading_run(url) as session:
        return read_types(session, filters)


@kept(50)
def gap(url: str, filters: Selection, level: Level) -> Gap:
    with reading_run(url) as session:
        return read_gap(session, filters, level)


@kept(50)
def source_changes(url: str, before: Selection, after: Selection, level: Level) -> list[SourceChange]:
    with reading_run(url) as session:
        return read_source_changes(session, before, after, level)


@kept(20)
def campaigns(url: str, slug: str) -> list[CampaignFlag]:
    with reading_run(url) as session:
        return read_campaigns(session, slug)


@kept(100)
def support(url: str, slug: str, answer_id: int) -> list[CheckedSentence]:
    with reading_run(url) as session:
        return read_support(session, slug, answer_id)


@kept(100)
def page_support(url: str, slug: str, page_id: int, answer_ids: Sequence[int]) -> list[CheckedSentence]:
    with reading_run(url) as session:
        return read_page_support(session, slug, page_id, answer_ids)


def page(url: str, slug: str, page_id: int) -> PageDetail:
    with reading_run(url) as session:
        return read_page(session, slug, page_id)
