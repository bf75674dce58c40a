"""Whether a metric moved between two windows, or only wobbled. Formulas: docs/metrics.md#change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from geo_tracker.errors import UsageError
from geo_tracker.metrics.clusters import Clusters, brand_names, cluster, clusters_of, number, one_brand
from geo_tracker.metrics.comparing import Windows
from geo_tracker.metrics.definitions import METRICS, Metric, metric
from geo_tracker.metrics.differences import Difference, over_days, over_prompts, same_prompts
from geo_tracker.metrics.dimensions import TIMES, named
from geo_tracker.metrics.families import family_of, first_verdict, judged
from geo_tracker.metrics.measures import NOTHING
from geo_tracker.metrics.records import Change, Facts

UNKNOWN = Change(None, None, None, None, None, 0, NOTHING, NOTHING, "no data")
Notes = Mapping[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Movement:
    """How one metric of one brand moved in one group."""

    group: dict[str, str]
    brand: str | None
    metric: str
    change: Change

    def record(self) -> dict[str, Any]:
        """The movement as one JSON object."""
        return {"group": named(self.group), "brand": self.brand, "metric": self.metric, **asdict(self.change)}


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
    """Every metric of every brand in every group, over the strata that both windows have.

    The comparisons of one call are judged in the families of docs/metrics.md#families, each of which keeps its false
    discovery rate at 5 %.
    """
    if set(TIMES).intersection(by):
        raise UsageError(f"a change compares two windows: it cannot be grouped by {', '.join(TIMES)}")
    names, chosen = brand_names(after, brands), [metric(name) for name in metrics]
    windows = Windows.of(before, after)
    sides, notes = windows.shared(), windows.notes(by)
    if any(side.empty for side in sides):
        return []
    earlier, later = (clusters_of(side, by, chosen, names) for side in sides)
    own = {brand.name for brand in after.brands if brand.own} | {None}
    found: list[Movement] = []
    pairs: dict[tuple[bool, str], tuple[Clusters, Clusters]] = {}
    for each in chosen:
        alike = each.per_brand, each.denominator  # a third of the metrics share what they are divided by
        if alike not in pairs:
            weighed = (side[each.per_brand].weighing(each) for side in (earlier, later))
            pairs[alike] = same_prompts(each, *weighed)
        first, last = pairs[alike]
        if last.groups.empty:  # of a metric that no prompt has on both sides
            continue
        days, prompts = over_days(each, first, last), over_prompts(each, first, last)
        moved = _movements(each, first, last, days.or_else(prompts), prompts.p, notes)
        found += (_in_family(row, family_of(each.name, by, own=row.brand in own)) for row in moved)
    return _judged(found)


def frame_movements(
    before: pd.DataFrame, after: pd.DataFrame, of: Metric, names: Sequence[str]
) -> list[Movement]:
    """How one metric of names that are no brands moved: one family over the prompts that both frames have.

    The frames are those of `measures.estimates`; they say nothing of days, so prompts alone are taken as sampled.
    """
    if before.empty or after.empty:
        return []
    first, last = same_prompts(of, *(cluster(side, (), [of], names) for side in (before, after)))
    prompts = over_prompts(of, first, last)
    return _judged(list(_movements(of, first, last, prompts, np.full_like(prompts.p, np.nan), {})))


def _movements(
    of: Metric, before: Clusters, after: Clusters, moved: Difference, p_prompts: Any, notes: Notes
) -> Iterator[Movement]:
    sides = (side.estimates(of, side.ratios(of)) for side in (before, after))
    for row, ((key, brand), earlier, later) in enumerate(zip(after.keys(), *sides, strict=True)):
        said = notes.get(key, ())
        found = Change(
            value=number(moved.value[row]),
            low=number(moved.low[row]),
            high=number(moved.high[row]),
            p=number(moved.p[row]),
            q=None,
            prompts=later.prompts,
            before=earlier,
            after=later,
            verdict=first_verdict(earlier, later, said),
            notes=said,
            p_prompts=number(p_prompts[row]),
        )
        yield Movement(dict(zip(after.by, key, strict=True)), brand, of.name, found)


def _in_family(row: Movement, family: str) -> Movement:
    return replace(row, change=replace(row.change, family=family))


def _judged(found: Sequence[Movement]) -> list[Movement]:
    changes = judged([row.change for row in found])
    return [replace(row, change=change) for row, change in zip(found, changes, strict=True)]
