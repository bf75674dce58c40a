"""Metrics of a selection: one pass from daily sums to estimates, for any grouping."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geo_tracker.errors import UsageError
from geo_tracker.metrics.definitions import METRICS, Metric, metric
from geo_tracker.metrics.dimensions import DIMENSIONS, SHELF_DIMENSIONS
from geo_tracker.metrics.intervals import Codes, Floats, Ratios, divide, ratios
from geo_tracker.metrics.records import Estimate, Facts, Verdict

THIN_PROMPTS, THIN_ANSWERS = 5, 10
CELL = ["day", "prompt_id", "engine", "surface"]
NOTHING = Estimate(None, 0, None, None, 0, 0, 0, None, "no data")
BOUNDS = {"share": (0.0, 1.0), "balance": (-1.0, 1.0), "position": (1.0, np.inf), "change": (-1.0, np.inf)}


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
            "group": self.group,
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
            "surfaces": list(self.surfaces),
        }


def measure(facts: Facts, name: str, brand: str | None = None) -> Estimate:
    """One metric of one brand over the whole selection; without data its verdict is `no data`."""
    found = measurements(facts, metrics=(name,), brands=one_brand(facts, name, brand))
    return found[0].estimate if found else NOTHING


def table(
    facts: Facts, by: Sequence[str] = (), metrics: Iterable[str] = METRICS, brands: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """`measurements` as records, ready for JSON or a data frame."""
    return [found.record() for found in measurements(facts, by, metrics, brands)]


def measurements(
    facts: Facts, by: Sequence[str] = (), metrics: Iterable[str] = METRICS, brands: Iterable[str] = ()
) -> list[Measurement]:
    """Every metric of every brand (all of them by default) in every group of `by` that has data.

    Ordered by metric, then group, then brand as the workspace lists them.
    """
    frame, chosen = grouped_frame(facts, by), [metric(name) for name in metrics]
    clusters = cluster(frame, by, chosen, brand_names(facts, brands))
    surfaces = _surfaces(frame, by)
    found: list[Measurement] = []
    for each in chosen:
        of = clusters[each.per_brand]
        for (key, brand), estimate in zip(of.keys(), of.estimates(each, of.ratios(each)), strict=True):
            group = dict(zip(by, key, strict=True))
            found.append(Measurement(group, brand, each.name, estimate, surfaces[key]))
    return found


def estimates(frame: pd.DataFrame, of: Metric, names: Sequence[str]) -> dict[str, Estimate]:
    """One metric of names that are no brands of the workspace, such as sources.

    `frame` has one row per name (column `brand`) and `prompt_id`, with `answers`, `planned` and the metric's sums.
    """
    if frame.empty:
        return {}
    sums = cluster(frame, (), [of], names)[True]
    found = zip(sums.keys(), sums.estimates(of, sums.ratios(of)), strict=True)
    return {name or "": estimate for (_, name), estimate in found}


def answer_counts(facts: Facts) -> dict[str, int]:
    """Answers of the selection by what became of them: planned (all), answers (valid), failed, refused, empty."""
    cells = facts.frame.drop_duplicates(CELL)
    return {name: int(cells[name].sum()) for name in ("planned", "answers", "failed", "refused", "empty")}


def grouped_frame(facts: Facts, by: Sequence[str]) -> pd.DataFrame:
    """The selection with a column for every dimension of `by`."""
    check_groups(by, (*DIMENSIONS, *(name for name in SHELF_DIMENSIONS if name in facts.frame)))
    if "week" not in by or "week" in facts.frame:
        return facts.frame
    day = facts.frame["day"]
    return facts.frame.assign(week=day - pd.to_timedelta(day.dt.day_of_week, unit="D"))


def check_groups(by: Sequence[str], known: Sequence[str]) -> None:
    """Raises `UsageError` where a dimension is none of the known ones."""
    if unknown := [dimension for dimension in by if dimension not in known]:
        raise UsageError(f"cannot group by {', '.join(unknown)}: use {', '.join(known)}")


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


def _surfaces(frame: pd.DataFrame, by: Sequence[str]) -> dict[tuple[str, ...], tuple[str, ...]]:
    pairs = frame[list(dict.fromkeys([*by, "surface"]))].drop_duplicates()
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    for key, surface in sorted(zip(_keys(pairs, by), pairs["surface"], strict=True)):
        found[key] = (*found.get(key, ()), surface)
    return found


def _keys(frame: pd.DataFrame, by: Sequence[str]) -> list[tuple[str, ...]]:
    if not by:
        return [()] * len(frame)
    return list(zip(*(_text(frame[dimension]) for dimension in by), strict=True))


def _text(column: pd.Series) -> list[str]:
    dated = pd.api.types.is_datetime64_any_dtype(column)
    return list(column.dt.strftime("%Y-%m-%d") if dated else column)


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """Sums per group x brand x prompt: what intervals are made of."""

    by: Sequence[str]
    sums: pd.DataFrame
    """One row per cluster, indexed by the group's keys, brand and prompt."""
    groups: pd.DataFrame
    """One row per group x brand: its keys and sums."""
    code: Codes
    """Of each cluster, the row of its group in `groups`."""

    @classmethod
    def of(cls, by: Sequence[str], sums: pd.DataFrame) -> Clusters:
        grouped = sums.groupby(level=[*by, "brand"], observed=True)
        return cls(by, sums, grouped.sum().reset_index(), grouped.ngroup().to_numpy())

    def ratios(self, of: Metric) -> Ratios:
        x, m = (self.sums[name].to_numpy(float) for name in (of.numerator, of.denominator))
        return ratios(x, m, self.code, self.sample(of), BOUNDS[of.unit])

    def sample(self, of: Metric) -> Floats:
        """Answers that each group's value rests on."""
        smallest: Floats = np.minimum.reduce([self.groups[name].to_numpy(float) for name in of.sample])
        return smallest

    def keys(self) -> Iterator[tuple[tuple[str, ...], str | None]]:
        """Group and brand of each row of `groups`; no brand is None."""
        for key, brand in zip(_keys(self.groups, self.by), self.groups["brand"], strict=True):
            yield key, brand or None

    def estimates(self, of: Metric, found: Ratios) -> Iterator[Estimate]:
        coverage = divide(self.groups["answers"], self.groups["planned"])
        for row, n in enumerate(self.sample(of)):
            yield _estimate(found, row, int(n), number(coverage[row]))


