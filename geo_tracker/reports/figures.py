"""The numbers of one selection, with what is needed to trust them: what reports and exports are made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, Literal

from sqlmodel import Session

from geo_tracker.errors import UsageError
from geo_tracker.metrics.changes import movements
from geo_tracker.metrics.measures import NOTHING, Measurement, measure, measurements
from geo_tracker.metrics.records import Change, Estimate, Facts, TrackedBrand, previous
from geo_tracker.queries.answers import AnswerFilters, AnswerRow, read_answers
from geo_tracker.queries.candidates import Candidate, read_candidates
from geo_tracker.queries.facts import Selection, read_facts
from geo_tracker.queries.gap import NO_GAP, Gap, read_gap
from geo_tracker.queries.sources import CitedSource, TypeShare, read_sources, read_types
from geo_tracker.reports.shelf import ShelfReport, build_shelf

CANDIDATES = 1_000
Window = tuple[date, date]
Compare = Literal["previous", "none"] | Window
"""The window to compare with: the one of the same length before, none, or any other."""

GROUPS: dict[str, tuple[str, ...]] = {
    "brands": (),
    "engines": ("engine", "surface"),
    "topics": ("topic",),
    "stages": ("stage",),
    "prompts": ("prompt", "language", "country", "persona"),
}
"""Tables of metrics and what they are grouped by, but for the trend: `Figures.groups` has all."""


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """One selection, measured."""

    facts: Facts
    period: Window
    before: Window | None
    """The window compared with; None where there is no data to compare."""
    focus: TrackedBrand
    """The brand it is about: the first own one, else the first."""
    tables: dict[str, list[Measurement]]
    """Every metric of every brand, by the names of `groups`."""
    changes: dict[tuple[str, str | None], Change]
    """By metric and brand; one family of comparisons."""
    notes: tuple[str, ...]
    """Keys of the translations: why the two windows may not be comparable."""
    coverage: Estimate
    domains: list[CitedSource]
    pages: list[CitedSource]
    types: list[TypeShare]
    gap_domains: Gap
    gap_pages: Gap
    """Both empty where no brand is the workspace's own."""
    candidates: list[Candidate]
    """Names that answers contain and the workspace does not track; the first `CANDIDATES`."""
    shelf: ShelfReport
    answers: Iterable[AnswerRow] = field(default=(), repr=False)
    """All answers whatever their status, read once while they are written."""

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """What each of the `tables` is grouped by."""
        return {**GROUPS, "trend": (self.facts.step,)}

    def estimate(self, metric: str, brand: str | None) -> Estimate:
        """A metric of a brand over the whole selection; without answers its verdict is `no data`."""
        found = (m.estimate for m in self.tables["brands"] if (m.metric, m.brand) == (metric, brand))
        return next(found, NOTHING)

    def records(self, name: str) -> list[dict[str, Any]]:
        """A table as the charts take it."""
        return [measurement.record() for measurement in self.tables[name]]


def read_figures(session: Session, filters: Selection, compare: Compare = "previous") -> Figures:
    """Measure a selection; raises `UsageError` where no brand is tracked."""
    facts = read_facts(session, filters)
    if not facts.brands:
        raise UsageError(
            "nothing to report: the workspace tracks no brand - add one with 'geo-tracker apply'"
        )
    today = datetime.now(UTC).date()
    period = filters.start or facts.first or today, filters.end or facts.last or today
    before = previous(*period) if compare == "previous" else None if compare == "none" else compare
    earlier = read_facts(session, replace(filters, start=before[0], end=before[1])) if before else None
    if earlier is None or earlier.empty:
        before, earlier = None, None
    moved = movements(earlier, facts) if earlier else []
    own = any(brand.own and not brand.archived for brand in facts.brands)
    return Figures(
        facts=facts,
        period=period,
        before=before,
        focus=facts.own or facts.brands[0],
        tables={
            **{name: measurements(facts, by) for name, by in GROUPS.items()},
            "trend": _trend(session, facts),
        },
        changes={(row.metric, row.brand): row.change for row in moved},
        notes=moved[0].change.notes if moved else (),
        coverage=measure(facts, "coverage"),
        domains=read_sources(session, filters, "domain", limit=None),
        pages=read_sources(session, filters, "page", limit=None),
        types=read_types(session, filters),
        gap_domains=read_gap(session, filters, "domain") if own else NO_GAP,
        gap_pages=read_gap(session, filters, "page") if own else NO_GAP,
        candidates=read_candidates(session, filters, CANDIDATES),
        shelf=build_shelf(session, facts),
        answers=read_answers(session, filters, AnswerFilters(statuses=()), limit=None),
    )


def _trend(session: Session, facts: Facts) -> list[Measurement]:
    by = (facts.step,)
    return measurements(read_facts(session, facts.filters, by), by)
