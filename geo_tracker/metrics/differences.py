"""The difference of a metric between two windows, by what was sampled. Formulas: docs/metrics.md#change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo_tracker.metrics.clusters import BOUNDS, Clusters
from geo_tracker.metrics.day_spread import by_group, day_spread
from geo_tracker.metrics.definitions import Metric
from geo_tracker.metrics.intervals import (
    PRIOR_DF,
    Codes,
    Floats,
    Spread,
    Z,
    divide,
    half_width,
    quantile,
    spread_of,
    two_sided,
)
from geo_tracker.metrics.strata import Strata
from geo_tracker.metrics.weights import equal_engines


@dataclass(frozen=True, slots=True)
class Difference:
    """One entry per group and brand: the difference, both bounds of its interval and its two-sided p."""

    value: Floats
    low: Floats
    high: Floats
    p: Floats

    def or_else(self, other: Difference) -> Difference:
        """This, and the other where this has no p."""
        missing = np.isnan(self.p)
        names = ("value", "low", "high", "p")
        return Difference(*(np.where(missing, getattr(other, name), getattr(self, name)) for name in names))


def over_days(of: Metric, before: Clusters, after: Clusters) -> Difference:
    """Were the same prompts put to the same engines on other days; both sides have the same strata and groups."""
    sides = [side.by_day for side in (before, after) if side.by_day]
    at_once = min(side.fitting for side in sides)
    first, last = (side.strata(of, after.brands, at_once) for side in sides)
    parts = [moved(of, one, two, after.by) for one, two in zip(first, last, strict=True)]
    value, variance, df = after.placed(
        parts[0] if len(parts) == 1 else pd.concat(parts), "value", "variance", "df"
    )
    computed = before.computed(of) & after.computed(of)
    return judged_by_days(of, np.where(computed, value, np.nan), variance, df)


def judged_by_days(of: Metric, value: Floats, variance: Floats, df: Floats) -> Difference:
    """The interval and p of what `moved` gives."""
    half = np.where(df > 0, quantile(np.maximum(df, 1)) * np.sqrt(variance), np.nan)
    p = two_sided(divide(value, np.sqrt(variance)), np.maximum(df, 1))
    p = np.where(value == 0, 1.0, np.where(df > 0, p, np.nan))
    return _bounded(of, value, half, half, p)


def moved(of: Metric, before: Strata, after: Strata, by: Sequence[str]) -> pd.DataFrame:
    """Difference, variance and degrees of freedom by group and brand, over the strata that are valid on both sides."""
    group, keys = after.groups(by)
    sides = Contrast.of(of, before, after)
    engine = after.engines if after.weights == "engines" else None
    weight = sides.shared_weights(group, len(keys), engine)
    value = by_group(weight * sides.difference, group, len(keys))
    variance, _, df = sides.over_days(weight, group, len(keys))
    value = np.where(by_group(weight, group, len(keys)) > 0, value, np.nan)
    return after.table(by, keys, value=value, variance=variance, df=df)


@dataclass(frozen=True, slots=True)
class Contrast:
    """One metric in two windows over the same strata; arrays are strata x brands."""

    metric: Metric
    before: _Side
    after: _Side

    @classmethod
    def of(cls, of: Metric, before: Strata, after: Strata) -> Contrast:
        return cls(of, _Side.of(before, of), _Side.of(after, of))

    @property
    def difference(self) -> Floats:
        """How each stratum moved."""
        return self.after.rate - self.before.rate

    @property
    def rates(self) -> tuple[Floats, Floats]:
        return self.before.rate, self.after.rate

    @property
    def sizes(self) -> tuple[Floats, Floats]:
        """Answers of each stratum in either window."""
        return self.before.n, self.after.n

    def shared_weights(self, group: Codes, groups: int, engine: Codes | None = None) -> Floats:
        """Weights of the strata, adding up to 1 in each group; 0 where a stratum is not valid on both sides.

        With the code of each stratum's `engine`, those of all engines that have any add up to the same.
        """
        n, later = self.before.n, self.after.n
        valid = (self.before.m > 0) & (self.after.m > 0)
        weight = np.where(valid, np.nan_to_num(divide(n * later, n + later)), 0.0)
        if engine is not None:
            weight = equal_engines(weight, group, engine)
        found: Floats = np.nan_to_num(divide(weight, by_group(weight, group, groups)[group]))
        return found

    def over_days(self, weight: Floats, group: Codes, groups: int) -> tuple[Floats, Floats, Floats]:
        """Of the weighted difference of each group: its variance between days, that of answers drawn one by one (0
        where the metric has none), and the degrees of freedom."""
        days = [side.spread(weight, group, groups) for side in (self.before, self.after)]
        variance, known = _pooled(*days)
        if not (self.metric.within_one or self.metric.unit == "balance"):
            return variance, np.zeros_like(variance), known
        drawn = by_group(weight**2 * _drawn(self.metric, self.before, self.after), group, groups)
        df = PRIOR_DF + known
        return (PRIOR_DF * drawn + known * variance) / df, drawn, df


def _pooled(first: Spread, last: Spread) -> tuple[Floats, Floats]:
    """Variance of the difference between days, and its degrees of freedom.

    A day is taken to vary alike in both windows, so that one in which an engine answered on a single day borrows from
    the other.
    """
    sides = [(side.variance, side.units.astype(float)) for side in (first, last)]
    known: Floats = sum(np.maximum(days - 1, 0) for _, days in sides) + np.zeros_like(sides[0][1])
    of_a_day = sum(np.maximum(days - 1, 0) * days * variance for variance, days in sides)
    per_day = np.nan_to_num(divide(of_a_day, known))
    return per_day * sum(np.nan_to_num(divide(1.0, days)) for _, days in sides), known


@dataclass(frozen=True, slots=True)
class _Side:
    """One metric in one window: sums by stratum and brand over all days, and by day."""

    x: Floats
    m: Floats
    n: Floats
    rate: Floats
    by_day: tuple[Floats, Floats]

    @classmethod
    def of(cls, strata: Strata, of: Metric) -> _Side:
        x, m = (strata.sums[name] for name in (of.numerator, of.denominator))
        above, below = x.sum(1), np.broadcast_to(m, x.shape).sum(1)
        n = np.broadcast_to(strata.least(of.sample), above.shape)
        return cls(above, below, n, np.nan_to_num(divide(above, below)), (x, m))

    def spread(self, weight: Floats, group: Codes, groups: int) -> Spread:
        return day_spread(*self.by_day, np.nan_to_num(divide(weight, self.m)), group, groups)


def _drawn(of: Metric, first: _Side, last: _Side) -> Floats:
    """Variance of a stratum's difference, were its answers drawn one by one; the most that values in range can have."""
    rate = np.nan_to_num(divide(first.x + last.x, first.m + last.m))
    low, high = BOUNDS[of.unit]
    answers = first.n + last.n
    each = np.nan_to_num(divide(1.0, first.n) + divide(1.0, last.n))
    return np.clip((rate - low) * (high - rate), 0, None) * answers / np.maximum(answers - 1, 1) * each


