"""Sums per group, brand and prompt, and the estimates that follow from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_tracker.errors import UsageError
from geo_tracker.metrics.day_spread import by_group, day_spread, drawn_spread
from geo_tracker.metrics.definitions import Metric, metric
from geo_tracker.metrics.dimensions import TIMES
from geo_tracker.metrics.grouping import group_keys, grouped
from geo_tracker.metrics.intervals import (
    Codes,
    Floats,
    Interval,
    Ratios,
    Spread,
    divide,
    market_shares,
    means,
    panel_shares,
    ratios,
    sums,
)
from geo_tracker.metrics.records import Estimate, Facts, Scope, Verdict, Weights
from geo_tracker.metrics.strata import Days, Strata
from geo_tracker.metrics.sums import ROLLUP_VERSION, computed_since
from geo_tracker.metrics.weights import engine_factors, kish

THIN_PROMPTS, THIN_ANSWERS = 5, 10
BOUNDS = {
    "share": (0.0, 1.0),
    "score": (0.0, 1.0),
    "balance": (-1.0, 1.0),
    "position": (1.0, np.inf),
    "change": (-1.0, np.inf),
}


def brand_names(facts: Facts, chosen: Iterable[str]) -> list[str]:
    """The chosen brands, or all, in the workspace's order; raises `UsageError` for an unknown one."""
    known = [brand.name for brand in facts.brands]
    if unknown := set(chosen).difference(known):
        raise UsageError(
            f"no brand {', '.join(sorted(unknown))} in this workspace: there are {', '.join(known)}"
        )
    return [name for name in known if name in chosen] or known


def one_brand(facts: Facts, name: str, brand: str | None) -> tuple[str, ...]:
    """`brand` as a choice; raises `UsageError` where the metric needs a brand and none is named."""
    if brand is None and metric(name).per_brand:
        raise UsageError(f"{name} is a metric of a brand: name one of {', '.join(brand_names(facts, ()))}")
    return () if brand is None else (brand,)


