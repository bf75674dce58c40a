"""The shelf inside the answers."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from sqlmodel import Session

from geo_tracker.api.reads.base import MOST_ROWS, Read, Result, Selected, Words, about_facts
from geo_tracker.api.reads.metrics import Value
from geo_tracker.metrics.clusters import brand_names
from geo_tracker.metrics.dimensions import DIMENSIONS, SHELF_DIMENSIONS, TIMES
from geo_tracker.metrics.grouping import check_groups
from geo_tracker.metrics.shelf import SHELF_SUMS, Flow, Rung, Step
from geo_tracker.queries.facts import read_facts
from geo_tracker.queries.shelf import Price, ShownOffer
from geo_tracker.reports.shelf import build_shelf

GROUPS = (*SHELF_DIMENSIONS, *(name for name in DIMENSIONS if name not in TIMES))


class ShelfQuery(Selected):
    """Options of `shelf`."""

    by: Words = Field(default=["placement"], description=f"Shares by any of {', '.join(GROUPS)}.")
    brand: Words = Field(default_factory=list, description="Tracked brands; all without it.")
    limit: int = Field(50, ge=0, le=MOST_ROWS, description="Rows of each long list: prices, flows, products.")


class ShelfResult(Result):
    """Everything that the shelf page shows."""

    metrics: list[Value]
    """Trigger rate, shelf share, win rate, official stores, price spread."""
    shares: list[Value]
    """Shares of all offers; no brand: offers of no tracked one."""
    concentration: list[Value]
    """Sum of the squared shares of platforms."""
    funnel: list[Step]
    prices: list[Price]
    checkout: list[Rung]
    flows: list[Flow]
    offers: list[ShownOffer]
    """Products, newest first."""


class Shelf(Read):
    """Whose products answers offer, where, in whose store, at what price and how near to paying."""

    name = path = "shelf"
    query = ShelfQuery
    result = ShelfResult
    untrusted = (
        *("prices.merchant", "flows.merchant", "offers.title", "offers.merchant"),
        *("offers.url", "offers.final_url", "offers.image", "shares.group"),
    )

    @classmethod
    def read(cls, session: Session, slug: str, query: Any) -> ShelfResult:
        check_groups(query.by, GROUPS)
        facts = read_facts(session, query.selection(session, slug), metrics=SHELF_SUMS)
        brands = brand_names(facts, query.brand) if query.brand else ()
        shelf = build_shelf(
            session, facts, (tuple(dict.fromkeys(query.by)),), tuple(brands), offers=query.limit
        )
        (shares,) = shelf.shares.values()
        return ShelfResult(
            about=about_facts(facts),
            metrics=Value.of(shelf.metrics),
            shares=Value.of(shares),
            concentration=Value.of(shelf.concentration),
            funnel=shelf.funnels,
            prices=shelf.prices[: query.limit],
            checkout=shelf.ladder,
            flows=shelf.flows[: query.limit],
            offers=shelf.offers,
        )
