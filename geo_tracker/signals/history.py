"""The answers of a workspace up to a day, read once for all kinds of signals."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, TypeVar

from sqlmodel import Session, col, func, select

from geo_tracker.metrics.records import Facts, Selection, previous
from geo_tracker.queries.facts import read_choices, read_facts
from geo_tracker.signals.findings import Days
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import DailyCell

LENGTHS = (7, 28)
"""Days of the windows that are compared: a week finds large changes soon, four weeks find small ones."""
LONGEST = LENGTHS[-1]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two adjacent windows of one surface, equally long."""

    slug: str
    surface: str
    days: Days

    @classmethod
    def ending(cls, slug: str, surface: str, last: date, length: int) -> Pair:
        return cls(slug, surface, (last - timedelta(days=length - 1), last))

    def shifted(self, last: date) -> Pair:
        """The same, ending on another day."""
        first, end = self.days
        return Pair(self.slug, self.surface, (first + (last - end), last))

    @property
    def days_before(self) -> Days:
        return previous(*self.days)

    @property
    def before(self) -> Selection:
        return Selection(self.slug, *self.days_before).only(surface=(self.surface,))

    @property
    def after(self) -> Selection:
        return Selection(self.slug, *self.days).only(surface=(self.surface,))


class History:
    """What the kinds look at; `until` leaves out what came after."""

    def __init__(self, session: Session, slug: str, until: date | None = None) -> None:
        self.session, self.slug = session, slug
        self.workspace = workspace_named(session, slug)
        self.choices = read_choices(session, slug)
        ends = [day for day in (self.choices.last, until) if day]
        self.last: date | None = min(ends) if self.choices.last else None
        self._read: dict[Hashable, Any] = {}

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is made of the history, made once."""
        if key not in self._read:
            self._read[key] = make()
        found: T = self._read[key]
        return found

    def facts(self, selection: Selection) -> Facts:
        return self.once(selection, lambda: read_facts(self.session, selection))

    def pairs(self) -> Iterator[Pair]:
        """The newest windows of each surface and length that have as much history before."""
        if self.last is None:
            return
        for surface in self.choices.values["surface"]:
            for length in LENGTHS:
                pair = Pair.ending(self.slug, surface, self.last, length)
                if self.reaches(pair):
                    yield pair

    def longest(self) -> Iterator[Pair]:
        """Of each surface the longest of them."""
        yield from {pair.surface: pair for pair in self.pairs()}.values()

    def reaches(self, pair: Pair) -> bool:
        """Whether there were answers from the first day of the window before on."""
        return self.choices.first is not None and pair.days_before[0] >= self.choices.first

    def of_sandbox(self, session: Session) -> bool:
        """Whether any of the newest days came from the sandbox."""
        return read_facts(session, self.recent, metrics=("coverage",)).sandbox

    @cached_property
    def day_before(self) -> date | None:
        """The newest day with answers before the last one."""
        mine = (DailyCell.workspace_id == self.workspace.id, col(DailyCell.day) < self.last)
        found: date | None = self.session.exec(select(func.max(DailyCell.day)).where(*mine)).one()
        return found

    @property
    def recent(self) -> Selection:
        """The newest days that any kind looks at, with everything that was asked on them."""
        if self.last is None:
            raise ValueError("a workspace without answers has no days")
        return Selection(self.slug, self.last - timedelta(days=LONGEST - 1), self.last, branded=True)
