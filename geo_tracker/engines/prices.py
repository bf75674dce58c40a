"""Cost estimates from a dated price table, for engines that report no cost. Never mixed with reported cost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from geo_tracker.engines._json import integer, object_at
from geo_tracker.engines.base import ParsedAnswer


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an answer's searches cost by list price: a lower bound, as tokens are not in it."""

    amount: float
    currency: str
    seen: str
    """When the price was read, ISO 8601."""


@cache
def price_table() -> Mapping[str, Any]:
    """The table as shipped: `engines/prices.json`."""
    table: Mapping[str, Any] = json.loads(
        files("geo_tracker.engines").joinpath("prices.json").read_text("utf-8")
    )
    return table


def estimated_cost(engine: str, answer: ParsedAnswer) -> Estimate | None:
    """The list price of the answer's searches.

    None where the engine reports the cost itself, has no row in the table, or does not say how often it searched.
    """
    row = price_table()["engines"].get(engine)
    if row is None or answer.cost is not None:
        return None
    *path, last = row.get("count") or [""]
    searches = integer(object_at(dict(answer.usage), *path).get(last)) or len(answer.queries)
    if not searches:
        return None
    return Estimate(searches * row["per_1000_searches"] / 1000, row["currency"], row["seen"])
