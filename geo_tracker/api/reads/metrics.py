"""Metrics with n, interval, coverage and surfaces."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from geo_tracker.api.reads.base import Page, Paged, Read, Selected, Words, about_facts, page_of
from geo_tracker.metrics.definitions import METRICS, metric
from geo_tracker.metrics.dimensions import DIMENSIONS
from geo_tracker.metrics.grouping import check_groups
from geo_tracker.metrics.measures import Measurement, table
from geo_tracker.metrics.records import Scope, Selection, Weights
from geo_tracker.queries.facts import read_facts


class Measured(Selected):
    """Which metrics of whom, and by what."""

    by: Words = Field(default_factory=list, description=f"Groups: any of {', '.join(DIMENSIONS)}.")
    metric: Words = Field(default_factory=list, description=f"All without it: {', '.join(METRICS)}.")
    brand: Words = Field(default_factory=list, description="Tracked brands; all without it.")
    weights: Weights = Field(
        "answers", description="What counts the same where engines are pooled: docs/metrics.md#weights."
    )

    def selection(self, session: Session, slug: str) -> Selection:
        """The answers asked for, and how their engines weigh."""
        return replace(super().selection(session, slug), weights=self.weights)


class MetricsQuery(Measured, Paged):
    """Options of `metrics`."""

    scope: Scope = Field("prompts", description="Which question `low` and `high` answer: docs/metrics.md.")


class Value(BaseModel):
    """One metric of one brand in one group; the fields are those of `geo-tracker metrics --json`."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)
    group: dict[str, str]
    brand: str | None
    """None for metrics that are not about a brand."""
    metric: str
    value: float | None
    """None where there is nothing to divide by or it was not computed, which is not 0."""
    n: int
    """Valid answers that the value rests on."""
    low: float | None
    high: float | None
    """Bounds of the 95 % interval."""
    coverage: float | None
    """Valid answers / planned answers."""
    verdict: str
    numerator: float | None
    denominator: float | None
    prompts: int
    """Prompts that the value rests on: the sampling units."""
    market_low: float | None = None
    market_high: float | None = None
    """The interval over all questions of the market, where `low` and `high` are of these prompts."""
    scope: str | None = None
    """What `low` and `high` are about: `prompts` or `questions`."""
    weights: str = "answers"
    """What counts the same where engines are pooled: `answers` or `engines`."""
    surfaces: tuple[str, ...]
    """More than one where the value pools them."""
    grade: str | None = None
    """How well its group was measured: docs/metrics.md."""

    @classmethod
    def of(cls, measured: Iterable[Measurement]) -> list[Self]:
        return [cls(**each.record()) for each in measured]


class MetricsPage(Page):
    """Values by metric, then group, then brand."""

    metrics: list[Value]


class Metrics(Read):
    """Numbers of brands: mention rate, share of voice, rank, sentiment, citations, shelf and more.

    Each comes with the answers it rests on (n), its 95 % interval, coverage, surfaces and a verdict. Group them with
    `by` (for example engine and week), narrow them with days and dimensions.
    """

    name = path = "metrics"
    query = MetricsQuery
    result = MetricsPage

    @classmethod
    def read(cls, session: Session, slug: str, query: Any) -> MetricsPage:
        check_groups(query.by, DIMENSIONS)
        names = [metric(name).name for name in query.metric]
        facts = read_facts(session, query.selection(session, slug), query.by, names)
        by = tuple(dict.fromkeys(query.by))
        found = table(facts, by, names or METRICS, query.brand, query.scope)
        shown = [Value(**row) for row in found[query.offset : query.offset + query.limit]]
        return MetricsPage(about=about_facts(facts), metrics=shown, **page_of(len(found), query))
