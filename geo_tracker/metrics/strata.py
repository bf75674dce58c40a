"""Sums by stratum, day and brand: what the variance between days and changes are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from geo_tracker.metrics.definitions import Metric
from geo_tracker.metrics.intervals import Codes, Floats
from geo_tracker.metrics.records import Facts

STRATUM = ["prompt_id", "engine", "surface"]
"""A prompt on an engine and surface: what is asked again and again."""
MOST = 2_000_000
"""Numbers of one sum that are laid out at once: 16 MB."""


@dataclass(frozen=True, slots=True, eq=False)
class Strata:
    """Some brands' sums; arrays are strata x days x brands, or x 1 where all brands share them."""

    keys: pd.DataFrame
    """One row per stratum, with what describes its prompt."""
    brands: Sequence[str]
    sums: Mapping[str, Floats] = field(repr=False)

    def least(self, names: Iterable[str]) -> Floats:
        """The smallest of some sums of each stratum over all days."""
        smallest: Floats = np.minimum.reduce([self.sums[name].sum(1) for name in names])
        return smallest

    def groups(self, by: Sequence[str]) -> tuple[Codes, pd.DataFrame]:
        """The code of each stratum's group, and the keys of the groups in the order of their codes."""
        if not by:
            return np.zeros(len(self.keys), np.intp), pd.DataFrame(index=[0])
        of = self.keys.groupby([*by], observed=True)
        return of.ngroup().to_numpy(np.intp), of.size().index.to_frame(index=False)


def fitting(*facts: Facts) -> int:
    """How many brands' sums can be laid out at once."""
    sizes = [len(_keys(each)) * int(each.cells["day"].nunique()) for each in facts]
    return max(MOST // max(*sizes, 1), 1)


def strata_of(
    facts: Facts, chosen: Iterable[Metric], brands: Sequence[str], at_once: int
) -> Iterator[Strata]:
    """The sums that metrics need, so many brands at a time; `facts` are read by day and engine.

    Strata are in their own order, so that those of two windows over the same strata agree.
    """
    columns = list(dict.fromkeys(["answers", *(name for each in chosen for name in each.columns)]))
    keys = _keys(facts)
    days = pd.Index(facts.cells["day"].unique()).sort_values()
    layout = _Layout(pd.MultiIndex.from_frame(keys[STRATUM]), days)
    own = [name for name in columns if name not in facts.cells]
    for eras, names in _tracked_alike(facts, brands, at_once):
        cells = facts.cells if eras is None else facts.cells[facts.cells["era"] < eras]
        shared = layout.laid(cells, [name for name in columns if name in cells], 1)
        brand = pd.Index(names).get_indexer(pd.Index(facts.own_sums["brand"]))
        mine = facts.own_sums[brand >= 0]
        yield Strata(keys, names, {**shared, **layout.laid(mine, own, len(names), brand[brand >= 0])})


def _keys(facts: Facts) -> pd.DataFrame:
    strata: pd.DataFrame = facts.cells.drop_duplicates(STRATUM).sort_values(STRATUM, ignore_index=True)
    return strata


def _tracked_alike(
    facts: Facts, brands: Sequence[str], most: int
) -> Iterator[tuple[int | None, Sequence[str]]]:
    """Brands that were tracked on the same days, at most so many at a time."""
    until = {brand.name: brand.eras for brand in facts.brands}
    for eras in dict.fromkeys(until.get(name) for name in brands):
        names = [name for name in brands if until.get(name) == eras]
        yield from ((eras, names[at : at + most]) for at in range(0, len(names), most))


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where rows stand in the arrays."""

    strata: pd.MultiIndex
    days: pd.Index

    def laid(
        self, rows: pd.DataFrame, columns: Sequence[str], brands: int, brand: Codes | None = None
    ) -> dict[str, Floats]:
        """Columns of rows as arrays, zeros where there is no row."""
        shape = (len(self.strata), len(self.days), brands)
        at = (
            self.strata.get_indexer(pd.MultiIndex.from_frame(rows[STRATUM])),
            self.days.get_indexer(pd.Index(rows["day"])),
            np.zeros(len(rows), np.intp) if brand is None else brand,
        )
        place, size = np.ravel_multi_index(at, shape), int(np.prod(shape))
        known = {name: np.nan_to_num(rows[name].to_numpy(float)) for name in columns}
        added = {name: np.bincount(place, values, size) for name, values in known.items()}
        return {name: values.astype(float).reshape(shape) for name, values in added.items()}
