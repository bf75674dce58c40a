"""The offers of a selection in groups, added up by the database; what shares and concentrations are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from geo_tracker.metrics.dimensions import DIMENSIONS, SHELF_DIMENSIONS, TIMES
from geo_tracker.metrics.grouping import check_groups
from geo_tracker.metrics.records import Facts
from geo_tracker.metrics.shelf import Offered, Spread
from geo_tracker.queries.facts import dates, read_cells, read_table, with_prompts
from geo_tracker.queries.selection import selected
from geo_tracker.queries.times import time_of
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Brand, DailyCell, DailyShelf, Prompt

CELL = ("day", "prompt_id", "engine", "surface", "mode")
MOST = "answers_with_offers"
"""As many answers of a cell at most have an offer of any group."""


def read_offered(session: Session, facts: Facts, by: Sequence[str] = ()) -> Offered:
    """The offers of the facts' selection by any of `DIMENSIONS` and `SHELF_DIMENSIONS`.

    Raises `UsageError` for an unknown dimension.
    """
    check_groups(by, (*DIMENSIONS, *SHELF_DIMENSIONS))
    read = _Reader(session, facts, by)
    return Offered(facts, tuple(by), read.cells(), read.counted(), read.counted(read.brand()))


def read_spread(session: Session, facts: Facts, by: Sequence[str] = ("engine", "surface")) -> Spread:
    """How the offers of the facts' selection spread over platforms, by any of `DIMENSIONS`."""
    check_groups(by, DIMENSIONS)
    read = _Reader(session, facts, by, col(DailyShelf.platform) != "")
    on_platform = _Reader(session, facts, (*by, "platform"), col(DailyShelf.platform) != "")
    return Spread(tuple(by), read.cells(), on_platform.counted(), read.counted())


class _Reader:
    """Reads one selection's offers, those of which all of `chosen` is true, by one choice of groups."""

    def __init__(self, session: Session, facts: Facts, by: Sequence[str], *chosen: Any) -> None:
        self._session, self._facts, self._chosen = session, facts, chosen
        self._workspace = workspace_named(session, facts.filters.workspace)
        self._keys = tuple(name for name in by if name in (*TIMES, "engine"))
        self._parts = tuple(name for name in by if name in SHELF_DIMENSIONS)

    def cells(self) -> pd.DataFrame:
        sums = ("answers", "planned")
        return read_cells(self._session, self._workspace, self._facts.filters, self._keys, sums)

    def brand(self) -> Any:
        """The brand of an offer by id, 0 where it is none of the facts'."""
        tracked = [brand.name for brand in self._facts.brands]
        mine = (Brand.workspace_id == self._workspace.id, col(Brand.name).in_(tracked))
        ids = self._session.exec(select(Brand.id).where(*mine)).all()
        return sa.case((col(DailyShelf.brand_id).in_(ids), col(DailyShelf.brand_id)), else_=0)

    def counted(self, brand: Any = None) -> pd.DataFrame:
        """The sums of `Offered.whole`, or `Offered.own` where a brand is told by `brand`."""
        of_cell = self._of_cell(brand).subquery()
        keys = {name: of_cell.c[name] for name in ("prompt_id", "surface", "mode")}
        keys |= {name: self._key(of_cell, name) for name in self._keys}
        keys |= {
            name: of_cell.c[name] for name in (*self._parts, *(("brand_id",) if brand is not None else ()))
        }
        same = [getattr(DailyCell, name) == of_cell.c[name] for name in CELL]
        grouped = (
            sa.select(*(key.label(name) for name, key in keys.items()), *self._sums(of_cell))
            .join(DailyCell, sa.and_(col(DailyCell.workspace_id) == self._workspace.id, *same))
            .group_by(*keys.values())
        )
        found = read_table(self._session, grouped)
        texts = dict.fromkeys(self._parts, str)
        sums = dict.fromkeys(("offers", "official", "seen"), "float64")
        typed = found.astype({**dates(self._keys), **texts, **sums})
        named = typed if brand is None else self._named(typed)
        return with_prompts(self._session, self._workspace, named)

    def _of_cell(self, brand: Any) -> sa.Select[Any]:
        """The sums of each cell: an answer counts once for all its offers of a group."""
        columns = [getattr(DailyShelf, name) for name in (*CELL, *self._parts)]
        columns += [] if brand is None else [brand.label("brand_id")]
        sums = [func.sum(getattr(DailyShelf, name)).label(name) for name in ("offers", "official")]
        chosen = selected(DailyShelf, self._workspace, self._facts.filters)
        groups = [*columns[:-1], brand] if brand is not None else columns
        return sa.select(*columns, *sums).join(Prompt).where(*chosen, *self._chosen).group_by(*groups)

    def _key(self, of_cell: sa.Subquery, name: str) -> Any:
        return time_of(self._session, of_cell.c.day, name) if name in TIMES else of_cell.c[name]

    def _sums(self, of_cell: sa.Subquery) -> list[Any]:
        # An offer of two platforms counts half for each: rounding up takes halves to whole ones.
        answers, most = func.round(of_cell.c.offers + 0.25), getattr(DailyCell, MOST)
        seen = sa.case((answers < most, answers), else_=most)
        return [
            func.sum(x).label(name)
            for name, x in (("offers", of_cell.c.offers), ("official", of_cell.c.official), ("seen", seen))
        ]

    def _named(self, found: pd.DataFrame) -> pd.DataFrame:
        mine = select(Brand.id, Brand.name).where(Brand.workspace_id == self._workspace.id)
        names = dict(self._session.exec(mine).all())
        brand = pd.Series([names.get(id_, "") for id_ in found["brand_id"]], found.index, "str")
        return found.assign(brand=brand).drop(columns="brand_id")
