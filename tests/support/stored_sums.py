"""Stored daily sums, added up in plain Python."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from geo_tracker.metrics.sums import sums_of
from geo_tracker.storage.database import reading
from geo_tracker.storage.models import Brand, DailyBrand, DailyCell


def daily(engine: sa.Engine, brand: str, **where: Any) -> SimpleNamespace:
    """All daily sums of a brand and of the cells, of rows with these values; 0 where the brand has no row."""
    with reading(engine) as session:
        own = (
            select(DailyBrand)
            .join(Brand, col(Brand.id) == col(DailyBrand.brand_id))
            .where(Brand.name == brand)
        )
        cells, brands = session.exec(select(DailyCell)).all(), session.exec(own).all()
    found: dict[str, float] = {}
    for rows, sums in ((cells, sums_of("cell")), (brands, sums_of("brand"))):
        chosen = [row for row in rows if all(getattr(row, name) == value for name, value in where.items())]
        found |= {each.name: sum(getattr(row, each.name) for row in chosen) for each in sums}
    return SimpleNamespace(**found)
