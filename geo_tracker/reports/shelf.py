"""The shelf of a selection, measured: what the exports and the command show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlmodel import Session

from geo_tracker.metrics.measures import Measurement, measurements
from geo_tracker.metrics.records import Facts
from geo_tracker.metrics.shelf import (
    SHELF_METRICS,
    Flow,
    Rung,
    Shelf,
    Step,
    concentration,
    flows,
    funnels,
    ladder,
    shares,
)
from geo_tracker.queries.offered import read_offered, read_spread
from geo_tracker.queries.shelf import Price, ShownOffer, read_offers, read_prices, read_shelf

GROUPS = (("placement",), ("platform",), ("merchant",))
"""What the exports show shares by."""


@dataclass(frozen=True, slots=True, eq=False)
class ShelfReport:
    """One selection's shelf."""

    shelf: Shelf
    metrics: list[Measurement]
    """The shelf's metrics over the whole selection, and the trigger rate per engine and surface."""
    shares: dict[tuple[str, ...], list[Measurement]]
    """By what they are grouped by."""
    concentration: list[Measurement]
    funnels: list[Step]
    prices: list[Price]
    ladder: list[Rung]
    flows: list[Flow]
    offers: list[ShownOffer]


def build_shelf(
    session: Session,
    facts: Facts,
    by: Iterable[Sequence[str]] = GROUPS,
    brands: Sequence[str] = (),
    offers: int | None = None,
) -> ShelfReport:
    """Measure the shelf of a selection; `brands` are all by default, `offers` bounds the list of products."""
    shelf = read_shelf(session, facts)
    return ShelfReport(
        shelf=shelf,
        metrics=[
            *measurements(facts, (), SHELF_METRICS, brands),
            *measurements(facts, ("engine", "surface"), ("trigger_rate",)),
        ],
        shares={tuple(group): shares(read_offered(session, facts, group), brands) for group in by},
        concentration=concentration(read_spread(session, facts)),
        funnels=funnels(facts, brands),
        prices=read_prices(session, facts.filters),
        ladder=ladder(shelf),
        flows=flows(shelf),
        offers=read_offers(session, facts.filters, limit=offers),
    )


def shelf_records(report: ShelfReport) -> Iterator[dict[str, Any]]:
    """Everything as JSON objects that say their `kind`; docs/commerce.md describes them."""
    grouped = [row for rows in report.shares.values() for row in rows]
    measured = (("metric", report.metrics), ("share", grouped), ("hhi", report.concentration))
    for kind, rows in measured:
        yield from ({"kind": kind, **row.record()} for row in rows)
    yield from ({"kind": "funnel", **step.record()} for step in report.funnels)
    listed: dict[str, Sequence[Price | Rung | Flow | ShownOffer]] = {
        "price": report.prices,
        "checkout": report.ladder,
        "flow": report.flows,
        "offer": report.offers,
    }
    for kind, found in listed.items():
        yield from ({"kind": kind, **asdict(row)} for row in found)