@dataclass(slots=True, eq=False)
class Clusters:
    """Sums per group x brand x prompt: what values and intervals are made of."""

    by: Sequence[str]
    sums: pd.DataFrame
    """One row per cluster, indexed by the group's keys, brand and prompt; `version` is the oldest roll-up in it."""
    groups: pd.DataFrame
    """One row per group x brand: its keys, sums and oldest version."""
    code: Codes
    """Of each cluster, the row of its group in `groups`."""
    by_day: Days | None = None
    """The same by day; None where that is not known."""
    weighed: Weighed | None = None
    """Where engines weigh the same: `sums` and `groups` are then sums of weights."""
    places: tuple[pd.Index, Codes] | None = None
    """Where the rows of `groups` stand in an index that was met before: every metric meets the same."""

    @classmethod
    def of(
        cls,
        by: Sequence[str],
        sums: pd.DataFrame,
        by_day: Days | None = None,
        weighed: Weighed | None = None,
    ) -> Clusters:
        starts = _firsts(sums.index, len(by) + 1)
        keys = sums.index[starts].droplevel("prompt_id").to_frame(index=False)
        values = sums.to_numpy(float)  # all columns at once: one after the other takes longer than the sums
        added = pd.DataFrame(np.add.reduceat(values, starts, axis=0), columns=sums.columns)
        oldest = sums.columns.get_loc("version")
        added["version"] = np.minimum.reduceat(values[:, oldest], starts).astype(int)
        code = np.repeat(np.arange(len(starts)), np.diff([*starts, len(sums)]))
        return cls(by, sums, pd.concat([keys, added], axis=1), code, by_day, weighed)

    def only(self, rows: Codes) -> Clusters:
        """Some of the clusters, by their places in `sums`, in its order."""
        weighed = self.weighed and Weighed(self.weighed.counts.only(rows), self.weighed.squares.only(rows))
        return Clusters.of(self.by, self.sums.take(rows), self.by_day, weighed)

    @property
    def counts(self) -> Clusters:
        """The same with every answer counting once."""
        return self.weighed.counts if self.weighed else self

    def weighing(self, of: Metric) -> Clusters:
        """These, or where a metric takes no weights the plain counts."""
        return self if of.weighable else self.counts

    @property
    def weights(self) -> Weights:
        return "engines" if self.weighed else "answers"

    def ratios(self, of: Metric) -> Ratios:
        """Of groups in which one of the metric's sums was not computed, NaN."""
        known = self.computed(of)[self.code]
        x, m = (np.where(known, self.sums[name], np.nan) for name in (of.numerator, of.denominator))
        return ratios(x, m, self.code, len(self.groups))

    def computed(self, of: Metric) -> NDArray[np.bool_]:
        """Whether each group has all sums of a metric."""
        known: NDArray[np.bool_] = self.groups["version"].to_numpy() >= computed_since(of.columns)
        return known

    def sample(self, of: Metric) -> Floats:
        """Answers that each group's value rests on."""
        return np.where(self.computed(of), _least(self.counts.groups, of), 0.0)

    def size(self, of: Metric) -> Floats:
        """How many answers of equal weight that is worth."""
        if self.weighed is None:
            return self.sample(of)
        worth = kish(_least(self.groups, of), _least(self.weighed.squares.groups, of))
        return np.where(self.computed(of), worth, 0.0)

    def keys(self) -> Iterator[tuple[tuple[str, ...], str | None]]:
        """Group and brand of each row of `groups`; no brand is None."""
        for key, brand in zip(group_keys(self.groups, self.by), self.groups["brand"], strict=True):
            yield key, brand or None

    @property
    def brands(self) -> list[str]:
        """The brands of `groups`, in their order."""
        return list(self.groups["brand"].unique())

    def placed(self, found: pd.DataFrame, *columns: str) -> list[Floats]:
        """Columns of values by group and brand in the order of `groups`, NaN where there is none."""
        if self.places is None or self.places[0] is not found.index:
            keys = [*self.by, "brand"]
            index = self.groups[keys].astype({"brand": "object"}).set_index(keys).index
            self.places = found.index, found.index.get_indexer(index)
        at = self.places[1]
        return [np.where(at < 0, np.nan, found[name].to_numpy(float)[at]) for name in columns]

    def market(self, of: Metric, found: Ratios) -> Interval:
        """Were other prompts asked."""
        if not of.within_one:
            return means(found.value, found.between, BOUNDS[of.unit])
        answers = np.nan_to_num(_least(self.sums, of))
        whole, size = sums(self.code, answers, len(self.groups)), self.size(of)
        squares = sums(self.code, answers**2, len(self.groups)) * np.nan_to_num(divide(size, whole)) ** 2
        return market_shares(found.value, size, squares, found.between)

    def panel(self, of: Metric, found: Ratios) -> Interval:
        """Were the same prompts put to the same engines on other days."""
        days = self.days(of)
        if not of.within_one:
            return means(found.value, days, BOUNDS[of.unit])
        return panel_shares(found.value, self.size(of), days)

    def days(self, of: Metric) -> Spread:
        """How far days pull each group's ratio; one unit without spread where that is not known."""
        if self.by_day is None or set(TIMES).intersection(self.by) or self.groups.empty:
            return Spread(np.zeros(len(self.groups)), np.ones(len(self.groups), np.intp))
        found = days_of(self.by_day, self.by, of, self.brands)
        variance, units = self.placed(found, "variance", "units")
        return Spread(np.nan_to_num(variance), np.where(np.isnan(units), 1, units).astype(np.intp))

    def estimates(self, of: Metric, found: Ratios, scope: Scope = "prompts") -> Iterator[Estimate]:
        """The value of each group with both intervals; `scope` says which `low` and `high` are.

        Where nothing is known of days, nothing can be said of other days: there it is the one of all questions.
        """
        if self.by_day is None and not set(TIMES).intersection(self.by):
            scope = "questions"
        coverage = divide(*(self.counts.groups[name] for name in of.covered))
        panel, market = self.panel(of, found), self.market(of, found)
        rows = zip(self.sample(of), self.size(of), self.computed(of), strict=True)
        for row, (n, size, computed) in enumerate(rows):
            estimate = _estimate(found, market, row, int(n), number(coverage[row]))
            said = verdict(estimate.value, size, estimate.prompts) if computed else "not computed"
            estimate = replace(estimate, verdict=said, weights=self.weights)
            bounds = number(panel.low[row]), number(panel.high[row])
            yield estimate if scope == "questions" or None in bounds else estimate.about_prompts(*bounds)


