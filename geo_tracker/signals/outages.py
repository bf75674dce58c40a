"""Engines that gave no answer, or far fewer than they used to, when they were asked last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from geo_tracker.queries.facts import read_facts
from geo_tracker.signals.findings import Finding
from geo_tracker.signals.history import LENGTHS, LONGEST, History

WEEK, BEFORE = timedelta(days=LENGTHS[0]), timedelta(days=LONGEST)
"""An engine that was not asked for a week is not looked at; what is usual is that of four weeks, so that an outage of
weeks does not become the usual."""
CHANCE = 0.001
"""Below it a day is told: of the 3,650 days of 10 engines in a year, at most 4 would be told by chance."""
HALF = 0.5
"""Of its usual coverage: a day above that still carries the numbers."""


@dataclass(frozen=True, slots=True)
class Day:
    """The last day on which an engine was asked, beside the four weeks before."""

    engine: str
    surface: str
    day: date
    first: date
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
    chosen = replace(history.recent, start=history.last - BEFORE - WEEK)
    cells = read_facts(history.session, chosen, ("day", "engine"), ("coverage",)).cells
    by_day = cells.groupby(["engine", "surface", "day"])[["planned", "answers"]].sum()
    for engine, surface in dict.fromkeys(by_day.index.droplevel("day")):
        found = _day(engine, surface, by_day.loc[engine, surface], history.last)
        if found:
            yield found


def _day(engine: str, surface: str, by_day: Any, last: date) -> Day | None:
    newest = by_day.index.max()
    before = by_day[(by_day.index < newest) & (by_day.index >= newest - BEFORE)].sum()
    if newest.date() <= last - WEEK or not before["planned"] or not by_day["planned"][newest]:
        return None
    now = by_day.loc[newest]
    counts = (int(side[name]) for side in (now, before) for name in ("planned", "answers"))
    return Day(engine, surface, newest.date(), (newest - BEFORE).date(), *counts)


def _finding(of: Day) -> Finding:
    return Finding(
        days=(of.day, of.day),
        days_before=(of.first, of.day - timedelta(days=1)),
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
