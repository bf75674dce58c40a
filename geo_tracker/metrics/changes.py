"""Whether a metric moved between two windows, or only wobbled. Formulas: docs/metrics.md#change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from geo_tracker.errors import UsageError
from geo_tracker.metrics.definitions import METRICS, Metric, metric
from geo_tracker.metrics.dimensions import TIMES
from geo_tracker.metrics.intervals import Codes, Floats, Ratios, Z, half_width, student_t, within_t
from geo_tracker.metrics.measures import (
    NOTHING,
    Clusters,
    brand_names,
    cluster,
    clusters_of,
    number,
    one_brand,
)
from geo_tracker.metrics.records import Change, ChangeVerdict, Estimate, Facts

FALSE_DISCOVERY_RATE = 0.05
UNKNOWN = Change(None, None, None, None, None, 0, NOTHING, NOTHING, "no data")


@dataclass(frozen=True, slots=True)
class Movement:
    """How one metric of one brand moved in one group."""

    group: dict[str, str]
    brand: str | None
    metric: str
    change: Change

    def record(self) -> dict[str, Any]:
        """The movement as one JSON object."""
        return {"group": self.group, "brand": self.brand, "metric": self.metric, **asdict(self.change)}


def change(before: Facts, after: Facts, name: str, brand: str | None = None) -> Change:
    """How one metric of one brand moved from one window to the other."""
    found = movements(before, after, metrics=(name,), brands=one_brand(after, name, brand))
    return found[0].change if found else UNKNOWN


def movements(
    before: Facts,
    after: Facts,
    by: Sequence[str] = (),
    metrics: Iterable[str] = METRICS,
    brands: Iterable[str] = (),
) -> list[Movement]:
    """Every metric of every brand in every group, over the prompts that both windows have.

    One call is one family of comparisons: `real` means that the false discovery rate over all of them is 5 %.
    """
    if set(TIMES).intersection(by):
        raise UsageError(f"a change compares two windows: it cannot be grouped by {', '.join(TIMES)}")
    names, notes = brand_names(after, brands), comparability(before, after)
    chosen = [metric(name) for name in metrics]
    earlier, later = (clusters_of(side, by, chosen, names) for side in (before, after))
    found: list[Movement] = []
    for each in chosen:
        sides = _paired(earlier[each.per_brand], later[each.per_brand], each)
        found += _movements(each, *sides, notes)
    return _judged(found)


def frame_movements(
    before: pd.DataFrame, after: pd.DataFrame, of: Metric, names: Sequence[str]
) -> list[Movement]:
    """How one metric of names that are no brands moved: one family over the prompts that both frames have.

    The frames are those of `measures.estimates`.
    """
    if before.empty or after.empty:
        return []
    earlier, later = (cluster(side, (), [of], names) for side in (before, after))
    return _judged(list(_movements(of, *_paired(earlier, later, of), ())))


def comparability(before: Facts, after: Facts) -> tuple[str, ...]:
    """Why two windows may not be comparable: keys of the translations, empty if nothing speaks against it."""
    rules = {*before.rules, *after.rules}
    reasons = {
        "change.rules": len(rules) > 1,
        "change.surfaces": before.surfaces != after.surfaces,
        "change.engines": before.values("engine") != after.values("engine"),
    }
    return () if before.empty or after.empty else tuple(key for key, holds in reasons.items() if holds)


def _movements(of: Metric, before: Clusters, after: Clusters, notes: tuple[str, ...]) -> Iterator[Movement]:
    first, last = before.ratios(of), after.ratios(of)
    value, low, high, p = difference(of, first, last, after.code)
    rows = zip(after.keys(), before.estimates(of, first), after.estimates(of, last), strict=True)
    for row, ((key, brand), earlier, later) in enumerate(rows):
        moved = Change(
            value=number(value[row]),
            low=number(low[row]),
            high=number(high[row]),
            p=number(p[row]),
            q=None,
            prompts=later.prompts,
            before=earlier,
            after=later,
            verdict=_first_verdict(earlier, later),
            notes=notes,
        )
        yield Movement(dict(zip(after.by, key, strict=True)), brand, of.name, moved)


def _first_verdict(before: Estimate, after: Estimate) -> ChangeVerdict:
    """Of a change on its own, before it is judged with its family."""
    verdicts = (before.verdict, after.verdict)
    if "not computed" in verdicts:
        return "not computed"
    return "thin sample" if "thin sample" in verdicts else "within noise"


def _paired(before: Clusters, after: Clusters, of: Metric) -> tuple[Clusters, Clusters]:
    """Both sides, restricted to the prompts that have a denominator on both."""
    sides = [side.sums[side.sums[of.denominator] > 0] for side in (before, after)]
    shared = sides[0].index.intersection(sides[1].index, sort=False).sort_values()
    first, last = (Clusters.of(after.by, side.loc[shared]) for side in sides)
    return first, last


def difference(of: Metric, first: Ratios, last: Ratios, group: Codes) -> tuple[Floats, ...]:
    """The difference, both bounds of its interval, and its two-sided p.

    Paired by prompt; where the differences show no spread, from the intervals of both sides (MOVER).
    """
    value = last.value - first.value
    half = half_width(last.residual - first.residual, group, last.prompts)
    below = np.where(half > 0, half, np.hypot(last.value - last.low, first.high - first.value))
    above = np.where(half > 0, half, np.hypot(last.high - last.value, first.value - first.low))
    towards_zero = np.where(value > 0, below, above)
    p = np.array([_p(*row) for row in zip(np.abs(value), towards_zero, half > 0, last.prompts, strict=True)])
    bound = {"share": 1.0, "balance": 2.0}.get(of.unit, np.inf)
    return value, np.clip(value - below, -bound, bound), np.clip(value + above, -bound, bound), p


def _p(distance: float, half: float, paired: bool, prompts: int) -> float:
    if np.isnan(half) or half == 0:
        return np.nan
    if paired:
        return 1 - within_t(distance / half * student_t(prompts - 1), prompts - 1)
    return 2 * NormalDist().cdf(-distance / half * Z)


def _judged(found: list[Movement]) -> list[Movement]:
    """Adjust p over the family, and call `real` what holds; thin samples are no part of it."""
    family = [row for row in found if row.change.verdict == "within noise" and row.change.p is not None]
    adjusted = benjamini_hochberg([row.change.p for row in family if row.change.p is not None])
    q = {id(row): value for row, value in zip(family, adjusted, strict=True)}
    return [_with_q(row, q[id(row)]) if id(row) in q else row for row in found]


def _with_q(row: Movement, q: float) -> Movement:
    verdict: ChangeVerdict = "real" if q <= FALSE_DISCOVERY_RATE else "within noise"
    return replace(row, change=replace(row.change, q=q, verdict=verdict))


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """Adjusted p-values: calling those <= a real keeps the expected share of false ones at a."""
    from scipy.stats import (
        false_discovery_control,  # half a second to import: not for a reader of plain numbers
    )

    adjusted = false_discovery_control(p) if p else ()
    return [float(value) for value in adjusted]
