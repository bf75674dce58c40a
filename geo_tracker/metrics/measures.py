"""Metrics of a selection: one pass from daily sums to estimates, for any grouping."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_tracker.errors import UsageError
from geo_tracker.metrics.definitions import METRICS, Metric, metric
from geo_tracker.metrics.dimensions import DIMENSIONS, TIMES
from geo_tracker.metrics.intervals import Codes, Floats, Ratios, divide, ratios
from geo_tracker.metrics.records import Estimate, Facts, Verdict
from geo_tracker.metrics.sums import ROLLUP_VERSION, computed_since

THIN_PROMPTS, THIN_ANSWERS = 5, 10
STATUSES = ("planned", "answers", "failed", "refused", "empty", "cut")
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
    chosen = [metric(name) for name in metrics]
    clusters = clusters_of(facts, by, chosen, brand_names(facts, brands))
    return measured(clusters, by, chosen, _surfaces(grouped(facts.cells, by), by))


def measured(
    clusters: Mapping[bool, Clusters],
    by: Sequence[str],
    chosen: Iterable[Metric],
    surfaces: Mapping[tuple[str, ...], tuple[str, ...]],
) -> list[Measurement]:
    """The metrics of clusters, by whether those are per brand, with the surfaces of each group."""
    found: list[Measurement] = []
    for each in chosen:
        of = clusters[each.per_brand]
        for (key, brand), estimate in zip(of.keys(), of.estimates(each, of.ratios(each)), strict=True):
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


def grouped(frame: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Cells or brands' sums with a column for every dimension of `by`."""
    check_groups(by, DIMENSIONS)
    starts = {"week": "W", "month": "M"}
    made = {
        name: frame["day"].dt.to_period(starts[name]).dt.start_time
        for name in by
        if name in starts and name not in frame and "day" in frame
    }
    if missing := [name for name in by if name in TIMES and name not in {*frame, *made}]:
        raise ValueError(f"these facts were not read by {missing[0]}")
    return frame.assign(**made)


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
    """One row per cluster, indexed by the group's keys, brand and prompt; `version` is the oldest roll-up in it."""
    groups: pd.DataFrame
    """One row per group x brand: its keys, sums and oldest version."""
    code: Codes
    """Of each cluster, the row of its group in `groups`."""

    @classmethod
    def of(cls, by: Sequence[str], sums: pd.DataFrame) -> Clusters:
        grouped = sums.groupby(level=[*by, "brand"], observed=True)
        return cls(by, sums, _added(grouped, sums).reset_index(), grouped.ngroup().to_numpy())

    def ratios(self, of: Metric) -> Ratios:
        """Of groups in which one of the metric's sums was not computed, NaN."""
        known = self.computed(of)[self.code]
        x, m = (np.where(known, self.sums[name], np.nan) for name in (of.numerator, of.denominator))
        return ratios(x, m, self.code, self.sample(of), BOUNDS[of.unit])

    def computed(self, of: Metric) -> NDArray[np.bool_]:
        """Whether each group has all sums of a metric."""
        known: NDArray[np.bool_] = self.groups["version"].to_numpy() >= computed_since(of.columns)
        return known

    def sample(self, of: Metric) -> Floats:
        """Answers that each group's value rests on."""
        smallest: Floats = np.minimum.reduce([self.groups[name].to_numpy(float) for name in of.sample])
        return np.where(self.computed(of), smallest, 0.0)

    def keys(self) -> Iterator[tuple[tuple[str, ...], str | None]]:
        """Group and brand of each row of `groups`; no brand is None."""
        for key, brand in zip(_keys(self.groups, self.by), self.groups["brand"], strict=True):
            yield key, brand or None

    def estimates(self, of: Metric, found: Ratios) -> Iterator[Estimate]:
        coverage = divide(*(self.groups[name] for name in of.covered))
        rows = zip(self.sample(of), self.computed(of), strict=True)
        for row, (n, computed) in enumerate(rows):
            yield _estimate(found, row, int(n), number(coverage[row]), computed=bool(computed))


