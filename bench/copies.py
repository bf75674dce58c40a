"""More answers than importing has time for: the scored answers of a database once more on other days, in SQL.

Everything that belongs to an answer is copied with it, and the daily sums are added up from those of the days that
were copied, which is what rolling up the copies would give; reads cannot tell them from imported ones. The archive is
left as it is: a copy's bodies are those of its original.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel, col

from geo_tracker.metrics.sums import sums_of
from geo_tracker.storage.database import open_engine
from geo_tracker.storage.models import (
    Answer,
    Body,
    Citation,
    DailyBrand,
    DailyCell,
    DailyShelf,
    Discovery,
    Mention,
    Offer,
    Score,
    SearchQuery,
    Stratum,
    SummedTime,
)

OF_ANSWERS: tuple[type[SQLModel], ...] = (Body, SearchQuery, Citation, Mention, Discovery, Score, Offer)
NUMBERED = (Answer, Body, SearchQuery, Citation, Mention, Offer, DailyShelf)
"""Tables whose ids a sequence of PostgreSQL gives."""
SHELF_SUMS = ("offers", "official", "dead", "unavailable")
SHIFT = 19
"""Days between a copy and the next: with `bench.history` another engine's turn on every prompt."""
MOVES = sa.Table(
    *("moved", sa.MetaData()),
    sa.Column("copy", sa.Integer),
    sa.Column("day", sa.Date),
    sa.Column("onto", sa.Date),
    sa.Column("asked", sa.DateTime(timezone=True)),
    prefixes=["TEMPORARY"],
)
"""The day that each copy of a day's answers stands on; copy 0 is the original."""


def copy_answers(database: str, first: date, days: int, times: int) -> None:
    """Have every answer so many times, on the days of a history that goes on at its start."""
    engine = open_engine(database)
    with engine.execution_options(writing=True).begin() as connection:
        MOVES.create(connection)
        connection.execute(sa.insert(MOVES), _moves(first, days, times))
        _add_up(connection, DailyCell, [each.name for each in sums_of("cell")])
        _add_up(connection, DailyBrand, [each.name for each in sums_of("brand")])
        _add_up(connection, DailyShelf, SHELF_SUMS)
        connection.execute(sa.delete(SummedTime))  # `score` adds weeks and months up anew
        counted = {name: getattr(Stratum, name) * times for name in ("planned", "answers")}
        connection.execute(sa.update(Stratum).values(counted))
        last = connection.execute(sa.select(sa.func.max(Answer.id))).scalar_one()
        _copy_answers(connection, last)
        for table in OF_ANSWERS:
            _copy(connection, table, last)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    engine.dispose()


def _moves(first: date, days: int, times: int) -> list[dict[str, Any]]:
    return [
        {"copy": copy, "day": first + timedelta(day), "onto": onto, "asked": datetime.combine(onto, time(8))}
        for copy in range(times)
        for day in range(days)
        for onto in [first + timedelta((day + copy * SHIFT) % days)]
    ]


def _copy_answers(connection: sa.Connection, last: int) -> None:
    copy = MOVES.c.copy
    other = {
        "id": col(Answer.id) + copy * last,
        "day": MOVES.c.onto,
        "asked_at": MOVES.c.asked,
        "key": col(Answer.key) + sa.literal("~") + sa.cast(copy, sa.String),
    }
    names = list(Answer.model_fields)
    chosen = sa.select(*(other.get(name, getattr(Answer, name)) for name in names))
    moved = chosen.join(MOVES, MOVES.c.day == Answer.day).where(copy > 0)
    connection.execute(sa.insert(Answer).from_select(names, moved))
    _number_on(connection, Answer)


def _copy(connection: sa.Connection, table: Any, last: int) -> None:
    """What belongs to answers, for all of their copies; offers of pages belong to none."""
    copies = sa.select(MOVES.c.copy).where(MOVES.c.copy > 0).distinct().subquery()
    other: dict[str, Any] = {"answer_id": table.answer_id + copies.c.copy * last}
    if "id" in table.model_fields:
        highest = connection.execute(sa.select(sa.func.max(table.id))).scalar_one() or 0
        other["id"] = table.id + copies.c.copy * highest
    names = list(table.model_fields)
    chosen = sa.select(*(other.get(name, getattr(table, name)) for name in names)).select_from(
        sa.join(copies, table, sa.true())
    )
    mine = table.answer_id.is_not(None)
    connection.execute(sa.insert(table).from_select(names, chosen.where(mine)))
    if "id" in table.model_fields:
        _number_on(connection, table)


def _add_up(connection: sa.Connection, table: Any, sums: Sequence[str]) -> None:
    """The sums of a daily table over all copies, in place of those of the originals."""
    whole = sa.inspect(table).local_table
    columns = [column for column in whole.c if column.name not in (*sums, "id")]
    before = whole.to_metadata(sa.MetaData(), name=f"{whole.name}_before")
    originals = f"CREATE TEMPORARY TABLE {before.name} AS SELECT * FROM {whole.name}"  # noqa: S608 - tables
    connection.exec_driver_sql(originals)
    connection.execute(sa.delete(whole))
    # What is no sum does not differ between the answers of `bench.history`, so that a cell stays one.
    key = {column.name: MOVES.c.onto if column.name == "day" else before.c[column.name] for column in columns}
    added = {name: sa.func.sum(before.c[name]) for name in sums}
    chosen = sa.select(*key.values(), *added.values()).join(MOVES, MOVES.c.day == before.c.day)
    names = [*key, *added]
    connection.execute(sa.insert(whole).from_select(names, chosen.group_by(*key.values())))
    connection.exec_driver_sql(f"DROP TABLE {before.name}")


def _number_on(connection: sa.Connection, table: Any) -> None:
    """PostgreSQL's own numbers go on after those that were given here."""
    if connection.dialect.name == "postgresql":
        name = sa.inspect(table).local_table.name
        highest = f"SELECT max(id) FROM {name}"  # noqa: S608 - names of tables
        connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), ({highest}))")