def _firsts(index: pd.Index, levels: int) -> Codes:
    """Where in a sorted index a row differs from the one before in one of the first levels."""
    if index.empty:
        return np.empty(0, np.intp)
    values = (pd.factorize(index.get_level_values(level))[0] for level in range(levels))
    changed = np.any([np.diff(codes) != 0 for codes in values], axis=0)
    return np.flatnonzero(np.concatenate(([True], changed)))


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """Beside sums of weights, those of answers and of squared weights."""

    counts: Clusters
    squares: Clusters


def days_of(days: Days, by: Sequence[str], of: Metric, brands: Sequence[str]) -> pd.DataFrame:
    """The variance of a metric's ratio between days and their number, by group and brand."""
    parts = []
    for strata in days.strata(of, brands, days.fitting):
        group, keys = strata.groups(by)
        spread = ratio_spread(strata, of, group, len(keys), strata.factors(by))
        parts.append(strata.table(by, keys, variance=spread.variance, units=spread.units.astype(float)))
    return parts[0] if len(parts) == 1 else pd.concat(parts)


def ratio_spread(
    strata: Strata, of: Metric, group: Codes, groups: int, factor: Floats | float = 1.0
) -> Spread:
    """How far days pull a metric's ratio; of yes/no answers no less than if they were drawn one by one.

    `factor` is what an answer of each stratum weighs.
    """
    x, m = (strata.sums[name] for name in (of.numerator, of.denominator))
    whole = by_group(factor * np.broadcast_to(m, x.shape).sum(1), group, groups)
    weight = factor * np.nan_to_num(divide(1.0, whole))[group]
    spread = day_spread(x, m, weight, group, groups)
    if not of.yes_no:
        return spread
    drawn = drawn_spread(x, m, weight, group, groups)
    return Spread(np.maximum(spread.variance, drawn), spread.units)


def _least(frame: pd.DataFrame, of: Metric) -> Floats:
    """The smallest of the sums that bound how many answers a value rests on."""
    smallest: Floats = np.minimum.reduce([frame[name].to_numpy(float) for name in of.sample])
    return smallest


def cluster(
    frame: pd.DataFrame,
    by: Sequence[str],
    chosen: Sequence[Metric],
    brands: Sequence[str],
    by_day: Days | None = None,
) -> Clusters:
    """Clusters of a frame with a row, or several, for each brand x prompt of every group."""
    known = frame[frame["brand"].isin(brands)]
    ordered = known.assign(brand=pd.Categorical(known["brand"], brands, ordered=True))
    if "version" not in ordered:  # sums that were not read from daily rows are there
        ordered = ordered.assign(version=ROLLUP_VERSION)
    keys = [*by, "brand", "prompt_id"]
    columns = [*_columns(chosen), "version"]
    added = _added(ordered[[*keys, *columns]].groupby(keys, observed=True), ordered[columns])
    return Clusters.of(by, added, by_day)


def clusters_of(
    facts: Facts, by: Sequence[str], chosen: Sequence[Metric], brands: Sequence[str]
) -> dict[bool, Clusters]:
    """Clusters by whether they are per brand; the others count each answer once."""
    daily = None if set(TIMES).intersection(by) else facts.daily
    days = Days.of(daily) if daily is not None and not facts.empty else None
    found: dict[bool, Clusters] = {}
    for per_brand in {each.per_brand for each in chosen}:
        of = [each for each in chosen if each.per_brand is per_brand]
        names = brands if per_brand else ("",)
        if facts.filters.weights == "answers":
            found[per_brand] = cluster(_frame(facts, by, of, brands), by, of, names, days)
        else:
            counts, sums, squares = (
                cluster(_frame(facts, by, of, brands, power), by, of, names, days) for power in range(3)
            )
            found[per_brand] = replace(sums, weighed=Weighed(counts, squares))
    return found


