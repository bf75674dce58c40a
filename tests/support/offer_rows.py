"""Offers of cells, added up in pandas as the queries add them up in SQL, for tests of the shelf's numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from geo_tracker.metrics.dimensions import SHELF_DIMENSIONS
from geo_tracker.metrics.grouping import grouped
from geo_tracker.metrics.measures import Measurement
from geo_tracker.metrics.records import Facts
from geo_tracker.metrics.shelf import Offered, Shelf, Spread, concentration, shares

CELL = ["day", "prompt_id", "engine", "surface", "mode"]
ROUTE = ["engine", "surface", "platform", "merchant", "checkout"]


@dataclass
class Rows:
    """One row per cell x brand x `SHELF_DIMENSIONS`, with the sums `offers`, `official`, `dead` and `unavailable`."""

    facts: Facts
    """By day and engine."""
    frame: pd.DataFrame

    @property
    def shelf(self) -> Shelf:
        frame = self.frame.assign(checkout=self.frame["checkout"].astype("int64"))
        of = {name: (name, "sum") for name in ("offers", "dead", "unavailable")}
        routes = frame.groupby(ROUTE, as_index=False).agg(**of, first=("day", "min"), last=("day", "max"))
        return Shelf(self.facts, routes, {})

    def offered(self, by: Sequence[str] = ()) -> Offered:
        return Offered(
            self.facts,
            tuple(by),
            self.cells(by),
            self.counted(self.frame, by),
            self.counted(self.frame, by, "brand"),
        )

    def spread(self, by: Sequence[str] = ("engine", "surface")) -> Spread:
        known = self.frame[self.frame["platform"] != ""]
        return Spread(
            tuple(by), self.cells(by), self.counted(known, (*by, "platform")), self.counted(known, by)
        )

    def shares(self, by: Sequence[str] = (), brands: Sequence[str] = ()) -> list[Measurement]:
        return shares(self.offered(by), brands)

    def concentration(self, by: Sequence[str] = ("engine", "surface")) -> list[Measurement]:
        return concentration(self.spread(by))

    def cells(self, by: Sequence[str]) -> pd.DataFrame:
        return grouped(self.facts.cells, [name for name in by if name not in SHELF_DIMENSIONS])

    def counted(self, frame: pd.DataFrame, by: Sequence[str], *more: str) -> pd.DataFrame:
        """The sums per group; an answer counts once for all its offers in a cell."""
        plain = [name for name in by if name not in SHELF_DIMENSIONS]
        described = self.cells(by)[list(dict.fromkeys([*CELL, *plain, "answers_with_offers"]))]
        keys = list(dict.fromkeys(["prompt_id", "surface", *by, *more]))
        merged = frame.merge(described, on=CELL)
        cell = [*dict.fromkeys([*CELL, *keys]), "answers_with_offers"]
        added = merged.groupby(cell, as_index=False)[["offers", "official"]].sum()
        pairs = zip(added["offers"], added["answers_with_offers"], strict=True)
        seen = [min(math.ceil(offers - 1e-9), answers) for offers, answers in pairs]
        counted: pd.DataFrame = (
            added.assign(seen=pd.Series(seen, dtype="float64")).groupby(keys, as_index=False)[
                ["offers", "official", "seen"]
            ]
        ).sum()
        return counted
