"""The shelf: who has which part of it, how concentrated it is, how far a brand comes; see docs/metrics.md#shelf."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from geo_tracker.metrics.clusters import brand_names, check_groups, clusters_of, grouped, number, verdict
from geo_tracker.metrics.definitions import Metric, metric
from geo_tracker.metrics.dimensions import DIMENSIONS, SHELF_DIMENSIONS
from geo_tracker.metrics.intervals import (
    Codes,
    Floats,
    divide,
    half_width,
    market_shares,
    ratios,
    spread_of,
)
from geo_tracker.metrics.measures import NOTHING, Measurement, measured_frame
from geo_tracker.metrics.records import Estimate, Facts, TrackedBrand
from geo_tracker.metrics.surfaces import shows_shelf

CELL = ["day", "prompt_id", "engine", "surface"]
SHELF_METRICS = (
    "trigger_rate",
    "trigger_rate_pages",
    "shelf_share",
    "win_rate",
    "official_store_share",
    "price_spread",
)
UNTRACKED = TrackedBrand("")
"""Of offers that are of no tracked brand; measurements give it as None."""
FUNNEL = {
    "retrieved": Metric("retrieved", "retrieved", "answers"),
    "cited": Metric("cited", "sourced", "answers"),
    "mentioned": Metric("mentioned", "mentioned", "answers"),
    "recommended": Metric("recommended", "recommended", "answers"),
    "shown": Metric("shown", "shown", "shelf_answers", ("shelf_answers",)),
    "clickable": Metric("clickable", "clickable", "shelf_answers", ("shelf_answers",)),
    "buyable": Metric("buyable", "buyable", "shelf_answers", ("shelf_answers",)),
}
"""The steps in order; each counts answers, and an answer may take a step without the one before."""
_LEAST = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """The offers of one selection beside its daily sums."""

    facts: Facts
    """Read by day and engine."""
    frame: pd.DataFrame
    """One row per cell (day x prompt x engine x surface) x brand x `SHELF_DIMENSIONS`, with the sums `offers`,
    `official`, `dead` and `unavailable`; `brand` is empty for an offer of no tracked brand."""
    labels: Mapping[str, str]
    """Platforms by name, as people call them."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a brand's funnel."""

    brand: str
    step: str
    estimate: Estimate
    """Share of the valid answers; `numerator` is how many took the step."""
    of_previous: float | None
    """As many as this part of the step before; above 1 where answers skip it."""
    surfaces: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """The step as one JSON object."""
        named = {"brand": self.brand, "step": self.step, "answers": int(self.estimate.numerator or 0)}
        return {**named, **asdict(self.estimate), "of_previous": self.of_previous, "surfaces": self.surfaces}


@dataclass(frozen=True, slots=True)
class Rung:
    """How near to paying an engine brings the buyers of a merchant."""

    engine: str
    surface: str
    platform: str
    merchant: str
    checkout: int
    """The highest rung seen."""
    offers: float
    """On that rung."""
    first: date
    last: date
    """Days on which that rung was seen."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Where an engine's offers lead."""

    engine: str
    surface: str
    platform: str
    merchant: str
    offers: float
    dead: float
    unavailable: float


def shares(shelf: Shelf, by: Sequence[str] = (), brands: Iterable[str] = ()) -> list[Measurement]:
    """Shelf share of every brand, and official-store share of the tracked ones, in every group that has offers.

    Groups may mix `DIMENSIONS` and `SHELF_DIMENSIONS`; the shares of a group, that of brand None included, add up to 1.
    """
    frame = _spread_out(shelf, by)
    tracked = brand_names(shelf.facts, [name for name in brands if name])
    names = _with_untracked(shelf.facts, brands)
    everyone = measured_frame(frame, by, [metric("shelf_share")], names)
    return [*everyone, *measured_frame(frame, by, [metric("official_store_share")], tracked)]


def _with_untracked(facts: Facts, chosen: Iterable[str]) -> list[str]:
    """The chosen brands, or all with the untracked, in the workspace's order."""
    return brand_names(replace(facts, brands=(*facts.brands, UNTRACKED)), chosen)


