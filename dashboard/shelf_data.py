"""What the page Shelf reads, kept as in `dashboard.data`."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import data
from dashboard.caching import kept, reading_run, shared
from geo_tracker.metrics.measures import Measurement
from geo_tracker.metrics.shelf import Shelf, concentration, shares
from geo_tracker.queries.facts import Selection
from geo_tracker.queries.offered import read_offered, read_spread
from geo_tracker.queries.shelf import Price, ShownOffer, read_offers, read_prices, read_shelf


@shared(20)
def shelf(url: str, filters: Selection) -> Shelf:
    """Shared by all readers: never change it."""
    with reading_run(url) as session:
        return read_shelf(session, data.facts(url, filters))


@kept(100)
def shelf_shares(url: str, filters: Selection, by: Sequence[str]) -> list[Measurement]:
    with reading_run(url) as session:
        return shares(read_offered(session, data.facts(url, filters), by))


@kept(50)
def shelf_concentration(url: str, filters: Selection) -> list[Measurement]:
    with reading_run(url) as session:
        return concentration(read_spread(session, data.facts(url, filters)))


@kept(50)
def prices(url: str, filters: Selection) -> list[Price]:
    with reading_run(url) as session:
        return read_prices(session, filters)


@kept(100)
def offers(
    url: str, filters: Selection, *, brand: str | None = None, broken: bool = False, limit: int | None = None
) -> list[ShownOffer]:
    with reading_run(url) as session:
        return read_offers(session, filters, brand=brand, broken=broken, limit=limit)