def cluster(
    frame: pd.DataFrame, by: Sequence[str], chosen: Sequence[Metric], brands: Sequence[str]
) -> Clusters:
    """Clusters of a frame with a row, or several, for each brand x prompt of every group."""
    known = frame[frame["brand"].isin(brands)]
    ordered = known.assign(brand=pd.Categorical(known["brand"], brands, ordered=True))
    if "version" not in ordered:  # sums that were not read from daily rows are there
        ordered = ordered.assign(version=ROLLUP_VERSION)
    keys = [*by, "brand", "prompt_id"]
    columns = [*_columns(chosen), "version"]
    return Clusters.of(by, _added(ordered[[*keys, *columns]].groupby(keys, observed=True), ordered[columns]))


def clusters_of(
    facts: Facts, by: Sequence[str], chosen: Sequence[Metric], brands: Sequence[str]
) -> dict[bool, Clusters]:
    """Clusters by whether they are per brand; the others count each answer once."""
    found: dict[bool, Clusters] = {}
    for per_brand in {each.per_brand for each in chosen}:
        of = [each for each in chosen if each.per_brand is per_brand]
        if per_brand:
            found[True] = cluster(brand_frame(facts, by, of, brands), by, of, brands)
        else:
            found[False] = cluster(grouped(facts.cells, by).assign(brand=""), by, of, ("",))
    return found


def brand_frame(
    facts: Facts, by: Sequence[str], chosen: Sequence[Metric], brands: Sequence[str]
) -> pd.DataFrame:
    """A row per group x brand x prompt, zeros included, over the days on which the brand was tracked."""
    keys, columns = [*by, "prompt_id"], _columns(chosen)
    shared = [name for name in columns if name in facts.cells]
    cells = grouped(facts.cells, by)
    parts = []
    for eras in {brand.eras for brand in facts.brands} or {None}:
        names = [brand.name for brand in facts.brands if brand.eras == eras and brand.name in brands]
        of = cells if eras is None else cells[cells["era"] < eras]
        each = _added(of.groupby(keys, observed=True), of[[*shared, "version"]]).reset_index()
        parts.append(each.merge(pd.DataFrame({"brand": names}, dtype="object"), how="cross"))
    own = [name for name in columns if name in facts.own_sums and name not in facts.cells]
    sums = grouped(facts.own_sums, by).groupby([*keys, "brand"], observed=True, as_index=False)[own].sum()
    return pd.concat(parts).merge(sums, how="left", on=[*keys, "brand"]).fillna(dict.fromkeys(own, 0))


def _columns(chosen: Iterable[Metric]) -> list[str]:
    """What the metrics add up, with what coverage needs."""
    return list(dict.fromkeys([*(name for each in chosen for name in each.columns), "answers", "planned"]))


def _added(groups: Any, columns: pd.DataFrame) -> pd.DataFrame:
    """Sums of the columns in each group, and the oldest version."""
    sums = [name for name in columns if name != "version"]
    added: pd.DataFrame = groups[sums].sum().assign(version=groups["version"].min())
    return added


def _estimate(of: Ratios, row: int, n: int, coverage: float | None, *, computed: bool) -> Estimate:
    value, prompts = number(of.value[row]), int(of.prompts[row])
    return Estimate(
        value=value,
        n=n,
        low=number(of.low[row]),
        high=number(of.high[row]),
        numerator=number(of.numerator[row]),
        denominator=number(of.denominator[row]),
        prompts=prompts,
        coverage=coverage,
        verdict=verdict(value, n, prompts) if computed else "not computed",
    )


def verdict(value: float | None, n: int, prompts: int) -> Verdict:
    """Whether a value may be shown without a warning."""
    if value is None:
        return "no data"
    return "thin sample" if prompts < THIN_PROMPTS or n < THIN_ANSWERS else "ok"


def number(value: float) -> float | None:
    """A plain float, None for NaN."""
    return None if np.isnan(value) else float(value)
