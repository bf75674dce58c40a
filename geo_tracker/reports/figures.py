"""The numbers of one selection, with what is needed to trust them: what reports are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Literal

from sqlmodel import Session

from geo_tracker.errors import UsageError
from geo_tracker.metrics.changes import movements
from geo_tracker.metrics.definitions import METRICS
from geo_tracker.metrics.measures import NOTHING, Measurement, measure, measurements
from geo_tracker.metrics.records import Change, Estimate, Facts, TrackedBrand, previous
from geo_tracker.metrics.shelf import Step, funnels
from geo_tracker.queries.citations import read_cited
from geo_tracker.queries.facts import Selection, read_facts
from geo_tracker.queries.gap import NO_GAP, Gap, read_gap
from geo_tracker.queries.shelf import Price, ShownOffer, read_offers, read_prices, read_shelf
from geo_tracker.queries.sources import CitedSource, read_sources
from geo_tracker.queries.type_shares import TypeShare, read_types
from geo_tracker.storage.database import workspace_named

Window = tuple[date, date]
Compare = Literal["previous", "none"] | Window
"""The window to compare with: the one of the same length before, none, or any other."""

TABLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "brands": ((), tuple(METRICS)),
    "engines": (
        ("engine", "surface"),
        ("mention_rate", "share_of_voice", "mean_rank", "citation_rate", "coverage"),
    ),
    "prompts": (("prompt", "language", "country", "persona"), ("mention_rate",)),
}
"""Tables of metrics, what each is grouped by and which metrics it has, but for the trend."""
TREND = ("mention_rate",)


@dataclass(frozen=True, slots=True, eq=False)
class OnShelf:
    """The products that answers show; its metrics are among those of brands."""

    empty: bool
    funnel: list[Step]
    """Of the brand that the report is about."""
    prices: list[Price]
    offers: list[ShownOffer]
    labels: Mapping[str, str]
    """What the platforms are called."""


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
    """The metrics of every brand, by the names of `TABLES`, and `trend` by `Facts.step`."""
    changes: dict[tuple[str, str | None], Change]
    """By metric and brand; one family of comparisons."""
    notes: tuple[str, ...]
    """Keys of the translations: why the two windows may not be comparable."""
    coverage: Estimate
    domains: list[CitedSource]
    types: list[TypeShare]
    gap: Gap
    """Pages that name rivals; empty where no brand is the workspace's own."""
    shelf: OnShelf

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
    cited = read_cited(session, workspace_named(session, filters.workspace), filters)
    focus = facts.own or facts.brands[0]
    own = any(brand.own and not brand.archived for brand in facts.brands)
    return Figures(
        facts=facts,
        period=period,
        before=before,
        focus=focus,
        tables={
            **{name: measurements(facts, by, metrics) for name, (by, metrics) in TABLES.items()},
            "trend": _trend(facts),
        },
        changes={(row.metric, row.brand): row.change for row in moved},
        notes=moved[0].change.notes if moved else (),
        coverage=measure(facts, "coverage"),
        domains=read_sources(session, filters, "domain", limit=None, cited=cited),
        types=read_types(session, filters, cited=cited),
        gap=read_gap(session, filters, "page", cited=cited) if own else NO_GAP,
        shelf=_shelf(session, facts, focus.name),
    )


def _shelf(session: Session, facts: Facts, brand: str) -> OnShelf:
    shelf = read_shelf(session, facts)
    return OnShelf(
        empty=shelf.empty,
        labels=shelf.labels,
        funnel=funnels(facts, (brand,)),
        prices=read_prices(session, facts.filters),
        offers=read_offers(session, facts.filters, limit=None),
    )


def _trend(facts: Facts) -> list[Measurement]:
    """By the facts' step; their sums by day are of those already."""
    days = facts.by_day or facts
    return [replace(row, group={facts.step: row.group["day"]}) for row in measurements(days, ("day",), TREND)]
