"""Days, weeks and months in SQL, and which weeks and months of a selection are read as they were added up."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, func

from geo_tracker.metrics.dimensions import first_of, last_of
from geo_tracker.metrics.records import Facts
from geo_tracker.storage.database import once
from geo_tracker.storage.models import SummedTime, Workspace

Range = tuple[date, date]
"""From one day to another, both included."""


class Split(NamedTuple):
    """A selection's days in two."""

    whole: tuple[date, ...]
    """The first days of weeks or months that are read as they were added up."""
    ranges: tuple[Range, ...]
    """The other days."""


def time_of(session: Session, day: Any, name: str) -> Any:
    """A day, or the first of its week or month."""
    if name == "day":
        return day
    if session.connection().dialect.name == "postgresql":
        return sa.cast(func.date_trunc(name, day), sa.Date)
    monday = ("-6 days", "weekday 1")  # the next Monday from six days earlier on
    return func.date(day, *(monday if name == "week" else ("start of month",)))


def read_split(
    session: Session, workspace: Workspace, facts: Facts, time: str, ends: Collection[date]
) -> Split:
    """The days of the facts by whole weeks or months, as `time` says, and the rest.

    Whole is what has been added up since its days were, lies in the selection from its first day to its last, and has
    none of `ends` within: days from which on a brand's rows do not count.
    """
    mine = (col(SummedTime.workspace_id) == workspace.id, col(SummedTime.time) == time)
    kept = sa.select(col(SummedTime.day)).where(*mine)
    read = once(
        session,
        ("summed", workspace.id, time),
        lambda: {*session.connection().execute(kept).scalars()},
    )
    return split(facts, time, read, ends)


def split(facts: Facts, time: str, kept: Collection[date], ends: Collection[date]) -> Split:
    """As `read_split`, where `kept` are the first days of what has been added up."""
    start, end = facts.filters.start, facts.filters.end
    whole: list[date] = []
    ranges: list[Range] = []
    for first, last in _times(facts, time):
        inside = (start is None or start <= first) and (end is None or last <= end)
        if inside and first in kept and not any(first < ended <= last for ended in ends):
            whole.append(first)
        elif ranges and ranges[-1][1] == first - timedelta(days=1):
            ranges[-1] = (ranges[-1][0], last)
        else:
            ranges.append((first, last))
    return Split(tuple(whole), tuple(_within(each, facts) for each in ranges))


def _times(facts: Facts, time: str) -> Iterator[tuple[date, date]]:
    """First and last day of each week or month in which the facts may have days."""
    at, until = facts.first, facts.last
    while at is not None and until is not None and at <= until:
        first, last = first_of(time, at), last_of(time, at)
        yield first, last
        at = last + timedelta(days=1)


def _within(days: Range, facts: Facts) -> Range:
    start, end = facts.filters.start, facts.filters.end
    return max(days[0], start or days[0]), min(days[1], end or days[1])