def cluster(
    frame: pd.DataFrame, by: Sequence[str], chosen: Sequence[Metric], brands: Sequence[str]
) -> dict[bool, Clusters]:
    """Clusters by whether they are per brand; the others count each cell of the frame once."""
    columns = list(dict.fromkeys([*(name for each in chosen for name in each.columns), "answers", "planned"]))
    found: dict[bool, Clusters] = {}
    for per_brand in {each.per_brand for each in chosen}:
        if per_brand:
            known = frame[frame["brand"].isin(brands)]
            rows = known.assign(brand=pd.Categorical(known["brand"], brands, ordered=True))
        else:
            rows = frame.drop_duplicates(CELL).assign(brand="")
        sums = rows.groupby([*by, "brand", "prompt_id"], observed=True)[columns].sum()
        found[per_brand] = Clusters.of(by, sums)
    return found


def _estimate(of: Ratios, row: int, n: int, coverage: float | None) -> Estimate:
    value, prompts = number(of.value[row]), int(of.prompts[row])
    return Estimate(
        value=value,
        n=n,
        low=number(of.low[row]),
        high=number(of.high[row]),
        numerator=float(of.numerator[row]),
        denominator=float(of.denominator[row]),
        prompts=prompts,
        coverage=coverage,
        verdict=verdict(value, n, prompts),
    )


def verdict(value: float | None, n: int, prompts: int) -> Verdict:
    """Whether a value may be shown without a warning."""
    if value is None:
        return "no data"
    return "thin sample" if prompts < THIN_PROMPTS or n < THIN_ANSWERS else "ok"


def number(value: float) -> float | None:
    """A plain float, None for NaN."""
    return None if np.isnan(value) else float(value)
