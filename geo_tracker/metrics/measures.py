"""Metrics of a selection: one pass from daily sums to estimates, for any grouping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geo_tracker.metrics.clusters import (
    Clusters,
    brand_names,
    cluster,
    clusters_of,
    one_brand,
)
from geo_tracker.metrics.definitions import METRICS, Metric, metric
from geo_tracker.metrics.dimensions import named
from geo_tracker.metrics.grades import grades
from geo_tracker.metrics.grouping import group_keys, grouped
from geo_tracker.metrics.records import Estimate, Facts, Scope
from geo_tracker.metrics.sums import computed_since

STATUSES = ("planned", "answers", "failed", "refused", "empty", "cut")
NOTHING = Estimate(None, 0, None, None, 0, 0, 0, None, "no data")


@dataclass(frozen=True, slots=True)
class Measurement:
    """One metric of one brand in one group of the selection."""

    group: dict[str, str]
    brand: str | None
    """None for metrics that are not about a brand."""
    metric: str
    estimate: Estimate
    surfaces: tuple[str, ...]
    """More than one where the value pools surfaces."""

    def record(self) -> dict[str, Any]:
        """The measurement as one JSON object; the fields are those of `geo-tracker metrics`."""
        of = self.estimate
        return {
            "group": named(self.group),
            "brand": self.brand,
            "metric": self.metric,
            "value": of.value,
            "n": of.n,
            "low": of.low,
            "high": of.high,
            "coverage": of.coverage,
            "verdict": of.verdict,
            "numerator": of.numerator,
            "denominator": of.denominator,
            "prompts": of.prompts,
            "market_low": of.market_low,
            "market_high": of.market_high,
            "scope": of.scope,
            "weights": of.weights,
            "surfaces": list(self.surfaces),
        }


def measure(facts: Facts, name: str, brand: str | None = None) -> Estimate:
    """One metric of one brand over the whole selection; without data its verdict is `no data`."""
    found = measurements(facts, metrics=(name,), brands=one_brand(facts, name, brand))
    return found[0].estimate if found else NOTHING


def table(
    facts: Facts,
    by: Sequence[str] = (),
    metrics: Iterable[str] = METRICS,
    brands: Iterable[str] = (),
    scope: Scope = "prompts",
) -> list[dict[str, Any]]:
    """`measurements` as records with the grade of their group, ready for JSON or a data frame."""
    graded = grades(facts, by)
    return [
        {**found.record(), "grade": graded[tuple(found.group.values())].name}
        for found in measurements(facts, by, metrics, brands, scope)
    ]


def measurements(
    facts: Facts,
    by: Sequence[str] = (),
    metrics: Iterable[str] = METRICS,
    brands: Iterable[str] = (),
    scope: Scope = "prompts",
) -> list[Measurement]:
    """Every metric of every brand (all of them by default) in every group of `by` that has data.

    `scope` says which question `low` and `high` answer. Ordered by metric, then group, then brand as the workspace
    lists them.
    """
    chosen = [metric(name) for name in metrics]
    clusters = clusters_of(facts, by, chosen, brand_names(facts, brands))
    return measured(clusters, by, chosen, _surfaces(grouped(facts.cells, by), by), scope)


def measured(
    clusters: Mapping[bool, Clusters],
    by: Sequence[str],
    chosen: Iterable[Metric],
    surfaces: Mapping[tuple[str, ...], tuple[str, ...]],
    scope: Scope = "prompts",
) -> list[Measurement]:
    """The metrics of clusters, by whether those are per brand, with the surfaces of each group."""
    found: list[Measurement] = []
    for each in chosen:
        of = clusters[each.per_brand].weighing(each)
        for (key, brand), estimate in zip(of.keys(), of.estimates(each, of.ratios(each), scope), strict=True):
            group = dict(zip(by, key, strict=True))
            found.append(Measurement(group, brand, each.name, estimate, surfaces[key]))
    return found


def measured_frame(
    frame: pd.DataFrame, by: Sequence[str], chosen: Sequence[Metric], names: Sequence[str]
) -> list[Measurement]:
    """The metrics of a frame as `estimates` takes it, in every group of `by`, which are columns like `surface`."""
    return measured({True: cluster(frame, by, chosen, names)}, by, chosen, _surfaces(frame, by))


def estimates(frame: pd.DataFrame, of: Metric, names: Sequence[str]) -> dict[str, Estimate]:
    """One metric of names that are no brands of the workspace, such as sources.

    `frame` has one row per name (column `brand`) and `prompt_id`, with `answers`, `planned` and the metric's sums.
    """
    if frame.empty:
        return {}
    sums = cluster(frame, (), [of], names)
    found = zip(sums.keys(), sums.estimates(of, sums.ratios(of)), strict=True)
    return {name or "": estimate for (_, name), estimate in found}


def answer_counts(facts: Facts) -> dict[str, int | None]:
    """Answers of the selection by what became of them: `STATUSES`, the first being all of them, the second the valid.

    None where one was not counted yet.
    """
    oldest = facts.cells["version"].min()
    return {
        name: None if oldest < computed_since((name,)) else int(facts.cells[name].sum()) for name in STATUSES
    }


def _surfaces(frame: pd.DataFrame, by: Sequence[str]) -> dict[tuple[str, ...], tuple[str, ...]]:
    pairs = frame[list(dict.fromkeys([*by, "surface"]))].drop_duplicates()
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    for key, surface in sorted(zip(group_keys(pairs, by), pairs["surface"], strict=True)):
        found[key] = (*found.get(key, ()), surface)
    return found