def _frame(
    facts: Facts, by: Sequence[str], chosen: Sequence[Metric], brands: Sequence[str], power: int = 0
) -> pd.DataFrame:
    """The rows of clusters; of metrics that are about no brand each answer once."""
    if chosen[0].per_brand:
        return brand_frame(facts, by, chosen, brands, power)
    return _scaled(grouped(facts.cells, by), by, _columns(chosen), power).assign(brand="")


def brand_frame(
    facts: Facts, by: Sequence[str], chosen: Sequence[Metric], brands: Sequence[str], power: int = 0
) -> pd.DataFrame:
    """A row per group x brand x prompt, zeros included, over the days on which the brand was tracked.

    Sums of answers, each with that power of what it weighs where engines weigh the same.
    """
    keys, columns = [*by, "prompt_id"], _columns(chosen)
    shared = [name for name in columns if name in facts.cells]
    own = [name for name in columns if name in facts.own_sums and name not in facts.cells]
    cells, sums = grouped(facts.cells, by), grouped(facts.own_sums, by)
    parts = []
    for eras in {brand.eras for brand in facts.brands} or {None}:
        names = [brand.name for brand in facts.brands if brand.eras == eras and brand.name in brands]
        of = cells if eras is None else cells[cells["era"] < eras]
        mine = _scaled(sums[sums["brand"].isin(names)], by, own, power, of)
        of = _scaled(of, by, shared, power)
        each = _added(of.groupby(keys, observed=True), of[[*shared, "version"]]).reset_index()
        every = each.merge(pd.DataFrame({"brand": names}, dtype="object"), how="cross")
        added = mine.groupby([*keys, "brand"], observed=True, as_index=False)[own].sum()
        parts.append(every.merge(added, how="left", on=[*keys, "brand"]))
    return pd.concat(parts).fillna(dict.fromkeys(own, 0))


def _scaled(
    rows: pd.DataFrame,
    by: Sequence[str],
    columns: Sequence[str],
    power: int,
    cells: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Rows with their sums times a power of what an answer of their engine weighs; `cells` says how many there are."""
    if not power:
        return rows
    keys = list(dict.fromkeys([*by, "engine"]))
    counted = rows if cells is None else cells
    factors = engine_factors(counted, by)
    by_engine = counted[keys].assign(factor=factors**power).drop_duplicates(keys)
    factor = rows[keys].merge(by_engine, how="left", on=keys)["factor"].fillna(0).to_numpy()
    names = [*columns]
    return rows.assign(**{name: rows[name].to_numpy(float) * factor for name in names})


def _columns(chosen: Iterable[Metric]) -> list[str]:
    """What the metrics add up, with what coverage needs."""
    return list(dict.fromkeys([*(name for each in chosen for name in each.columns), "answers", "planned"]))


def _added(groups: Any, columns: pd.DataFrame) -> pd.DataFrame:
    """Sums of the columns in each group, and the oldest version."""
    sums = [name for name in columns if name != "version"]
    added: pd.DataFrame = groups[sums].sum().assign(version=groups["version"].min())
    return added


def _estimate(of: Ratios, market: Interval, row: int, n: int, coverage: float | None) -> Estimate:
    low, high = number(market.low[row]), number(market.high[row])
    return Estimate(
        value=number(of.value[row]),
        n=n,
        low=low,
        high=high,
        numerator=number(of.numerator[row]),
        denominator=number(of.denominator[row]),
        prompts=int(of.prompts[row]),
        coverage=coverage,
        verdict="not computed",
        market_low=low,
        market_high=high,
        scope="questions",
    )


def verdict(value: float | None, n: float, prompts: int) -> Verdict:
    """Whether a value may be shown without a warning."""
    if value is None:
        return "no data"
    return "thin sample" if prompts < THIN_PROMPTS or n < THIN_ANSWERS else "ok"


def number(value: float) -> float | None:
    """A plain float, None for NaN."""
    return None if np.isnan(value) else float(value)
