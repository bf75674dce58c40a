"""Weeks and months that were added up, with the days around them, are what all days add up to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, col, delete, func, select, update

from geo_tracker.metrics.dimensions import LONGER, first_of, last_of
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.facts import read_facts
from geo_tracker.queries.times import read_split
from geo_tracker.score.longer_sums import sum_up, unsummed
from geo_tracker.score.rollup import roll_up
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import BY_TIME, Answer, Brand, DailyBrand, SummedTime
from geo_tracker.workspaces.brands import Brands
from tests.support import oracle
from tests.support.daily_rows import BRANDS, Cell, database, sums

FIRST, LAST = date(2026, 1, 28), date(2026, 5, 5)
"""A Wednesday and a Tuesday."""
ARCHIVED = date(2026, 3, 19)
"""A Thursday; rows of the third brand lie on the days after it, as an earlier roll-up leaves them."""
ENGINES = ("doubao", "kimi")
CELLS = [
    Cell(2 + at % 3, 9, (1 + at % 5, at % 3, 2), ENGINES[at % 2], day=FIRST + timedelta(days=at))
    for at in range((LAST - FIRST).days + 1)
    if at % 11
]
"""Every eleventh day has none, so that weeks have holes."""
DAYS = st.dates(FIRST - timedelta(days=9), LAST + timedelta(days=9))


@pytest.fixture(scope="module")
def engine() -> Iterator[sa.Engine]:
    made = database(CELLS, timezone="Asia/Shanghai")
    with Session(made) as session:
        gone = datetime(ARCHIVED.year, ARCHIVED.month, ARCHIVED.day, 9, tzinfo=UTC)
        session.exec(update(Brand).where(col(Brand.id) == 3).values(archived_at=gone))
        session.commit()
    yield made
    made.dispose()


def add_up(session: Session) -> None:
    workspace = workspace_named(session, "demo")
    for time, first in unsummed(session, workspace):
        sum_up(session, workspace, time, first)


def truth(time: str, start: date | None, end: date | None, name: str) -> dict[Any, float]:
    found: dict[Any, float] = defaultdict(float)
    for cell in CELLS:
        if (start or cell.day) <= cell.day <= (end or cell.day):
            for brand, called in enumerate(BRANDS):
                if cell.mentioned[brand] and (brand < 2 or cell.day < ARCHIVED):
                    found[first_of(time, cell.day), cell.engine, called] += sums(cell, brand)[name]
    return dict(found)


def read(session: Session, filters: Selection, time: str, name: str) -> dict[Any, float]:
    own = read_facts(session, filters, (time, "engine"), ("mention_rate", "share_of_voice")).own_sums
    found: dict[Any, float] = defaultdict(float)
    for row in own.itertuples():
        found[getattr(row, time).date(), row.engine, row.brand] += getattr(row, name)
    return dict(found)


@given(
    time=st.sampled_from(LONGER),
    start=st.none() | DAYS,
    end=st.none() | DAYS,
    lapsed=st.sets(st.integers(0, 19)),
)
def test_weeks_and_months_with_the_days_around_them_are_what_all_days_add_up_to(
    engine: sa.Engine, time: str, start: date | None, end: date | None, lapsed: set[int]
) -> None:
    with Session(engine) as session:
        add_up(session)
        for at, mark in enumerate(session.exec(select(SummedTime).order_by(col(SummedTime.day))).all()):
            if at in lapsed:  # as a roll-up leaves them: sums that no longer are those of their days
                stale = BY_TIME[mark.time]
                session.exec(update(stale).where(stale.day == mark.day).values(mentioned=999))
                session.delete(mark)
        session.flush()
        filters = Selection("demo", start, end, branded=True)
        assert read(session, filters, time, "mentioned") == truth(time, start, end, "mentioned")
        session.rollback()


@pytest.mark.parametrize(
    ("start", "end", "whole", "ranges"),
    [
        (None, None, ("2026-01-26", "2026-05-04"), ["2026-03-16 2026-03-22"]),
        ("2026-02-02", "2026-02-15", ("2026-02-02", "2026-02-09"), []),
        (
            *("2026-02-03", "2026-02-15", ("2026-02-09", "2026-02-09")),
            ["2026-02-03 2026-02-08"],
        ),
        (
            *("2026-02-02", "2026-02-14", ("2026-02-02", "2026-02-02")),
            ["2026-02-09 2026-02-14"],
        ),
    ],
)
def test_whole_weeks_are_read_as_they_were_added_up(
    engine: sa.Engine, start: str | None, end: str | None, whole: tuple[str, str], ranges: list[str]
) -> None:
    days = (each and date.fromisoformat(each) for each in (start, end))
    with Session(engine) as session:
        add_up(session)
        filters = Selection("demo", *days, branded=True)
        facts = read_facts(session, filters, ("week",), ("mention_rate",))
        found = read_split(session, workspace_named(session, "demo"), facts, "week", (ARCHIVED,))
        session.rollback()
    assert (str(found.whole[0]), str(found.whole[-1])) == whole
    assert [f"{first} {last}" for first, last in found.ranges] == ranges


def test_before_the_first_adding_up_days_are_read(engine: sa.Engine) -> None:
    with Session(engine) as session:
        assert read(session, Selection("demo", branded=True), "month", "mentions") == truth(
            "month", None, None, "mentions"
        )


def test_a_week_ends_on_sunday_and_a_month_on_its_last_day() -> None:
    assert (first_of("week", date(2026, 3, 1)), last_of("week", date(2026, 3, 1))) == (
        date(2026, 2, 23),
        date(2026, 3, 1),
    )
    assert last_of("month", date(2028, 2, 11)) == date(2028, 2, 29)
    assert last_of("month", date(2026, 12, 31)) == date(2026, 12, 31)


def test_a_day_that_is_rolled_up_again_makes_its_week_and_month_lapse_until_they_are_added_up(
    engine: sa.Engine,
) -> None:
    made = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    SummedTime.metadata.create_all(made)
    oracle.store(made, oracle.draw(3, repeats=1))
    with Session(made) as session:
        workspace = workspace_named(session, "w")
        assert unsummed(session, workspace) == []
        day = max(oracle.DAYS)
        session.exec(delete(Answer).where(col(Answer.day) == day))
        roll_up(session, workspace, [day], Brands(session, workspace))
        assert set(unsummed(session, workspace)) <= {(time, first_of(time, day)) for time in LONGER}
        weeks = read_facts(session, Selection("w", branded=True), ("week",)).own_sums
        assert weeks["mentions"].sum() == total(session, DailyBrand)
        for time, first in unsummed(session, workspace):
            sum_up(session, workspace, time, first)
        assert (
            total(session, BY_TIME["week"]) == total(session, BY_TIME["month"]) == total(session, DailyBrand)
        )


def total(session: Session, table: Any) -> int:
    return int(session.exec(select(func.sum(table.mentions))).one())
