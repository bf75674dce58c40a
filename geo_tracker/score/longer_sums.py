"""Sums of brands by the week and by the month, made of those by day; what reads trends over long times."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, delete, func

from geo_tracker.metrics.dimensions import LONGER, first_of, last_of
from geo_tracker.metrics.sums import sums_of
from geo_tracker.storage.database import insert_new
from geo_tracker.storage.models import BY_TIME, DailyBrand, DailyCell, SummedTime, Workspace

KEY = ("prompt_id", "engine", "surface", "mode", "brand_id")


def lapse(session: Session, workspace: Workspace, days: Iterable[date]) -> None:
    """The weeks and months of some days are no longer what their days add up to, until `sum_up`."""
    for time, first in {(time, first_of(time, day)) for time in LONGER for day in days}:
        of = (*_mine(SummedTime, workspace, first), col(SummedTime.time) == time)
        session.exec(delete(SummedTime).where(*of))


def unsummed(session: Session, workspace: Workspace) -> list[tuple[str, date]]:
    """The weeks and months with days that are not added up, by their first days."""
    of = (col(DailyCell.workspace_id) == workspace.id,)
    days = session.connection().execute(sa.select(col(DailyCell.day)).where(*of).distinct()).scalars().all()
    wanted = {(time, first_of(time, day)) for time in LONGER for day in days}
    kept = sa.select(col(SummedTime.time), col(SummedTime.day)).where(
        col(SummedTime.workspace_id) == workspace.id
    )
    return sorted(wanted - {(time, day) for time, day in session.connection().execute(kept)})


def sum_up(session: Session, workspace: Workspace, time: str, first: date) -> None:
    """Add up the days of a week or month anew; call inside a writing transaction that has its turn."""
    table = BY_TIME[time]
    session.exec(delete(table).where(*_mine(table, workspace, first)))
    names = [each.name for each in sums_of("brand")]
    keys: list[Any] = [getattr(DailyBrand, name) for name in KEY]
    added = [func.sum(getattr(DailyBrand, name)) for name in names]
    days = col(DailyBrand.day).between(first, last_of(time, first))
    rows = sa.select(sa.literal(workspace.id), sa.literal(first, sa.Date), *keys, *added)
    rows = rows.where(col(DailyBrand.workspace_id) == workspace.id, days).group_by(*keys)
    into = sa.insert(table).from_select(["workspace_id", "day", *KEY, *names], rows)
    session.connection().execute(into)
    insert_new(session, SummedTime, [{"workspace_id": workspace.id, "time": time, "day": first}])


def _mine(table: Any, workspace: Workspace, first: date) -> tuple[Any, ...]:
    return col(table.workspace_id) == workspace.id, col(table.day) == first
