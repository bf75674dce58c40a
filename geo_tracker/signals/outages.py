"""Engines that gave no answer, or far fewer than they used to, when they were asked last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlmodel import col, func, select

from geo_tracker.queries.facts import read_facts
from geo_tracker.signals.findings import Finding
from geo_tracker.signals.history import LENGTHS, LONGEST, History
from geo_tracker.storage.models import DailyCell

WEEK, BEFORE = timedelta(days=LENGTHS[0]), timedelta(days=LONGEST)
"""An engine that was not asked for a week is not looked at; what is usual is that of four weeks. Where it is silent,
they end with its last answer, so that an outage does not become the usual, however long it lasts."""
CHANCE = 0.001
"""Below it a day is told: of the 3,650 days of 10 engines in a year, at most 4 would be told by chance."""
HALF = 0.5
"""Of its usual coverage: a day above that still carries the numbers."""


@dataclass(frozen=True, slots=True)
class Day:
    """The last day on which an engine was asked, beside the four weeks before, or those up to its last answer."""

    engine: str
    surface: str
    day: date
    first: date
    last: date
    planned: int
    answers: int
    planned_before: int
    answers_before: int

    @property
    def usual(self) -> float:
        return self.answers_before / self.planned_before

    @property
    def share(self) -> float:
        return self.answers / self.planned


def outages(history: History) -> Iterator[Finding]:
    """Engines without a single answer on the last day."""
    return (_finding(day) for day in _bad_days(history) if day.answers == 0)


def collapses(history: History) -> Iterator[Finding]:
    """Engines with some answers, but less than half of the usual share."""
    return (_finding(day) for day in _bad_days(history) if day.answers)


def _bad_days(history: History) -> list[Day]:
    return history.once("bad days", lambda: [day for day in _days(history) if _is_bad(day)])


def _is_bad(of: Day) -> bool:
    from scipy.stats import fisher_exact  # half a second to import: only where there are days to judge

    if of.share >= HALF * of.usual:
        return False
    table = [
        [of.answers, of.planned - of.answers],
        [of.answers_before, of.planned_before - of.answers_before],
    ]
    return float(fisher_exact(table, alternative="less").pvalue) <= CHANCE


def _days(history: History) -> Iterator[Day]:
    if history.last is None:
        return
    chosen = replace(history.recent, start=history.last - WEEK + timedelta(days=1))
    cells = read_facts(history.session, chosen, ("day", "engine"), ("coverage",)).cells
    by_day = cells.groupby(["engine", "surface", "day"])[["planned", "answers"]].sum()
    for engine, surface in dict.fromkeys(by_day.index.droplevel("day")):
        found = _day(history, engine, surface, by_day.loc[engine, surface])
        if found:
            yield found


def _day(history: History, engine: str, surface: str, by_day: Any) -> Day | None:
    newest = by_day.index.max()
    day, now = newest.date(), by_day.loc[newest]
    if not now["planned"]:
        return None
    end = day - timedelta(days=1) if now["answers"] else _last_answer(history, engine, surface, day)
    if end is None:  # it never answered: nothing has ended
        return None
    first = end - BEFORE + timedelta(days=1)
    planned, answers = _counts(history, engine, surface, first, end)
    if not planned:
        return None
    return Day(
        *(engine, surface, day, first, end), int(now["planned"]), int(now["answers"]), planned, answers
    )


# Sums are columns that the data makes, see `storage.models.daily`.
_PLANNED, _ANSWERS = (getattr(DailyCell, name) for name in ("planned", "answers"))


def _of(history: History, engine: str, surface: str) -> tuple[Any, ...]:
    mine = DailyCell.workspace_id == history.workspace.id
    return mine, DailyCell.engine == engine, DailyCell.surface == surface


def _last_answer(history: History, engine: str, surface: str, before: date) -> date | None:
    """The newest day before another on which an engine answered."""
    where = (*_of(history, engine, surface), _ANSWERS > 0, col(DailyCell.day) < before)
    found: date | None = history.session.exec(select(func.max(DailyCell.day)).where(*where)).one()
    return found


def _counts(history: History, engine: str, surface: str, first: date, last: date) -> tuple[int, int]:
    """Planned and valid answers of an engine between two days."""
    where = (*_of(history, engine, surface), col(DailyCell.day).between(first, last))
    sums = select(func.sum(_PLANNED), func.sum(_ANSWERS)).where(*where)
    planned, answers = history.session.exec(sums).one()
    return int(planned or 0), int(answers or 0)


def _finding(of: Day) -> Finding:
    return Finding(
        days=(of.day, of.day),
        days_before=(of.first, of.last),
        engine=of.engine,
        surface=of.surface,
        metric="coverage",
        about={"planned": of.planned, "answers": of.answers},
        before=of.usual,
        after=of.share,
        value=of.share - of.usual,
        n=of.planned,
        coverage=of.share,
        verdict="real",
    )