def over_prompts(of: Metric, before: Clusters, after: Clusters) -> Difference:
    """Were other prompts asked: paired by prompt, both sides having the same.

    Where the differences show no spread, from the intervals of both sides (MOVER).
    """
    first, last = before.ratios(of), after.ratios(of)
    value = last.value - first.value
    residual = last.residual - first.residual
    half = half_width(spread_of(residual, after.code, last.prompts))
    one, two = before.market(of, first), after.market(of, last)
    below = np.where(half > 0, half, np.hypot(last.value - two.low, one.high - first.value))
    above = np.where(half > 0, half, np.hypot(two.high - last.value, first.value - one.low))
    df, towards_zero = np.maximum(last.prompts - 1, 1), np.where(value > 0, below, above)
    paired = two_sided(divide(value, half) * quantile(df), df)
    p = np.where(half > 0, paired, _normal(divide(np.abs(value), towards_zero) * Z))
    return _bounded(of, value, below, above, p)


def _normal(z: Floats) -> Floats:
    return two_sided(z, np.inf)


def _bounded(of: Metric, value: Floats, below: Floats, above: Floats, p: Floats) -> Difference:
    bound = {"share": 1.0, "score": 1.0, "balance": 2.0}.get(of.unit, np.inf)
    return Difference(value, np.clip(value - below, -bound, bound), np.clip(value + above, -bound, bound), p)


def same_prompts(of: Metric, before: Clusters, after: Clusters) -> tuple[Clusters, Clusters]:
    """Both sides, restricted to the prompts that have a denominator on both."""
    sides = [side.sums.index[side.sums[of.denominator].to_numpy() > 0] for side in (before, after)]
    shared = sides[0].intersection(sides[1], sort=False)
    rows = (np.sort(side.sums.index.get_indexer(shared)) for side in (before, after))
    first, last = (side.only(at) for side, at in zip((before, after), rows, strict=True))
    return first, last
