"""What most pages read, kept until the data changes: numbers from daily sums, and the answers behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard.caching import archive, database, kept, reading_run, shared
from geo_tracker.config import Settings
from geo_tracker.metrics.changes import Movement, movements
from geo_tracker.metrics.definitions import METRICS
from geo_tracker.metrics.dimensions import TIMES
from geo_tracker.metrics.measures import Measurement, measurements
from geo_tracker.metrics.records import Change, Facts
from geo_tracker.queries.answers import (
    AnswerDetail,
    AnswerFilters,
    AnswerRow,
    count_answers,
    read_answer,
    read_answers,
)
from geo_tracker.queries.facts import Choices, Selection, read_choices, read_facts, read_workspaces
from geo_tracker.queries.head_to_head import HeadToHead, read_head_to_head
from geo_tracker.queries.stability import PromptStability, read_stability
from geo_tracker.reports.frozen import list_frozen
from geo_tracker.reports.making import Asked, Made, make
from geo_tracker.reports.template import Template
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import FrozenReport


@kept(20)
def workspaces(url: str) -> dict[str, str]:
    """Names by slug."""
    with reading_run(url) as session:
        return read_workspaces(session)


@kept(20)
def locale(url: str, slug: str) -> str:
    with reading_run(url) as session:
        return workspace_named(session, slug).locale


@kept(100)
def choices(url: str, slug: str) -> Choices:
    with reading_run(url) as session:
        return read_choices(session, slug)


@shared(20)
def facts(url: str, filters: Selection, by: Sequence[str] = (), metrics: Sequence[str] = ()) -> Facts:
    """Shared by all readers: never change it."""
    with reading_run(url) as session:
        return read_facts(session, filters, by, metrics)


@kept(200)
def measured(
    url: str,
    filters: Selection,
    by: Sequence[str] = (),
    metrics: Sequence[str] = (),
    brands: Sequence[str] = (),
) -> list[Measurement]:
    of = facts(url, filters, by, metrics) if {*by}.intersection(TIMES) else facts(url, filters)
    return measurements(of, by, metrics or METRICS, brands)


def records(url: str, filters: Selection, by: Sequence[str], metric: str) -> list[dict[str, Any]]:
    """One metric of all brands as the charts take it."""
    return [row.record() for row in measured(url, filters, by, (metric,))]


@kept(100)
def moved(
    url: str, before: Selection, after: Selection, brands: Sequence[str] = ()
) -> dict[tuple[str, str | None], Change]:
    """How every metric moved, of every brand by default; empty where there is nothing before.

    Own brands are judged apart from the others (docs/metrics.md#families): asked for alone, they move alike.
    """
    found = moved_by(url, before, after, (), brands=brands)
    return {(row.metric, row.brand): row.change for row in found}


@kept(100)
def moved_by(
    url: str,
    before: Selection,
    after: Selection,
    by: Sequence[str],
    metrics: Sequence[str] = tuple(METRICS),
    brands: Sequence[str] = (),
) -> list[Movement]:
    """How metrics of brands moved in every group of `by`."""
    earlier = facts(url, before)
    return [] if earlier.empty else movements(earlier, facts(url, after), by, metrics, brands)


@kept(50)
def head_to_head(url: str, filters: Selection, first: str, second: str) -> HeadToHead:
    with reading_run(url) as session:
        return read_head_to_head(session, filters, first, second)


def answers_count(url: str, filters: Selection, chosen: AnswerFilters) -> int:
    with reading_run(url) as session:
        return count_answers(session, filters, chosen)


def answers(
    url: str, filters: Selection, chosen: AnswerFilters, *, offset: int = 0, limit: int | None = None
) -> list[AnswerRow]:
    with reading_run(url) as session:
        return list(read_answers(session, filters, chosen, offset=offset, limit=limit))


def answer(url: str, slug: str, answer_id: int) -> AnswerDetail:
    with reading_run(url) as session:
        return read_answer(session, slug, answer_id)


@kept(10, hash_funcs={Template: lambda each: each.model_dump_json()})
def report_preview(url: str, asked: Asked) -> Made:
    """The report as a web page."""
    return make(database(url), archive(Settings.from_environment().archive_url), asked)[0]


@kept(20)
def stability(url: str, filters: Selection) -> list[PromptStability]:
    with reading_run(url) as session:
        return read_stability(session, filters)


def frozen_reports(url: str, slug: str) -> list[FrozenReport]:
    with reading_run(url) as session:
        return list_frozen(session, slug)
