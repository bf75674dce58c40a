"""What two windows share, and why they may not be comparable. Rules: docs/metrics.md#comparable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geo_tracker.metrics.grouping import group_keys, grouped
from geo_tracker.metrics.records import Facts
from geo_tracker.metrics.strata import STRATUM

LEAST_SHARED = 0.8
"""Of the answers of either window; below it a difference is one of what was asked. Set in METRICS, 2026-11-26."""


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Two selections, and what both asked with success: strata with valid answers on both sides."""

    before: Facts
    after: Facts
    strata: pd.Index

    @classmethod
    def of(cls, before: Facts, after: Facts) -> Windows:
        first, last = (_valid(side) for side in (before, after))
        return cls(before, after, first.intersection(last, sort=False))

    def shared(self) -> tuple[Facts, Facts]:
        """Both sides over the shared strata only."""
        first, last = (side.where(self._keeps) for side in (self.before, self.after))
        return first, last

    def _keeps(self, rows: pd.DataFrame) -> Any:
        return pd.MultiIndex.from_frame(rows[STRATUM]).isin(self.strata)

    def notes(self, by: Sequence[str]) -> dict[tuple[str, ...], tuple[str, ...]]:
        """Of each group of the later window, why it may not be comparable."""
        sides = [_by_group(side, by) for side in (self.before, self.after)]
        return {key: tuple(self._reasons(*(side.get(key) for side in sides))) for key in sides[1]}

    def _reasons(self, before: pd.DataFrame | None, after: pd.DataFrame | None) -> Iterator[str]:
        if before is None or after is None or before.empty or after.empty:
            return
        if len({*self.before.rules, *self.after.rules}) > 1:
            yield "change.rules"
        for dimension in ("surface", "mode", "engine"):
            if {*before[dimension]} != {*after[dimension]}:
                yield f"change.{dimension}s"
        models = (self.before.models, self.after.models)
        engines = [*{*before["engine"]} & {*after["engine"]}]
        if any(
            all(engine in side for side in models) and models[0][engine] != models[1][engine]
            for engine in engines
        ):
            yield "change.models"
        if min(self._share(before), self._share(after)) < LEAST_SHARED:
            yield "change.shared"

    def _share(self, cells: pd.DataFrame) -> float:
        """Of the answers of a window, the part in shared strata."""
        return float(cells["answers"][self._keeps(cells)].sum() / cells["answers"].sum())


def comparability(before: Facts, after: Facts) -> tuple[str, ...]:
    """Why two windows may not be comparable: keys of the translations, empty if nothing speaks against it."""
    return Windows.of(before, after).notes(()).get((), ())


def _answered(facts: Facts) -> pd.DataFrame:
    answered: pd.DataFrame = facts.cells[facts.cells["answers"] > 0]
    return answered


def _valid(facts: Facts) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(_answered(facts)[STRATUM].drop_duplicates())


def _by_group(facts: Facts, by: Sequence[str]) -> dict[tuple[str, ...], pd.DataFrame]:
    """The cells with valid answers of each group."""
    cells = grouped(_answered(facts), by)
    rows: dict[tuple[str, ...], list[int]] = {}
    for row, key in enumerate(group_keys(cells, by)):
        rows.setdefault(key, []).append(row)
    return {key: cells.iloc[of] for key, of in rows.items()}
