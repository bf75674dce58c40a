"""Sums by stratum, day and brand: what the variance between days and changes are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from geo_tracker.metrics.definitions import Metric
from geo_tracker.metrics.intervals import Codes, Floats
from geo_tracker.metrics.records import Facts, Weights
from geo_tracker.metrics.weights import engine_factors

STRATUM = ["prompt_id", "engine", "surface", "mode"]
"""A prompt on an engine, surface and mode: what is asked again and again."""
MOST = 2_000_000
"""Numbers of one sum that are laid out at once: 16 MB."""


@dataclass(frozen=True, slots=True, eq=False)
class Strata:
    """Some brands' sums; arrays are strata x days x brands, or x 1 where all brands share them."""

    keys: pd.DataFrame
    """One row per stratum, with what describes its prompt."""
    brands: Sequence[str]
    sums: Mapping[str, Floats] = field(repr=False)
    weights: Weights = "answers"
    known: dict[tuple[str, ...], Any] = field(default_factory=dict, repr=False)
    """Groups and rows that were found before, of all `Strata` with the same keys: every metric asks for the same."""

    def factors(self, by: Sequence[str]) -> Floats | float:
        """What an answer of each stratum weighs in a group of `by`."""
        if self.weights == "answers":
            return 1.0
        name = ("factors", *by, "", *self.brands)
        if name not in self.known:
            answers = self.sums["answers"].sum(1)[:, 0]
            self.known[name] = engine_factors(self.keys.assign(answers=answers), by).to_numpy(float)[:, None]
        found: Floats = self.known[name]
        return found

    @property
    def engines(self) -> Codes:
        """The code of each stratum's engine."""
        return pd.factorize(self.keys["engine"])[0]

    def least(self, names: Iterable[str]) -> Floats:
        """The smallest of some sums of each stratum over all days."""
        smallest: Floats = np.minimum.reduce([self.sums[name].sum(1) for name in names])
        return smallest

    def groups(self, by: Sequence[str]) -> tuple[Codes, pd.DataFrame]:
        """The code of each stratum's group, and the keys of the groups in the order of their codes."""
        if not by:
            return np.zeros(len(self.keys), np.intp), pd.DataFrame(index=[0])
        if (*by,) not in self.known:
            of = self.keys.groupby([*by], observed=True)
            self.known[(*by,)] = of.ngroup().to_numpy(np.intp), of.size().index.to_frame(index=False)
        found: tuple[Codes, pd.DataFrame] = self.known[(*by,)]
        return found

    def table(self, by: Sequence[str], keys: pd.DataFrame, **values: Floats) -> pd.DataFrame:
        """Values by group and brand as columns, indexed by both."""
        name = ("", *by, "", *self.brands)
        if name not in self.known:
            rows = keys.loc[keys.index.repeat(len(self.brands))].reset_index(drop=True)
            rows["brand"] = np.tile(np.array(self.brands, object), len(keys))
            self.known[name] = rows.set_index([*by, "brand"]).index
        return pd.DataFrame({name: value.ravel() for name, value in values.items()}, self.known[name])


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """Facts by day, and where their rows stand in the arrays of `Strata`."""

    facts: Facts
    keys: pd.DataFrame
    """The strata in their own order, so that those of two windows over the same strata agree."""
    cells: tuple[Codes, Codes]
    """Stratum and day of each row of the facts' cells."""
    own: tuple[Codes, Codes]
    """The same of their brands' sums."""
    brand: tuple[Codes, pd.Index]
    """Which of these brands each of their rows is about: names are compared once, not for every sum."""
    days: int
    known: dict[tuple[str, ...], Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, facts: Facts) -> Days:
        keys = facts.cells.drop_duplicates(STRATUM).sort_values(STRATUM, ignore_index=True)
        strata, days = pd.MultiIndex.from_frame(keys[STRATUM]), np.unique(facts.cells["day"].to_numpy())
        cells, own = (
            (
                strata.get_indexer(pd.MultiIndex.from_frame(rows[STRATUM])),
                np.searchsorted(days, rows["day"].to_numpy()),
            )
            for rows in (facts.cells, facts.own_sums)
        )
        codes, names = pd.factorize(facts.own_sums["brand"])
        return cls(facts, keys, cells, own, (codes, pd.Index(names)), len(days))

    @property
    def fitting(self) -> int:
        """How many brands' sums can be laid out at once."""
        return max(MOST // max(len(self.keys) * self.days, 1), 1)

    def strata(self, of: Metric, brands: Sequence[str], at_once: int) -> Iterator[Strata]:
        """The sums that a metric needs, so many brands at a time."""
        for eras, names in self._tracked_alike(brands, at_once):
            columns = (*of.columns, "answers")
            laid = {name: self._laid(name, eras, names) for name in columns}
            weights = self.facts.filters.weights if of.weighable else "answers"
            yield Strata(self.keys, names, laid, weights, self.known)

    def _tracked_alike(self, brands: Sequence[str], most: int) -> Iterator[tuple[int | None, Sequence[str]]]:
        """Brands that were tracked on the same days, at most so many at a time."""
        until = {brand.name: brand.eras for brand in self.facts.brands}
        for eras in dict.fromkeys(until.get(name) for name in brands):
            names = [name for name in brands if until.get(name) == eras]
            yield from ((eras, names[at : at + most]) for at in range(0, len(names), most))

    def _laid(self, name: str, eras: int | None, brands: Sequence[str]) -> Floats:
        """One sum, 0 where there is no row; of cells only while the brands were tracked."""
        shared = name in self.facts.cells
        rows = self.facts.cells if shared else self.facts.own_sums
        shape = (len(self.keys), self.days, 1 if shared else len(brands))
        kept, place = self._places(shared, eras, brands, shape)
        values = np.nan_to_num(rows[name].to_numpy(float)[kept])
        return np.bincount(place, values, int(np.prod(shape))).astype(float).reshape(shape)

    def _places(
        self, shared: bool, eras: int | None, brands: Sequence[str], shape: tuple[int, int, int]
    ) -> tuple[Codes, Codes]:
        """Which rows of the cells, or of their brands' sums, are laid out, and where."""
        asked = ("places", str(eras)) if shared else ("places", "", *brands)
        if asked not in self.known:
            stratum, day = self.cells if shared else self.own
            if shared:
                era = None if eras is None else self.facts.cells["era"].to_numpy()
                brand = np.zeros(len(stratum), np.intp)
                kept = np.arange(len(stratum)) if era is None else np.flatnonzero(era < eras)
            else:
                codes, names = self.brand
                brand = pd.Index(brands).get_indexer(names)[codes]
                kept = np.flatnonzero(brand >= 0)
            self.known[asked] = kept, np.ravel_multi_index((stratum[kept], day[kept], brand[kept]), shape)
        found: tuple[Codes, Codes] = self.known[asked]
        return found