def _spread_out(shelf: Shelf, by: Sequence[str]) -> pd.DataFrame:
    """Sums of the offers in each group: a row per group x prompt x brand, zeros where there are none."""
    offers, cells = _with_groups(shelf, by)
    parts = [name for name in by if name in SHELF_DIMENSIONS]
    unit = list(dict.fromkeys([*(name for name in by if name in DIMENSIONS), "prompt_id", "surface"]))
    frame = cells.groupby(unit, as_index=False)[["answers", "planned"]].sum()
    groups = offers[list(by)].drop_duplicates() if by else pd.DataFrame(index=range(min(len(offers), 1)))
    shared = [name for name in unit if name in groups]
    frame = frame.merge(groups, on=shared) if shared else frame.merge(groups, how="cross")
    brands = pd.DataFrame({"brand": _with_untracked(shelf.facts, ())})
    frame = frame.merge(brands, how="cross")
    whole = _counted(offers, [*unit, *parts], {"offers": "offers_all", "seen": "answers_with_offers"})
    own = {"offers": "offers", "official": "offers_official", "seen": "shown"}
    for sums in (whole, _counted(offers, [*unit, *parts, "brand"], own)):
        frame = frame.merge(sums, how="left", on=[name for name in sums if name in frame])
    filled: pd.DataFrame = frame.fillna(0)
    return filled


