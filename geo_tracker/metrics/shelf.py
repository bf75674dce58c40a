"""The shelf: who has which part of it, how concentrated it is, how far a brand comes; see docs/metrics.md#shelf."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from geo_tracker.metrics.clusters import brand_names, clusters_of, number, verdict
from geo_tracker.metrics.definitions import Metric, metric
from geo_tracker.metrics.dimensions import SHELF_DIMENSIONS
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
SHELF_SUMS = (*map(metric, SHELF_METRICS), *FUNNEL.values())
"""What the numbers of the shelf need of a selection's facts."""


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """Where the offers of one selection lead, beside its daily sums."""

    facts: Facts
    routes: pd.DataFrame
    """One row per engine x surface x platform x merchant x checkout: the sums `offers`, `dead` and `unavailable`, and
    the days `first` and `last`."""
    labels: Mapping[str, str]
    """Platforms by name, as people call them."""

    @property
    def empty(self) -> bool:
        """Whether nothing is offered."""
        return self.routes.empty


@dataclass(frozen=True, slots=True, eq=False)
class Offered:
    """The offers of one selection in groups, added up over its days."""

    facts: Facts
    by: tuple[str, ...]
    """Any of `DIMENSIONS` and `SHELF_DIMENSIONS`."""
    cells: pd.DataFrame
    """`answers` and `planned`, by `prompt_id`, `surface` and what else of `by` is no dimension of the shelf."""
    whole: pd.DataFrame
    """`offers`, `official` and `seen` by the same and the shelf's dimensions of `by`; `seen` is how many answers at
    most have such an offer, taken cell by cell (day x prompt x engine x surface x mode)."""
    own: pd.DataFrame
    """The same of each `brand`; it is empty for an offer of no tracked one."""


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """How the offers of one selection spread over platforms; those whose platform is not known are left out."""

    by: tuple[str, ...]
    cells: pd.DataFrame
    """As `Offered.cells`."""
    offers: pd.DataFrame
    """`offers` by the same and `platform`."""
    whole: pd.DataFrame
    """As `Offered.whole`."""


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


def shares(of: Offered, brands: Iterable[str] = ()) -> list[Measurement]:
    """Shelf share of every brand, and official-store share of the tracked ones, in every group that has offers.

    The shares of a group, that of brand None included, add up to 1.
    """
    frame = _spread_out(of)
    tracked = brand_names(of.facts, [name for name in brands if name])
    names = _with_untracked(of.facts, brands)
    everyone = measured_frame(frame, of.by, [metric("shelf_share")], names)
    return [*everyone, *measured_frame(frame, of.by, [metric("official_store_share")], tracked)]


def _with_untracked(facts: Facts, chosen: Iterable[str]) -> list[str]:
    """The chosen brands, or all with the untracked, in the workspace's order."""
    return brand_names(replace(facts, brands=(*facts.brands, UNTRACKED)), chosen)


def _spread_out(of: Offered) -> pd.DataFrame:
    """Sums of the offers in each group: a row per group x prompt x brand, zeros where there are none."""
    by = list(of.by)
    unit = list(
        dict.fromkeys([*(name for name in by if name not in SHELF_DIMENSIONS), "prompt_id", "surface"])
    )
    keys = list(dict.fromkeys([*unit, *by]))
    frame = of.cells.groupby(unit, as_index=False)[["answers", "planned"]].sum()
    groups = of.whole[by].drop_duplicates() if by else pd.DataFrame(index=range(min(len(of.whole), 1)))
    shared = [name for name in unit if name in groups]
    frame = frame.merge(groups, on=shared) if shared else frame.merge(groups, how="cross")
    brands = pd.DataFrame({"brand": _with_untracked(of.facts, ())})
    frame = frame.merge(brands, how="cross")
    whole = _summed(of.whole, keys, {"offers": "offers_all", "seen": "answers_with_offers"})
    own = {"offers": "offers", "official": "offers_official", "seen": "shown"}
    for sums in (whole, _summed(of.own, [*keys, "brand"], own)):
        frame = frame.merge(sums, how="left", on=[name for name in sums if name in frame])
    filled: pd.DataFrame = frame.fillna(0)
    return filled


