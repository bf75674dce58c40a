"""Who works on a planned row: leases that a killed process gives back at once and a lost host after a while."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import TypeVar

import psutil
import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select, update

from geo_tracker.storage.models import Answer, Page, PageStatus

LEASE = timedelta(minutes=15)

Row = TypeVar("Row", Answer, Page)


@cache
def owner() -> str:
    """This process: host, process id and start time, so that a reused id is not mistaken for it."""
    return f"{socket.gethostname()}/{os.getpid()}/{psutil.Process().create_time():.2f}"


def claim(
    session: Session, table: type[Row], wanted: Sequence[sa.ColumnElement[bool]], limit: int, now: datetime
) -> list[Row]:
    """Take up to `limit` of the wanted rows that no living process holds; call inside a writing transaction."""
    rows = _take(session, table, wanted, limit, now)
    if len(rows) < limit and release_dead(session, table):
        rows += _take(session, table, wanted, limit - len(rows), now)
    return rows


def _take(
    session: Session, table: type[Row], wanted: Sequence[sa.ColumnElement[bool]], limit: int, now: datetime
) -> list[Row]:
    free = sa.or_(col(table.claimed_until).is_(None), col(table.claimed_until) < now)
    statement = select(table).where(free, *wanted).order_by(col(table.id)).limit(limit)
    rows = list(session.exec(statement.with_for_update(skip_locked=True)).all())
    mine = owner()
    for row in rows:
        row.claimed_by, row.claimed_until = mine, now + LEASE
        session.add(row)
    session.flush()
    return rows


def claim_in_turn(session: Session) -> None:
    """Wait until no other process claims pages, and keep them waiting until the commit: see `held_elsewhere`."""
    if session.get_bind().dialect.name == "postgresql":  # SQLite's writers take turns by themselves
        session.connection().execute(sa.text("SELECT pg_advisory_xact_lock(7364502)"))


def held_elsewhere(now: datetime) -> sa.ColumnElement[bool]:
    """Pages of a domain that another process is at: a site is to meet one polite crawler, not one a worker."""
    other = aliased(Page)
    held = (col(other.claimed_until) > now, col(other.claimed_by) != owner())
    return select(other.id).where(col(other.domain) == col(Page.domain), *held).exists()


def renew(session: Session, table: type[Answer] | type[Page], now: datetime) -> None:
    """Prolong the leases of this process."""
    held = (*_claimed(table), col(table.claimed_by) == owner())
    session.exec(update(table).where(*held).values(claimed_until=now + LEASE))


def release_own(session: Session, table: type[Answer] | type[Page]) -> None:
    """Give back what this process holds and did not finish."""
    held = (*_claimed(table), col(table.claimed_by) == owner())
    session.exec(update(table).where(*held).values(claimed_by=None, claimed_until=None))


def release_dead(session: Session, table: type[Answer] | type[Page]) -> int:
    """Free what processes of this host left behind when they died; returns the number of rows."""
    owners = session.exec(select(table.claimed_by).where(*_claimed(table)).distinct()).all()
    dead = [name for name in owners if name and _is_dead(name)]
    if not dead:
        return 0
    freed = (
        update(table)
        .where(*_claimed(table), col(table.claimed_by).in_(dead))
        .values(claimed_by=None, claimed_until=None)
    )
    return session.exec(freed).rowcount


def _claimed(table: type[Answer] | type[Page]) -> tuple[sa.ColumnElement[bool], ...]:
    """Rows that are held. All statuses of a page are named for the index: one that was fetched is asked for again."""
    statuses = ["planned"] if table is Answer else list(PageStatus)
    return col(table.status).in_(statuses), col(table.claimed_until).is_not(None)


def _is_dead(name: str) -> bool:
    host, pid, started = name.rsplit("/", 2)
    if host != socket.gethostname():
        return False
    try:
        return f"{psutil.Process(int(pid)).create_time():.2f}" != started
    except psutil.NoSuchProcess:
        return True
