"""Calendar months as periods, and whether one is over."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from geo_tracker.errors import UsageError


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month."""

    year: int
    number: int

    @classmethod
    def of(cls, text: str) -> Month:
        """The month of a text such as 2026-10; raises `UsageError` for anything else."""
        found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", text)
        if not found or found[1] == "0000":
            raise UsageError(f"{text!r} is not a month such as 2026-10")
        return cls(int(found[1]), int(found[2]))

    @property
    def first(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        return date(self.year, self.number, calendar.monthrange(self.year, self.number)[1])

    @property
    def before(self) -> Month:
        """The month before; of the first one that a date can name, itself."""
        if self.first == date.min:
            return self
        day = self.first - timedelta(days=1)
        return Month(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"