def _summed(offers: pd.DataFrame, keys: Sequence[str], columns: Mapping[str, str]) -> pd.DataFrame:
    added: pd.DataFrame = offers.groupby(list(keys), as_index=False)[[*columns]].sum()
    return added.rename(columns=dict(columns))


def concentration(of: Spread) -> list[Measurement]:
    """Sum of the squared platform shares of the offers in every group: 1 = all on one platform.

    Groups without an offer on a known platform are missing.
    """
    offers, keys = of.offers.assign(all=""), list(of.by) or ["all"]
    if offers.empty:
        return []
    table = offers.pivot_table("offers", [*keys, "prompt_id"], "platform", "sum", fill_value=0)
    group = table.groupby(level=keys, sort=True).ngroup().to_numpy()
    by = keys if len(keys) > 1 else keys[0]
    of_group = offers.groupby(by)
    seen = of.whole.assign(all="").groupby(by)["seen"].sum()
    answers = of.cells.assign(all="").groupby(by)[["answers", "planned"]].sum().loc[list(of_group.groups)]
    coverage = divide(answers["answers"], answers["planned"])
    found = herfindahl(table.to_numpy(float), group, seen.to_numpy(float), coverage)
    surfaces = of_group["surface"].unique()
    return [
        Measurement(
            _group(of.by, key), None, "platform_concentration", estimate, tuple(sorted(surfaces[key]))
        )
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
    return funnels(facts, (brand,))


def funnels(facts: Facts, brands: Iterable[str] = ()) -> list[Step]:
    """The funnel of each brand, all by default, one after the other."""
    names = brand_names(facts, brands)
    with_shelf = _on_surfaces(facts, [name for name in facts.surfaces if shows_shelf(name)])
    of = facts if with_shelf.empty else with_shelf
    clusters = clusters_of(of, (), list(FUNNEL.values()), names)[True]
    found = {
        name: dict(zip(clusters.keys(), clusters.estimates(step, clusters.ratios(step)), strict=True))
        for name, step in FUNNEL.items()
    }
    of_brand = ({name: found[name].get(((), brand), NOTHING) for name in FUNNEL} for brand in names)
    return [
        step
        for brand, steps in zip(names, of_brand, strict=True)
        for step in _steps(brand, steps, of.surfaces)
    ]


def _steps(brand: str, estimates: Mapping[str, Estimate], surfaces: tuple[str, ...]) -> Iterator[Step]:
    before = None
    for name, estimate in estimates.items():
        count = estimate.numerator
        part = count / before if count is not None and before and estimate.value is not None else None
        yield Step(brand, name, estimate, part, surfaces)
        before = count


def _on_surfaces(facts: Facts, surfaces: Sequence[str]) -> Facts:
    return facts.where(lambda rows: rows["surface"].isin(surfaces))


_ROUTE = ["engine", "surface", "platform", "merchant"]


def ladder(shelf: Shelf) -> list[Rung]:
    """The highest rung of the checkout ladder per engine, platform and merchant; the highest first."""
    rungs = shelf.routes.sort_values([*_ROUTE, "checkout"])
    top = rungs.drop_duplicates(_ROUTE, keep="last")
    ordered = top.sort_values(["checkout", "offers", *_ROUTE], ascending=[False, False, *[True] * 4])
    routes = ordered[[*_ROUTE, "checkout", "offers"]].itertuples(index=False)
    days = zip(ordered["first"].dt.date, ordered["last"].dt.date, strict=True)
    return [Rung(*(*route, *seen)) for route, seen in zip(routes, days, strict=True)]


def flows(shelf: Shelf) -> list[Flow]:
    """Offers per engine, platform and merchant, most first, and how many of them lead nowhere or are sold out."""
    rows = shelf.routes.groupby(_ROUTE, as_index=False)[["offers", "dead", "unavailable"]].sum()
    ordered = rows.sort_values(["offers", *_ROUTE], ascending=[False, *[True] * 4])
    return [Flow(*row) for row in ordered.itertuples(index=False)]