def _with_groups(shelf: Shelf, by: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The offers with every dimension of `by`, and the cells of the selection, each once."""
    check_groups(by, (*DIMENSIONS, *SHELF_DIMENSIONS))
    cells = grouped(shelf.facts.cells, _plain(by))
    described = list(dict.fromkeys([*CELL, *_plain(by), "answers_with_offers"]))
    return shelf.frame.merge(cells[described], on=CELL), cells


def _plain(by: Sequence[str]) -> list[str]:
    return [name for name in by if name not in SHELF_DIMENSIONS]


def _counted(offers: pd.DataFrame, keys: Sequence[str], columns: Mapping[str, str]) -> pd.DataFrame:
    """Sums per `keys`; `seen` is how many answers at most have such an offer, taken cell by cell."""
    cell = list(dict.fromkeys([*CELL, *keys]))
    of_cell = offers.groupby([*cell, "answers_with_offers"], as_index=False)[["offers", "official"]].sum()
    most = np.minimum(np.ceil(of_cell["offers"] - _LEAST), of_cell["answers_with_offers"])
    summed: pd.DataFrame = of_cell.assign(seen=most).groupby(list(keys), as_index=False)[[*columns]].sum()
    return summed.rename(columns=dict(columns))


def concentration(shelf: Shelf, by: Sequence[str] = ("engine", "surface")) -> list[Measurement]:
    """Sum of the squared platform shares of the offers in every group: 1 = all on one platform.

    Offers whose platform is not known are left out; groups without any other are missing.
    """
    offers, cells = _with_groups(shelf, by)
    known = offers[offers["platform"] != ""].assign(all="")
    if known.empty:
        return []
    keys = list(by) or ["all"]
    table = known.pivot_table("offers", [*keys, "prompt_id"], "platform", "sum", fill_value=0)
    group = table.groupby(level=keys, sort=True).ngroup().to_numpy()
    of_group = known.groupby(keys)
    seen = _counted(known, keys, {"seen": "seen"})
    answers = cells.assign(all="").groupby(keys)[["answers", "planned"]].sum().loc[list(of_group.groups)]
    coverage = divide(answers["answers"], answers["planned"])
    found = herfindahl(table.to_numpy(float), group, seen["seen"].to_numpy(float), coverage)
    surfaces = of_group["surface"].unique()
    return [
        Measurement(_group(by, key), None, "platform_concentration", estimate, tuple(sorted(surfaces[key])))
        for key, estimate in zip(of_group.groups, found, strict=True)
    ]


def _group(by: Sequence[str], key: Any) -> dict[str, str]:
    values = key if isinstance(key, tuple) else (key,)
    dated = (value.strftime("%Y-%m-%d") if isinstance(value, pd.Timestamp) else value for value in values)
    return dict(zip(by, dated, strict=False))


def herfindahl(x: Floats, group: Codes, seen: Floats, coverage: Floats) -> Iterator[Estimate]:
    """One estimate per group from offers per prompt (rows) and platform (columns).

    The interval takes the index as linear in the prompts' sums. Where that shows no spread it follows from the
    interval of the largest share, L..U, because p_max squared <= index <= p_max.
    """
    total = np.zeros((len(seen), x.shape[1]))
    np.add.at(total, group, x)
    p, m, of_all = total / total.sum(1, keepdims=True), x.sum(1), total.sum(1)
    value, prompts = (p**2).sum(1), np.bincount(group)
    residual = (2 * p[group] * (x - p[group] * m[:, None])).sum(1) / of_all[group]
    half = half_width(spread_of(residual, group, prompts))
    of_largest = ratios(x[np.arange(len(x)), p.argmax(1)[group]], m, group, len(seen))
    largest = market_shares(of_largest.value, seen, seen**2 / prompts, of_largest.between)
    low = np.where(half > 0, np.clip(value - half, 0, 1), largest.low**2)
    high = np.where(half > 0, np.clip(value + half, 0, 1), largest.high)
    for row, n in enumerate(seen):
        yield Estimate(
            value=float(value[row]),
            n=int(n),
            low=number(low[row]),
            high=number(high[row]),
            market_low=number(low[row]),
            market_high=number(high[row]),
            scope="questions",
            numerator=float(value[row] * of_all[row]),
            denominator=float(of_all[row]),
            prompts=int(prompts[row]),
            coverage=number(coverage[row]),
            verdict=verdict(value[row], int(n), int(prompts[row])),
        )


def funnel(facts: Facts, brand: str) -> list[Step]:
    """How many answers bring a brand from being found to being bought.

    It rests on the surfaces that can show a shelf; where the selection has none, on the API, whose answers say
    nothing from `shown` on.
    """
    names = brand_names(facts, (brand,))
    shelved = _on_surfaces(facts, [name for name in facts.surfaces if shows_shelf(name)])
    of = facts if shelved.empty else shelved
    clusters = clusters_of(of, (), list(FUNNEL.values()), names)[True]
    surfaces, steps = of.surfaces, list[Step]()
    for name, of_step in FUNNEL.items():
        estimate = next(clusters.estimates(of_step, clusters.ratios(of_step)), NOTHING)
        count, before = estimate.numerator, steps[-1].estimate.numerator if steps else None
        part = count / before if count is not None and before and estimate.value is not None else None
        steps.append(Step(brand, name, estimate, part, surfaces))
    return steps


def _on_surfaces(facts: Facts, surfaces: Sequence[str]) -> Facts:
    return facts.where(lambda rows: rows["surface"].isin(surfaces))


_ROUTE = ["engine", "surface", "platform", "merchant"]


def ladder(shelf: Shelf) -> list[Rung]:
    """The highest rung of the checkout ladder per engine, platform and merchant; the highest first."""
    rungs = shelf.frame.assign(checkout=shelf.frame["checkout"].astype(int)).groupby(
        [*_ROUTE, "checkout"], as_index=False
    )
    summed = rungs.agg(offers=("offers", "sum"), first=("day", "min"), last=("day", "max"))
    top = summed.drop_duplicates(_ROUTE, keep="last")  # a route's rungs ascend
    ordered = top.sort_values(["checkout", "offers", *_ROUTE], ascending=[False, False, *[True] * 4])
    routes = ordered.drop(columns=["first", "last"]).itertuples(index=False)
    days = zip(ordered["first"].dt.date, ordered["last"].dt.date, strict=True)
    return [Rung(*(*route, *seen)) for route, seen in zip(routes, days, strict=True)]


def flows(shelf: Shelf) -> list[Flow]:
    """Offers per engine, platform and merchant, most first, and how many of them lead nowhere or are sold out."""
    rows = shelf.frame.groupby(_ROUTE, as_index=False)[["offers", "dead", "unavailable"]].sum()
    ordered = rows.sort_values(["offers", *_ROUTE], ascending=[False, *[True] * 4])
    return [Flow(*row) for row in ordered.itertuples(index=False)]
