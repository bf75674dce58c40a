"""What answers can be chosen and grouped by, as data; a new dimension is one entry here and its two translations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal


@dataclass(frozen=True, slots=True)
class Dimension:
    """A property of an answer or of its prompt: its name in options, addresses and groups, and its column."""

    name: str
    of: Literal["answer", "prompt"]
    column: str
    several: bool = False
    """A prompt has a list of them: chosen by, not grouped by, since its answers would count more than once."""


CHOSEN = (
    Dimension("engine", "answer", "engine"),
    Dimension("surface", "answer", "surface"),
    Dimension("mode", "answer", "mode"),
    Dimension("language", "prompt", "language"),
    Dimension("topic", "prompt", "topic"),
    Dimension("stage", "prompt", "stage"),
    Dimension("persona", "prompt", "persona"),
    Dimension("country", "prompt", "country"),
    Dimension("tag", "prompt", "tags", several=True),
)
"""What a selection can be narrowed to, in the order of options, sidebar and report text."""
UNKNOWN_MODE = "unknown"
"""How the empty mode is called where modes are chosen and shown: nothing told which switches were on."""
TIMES = ("day", "week", "month")
"""`week` is the Monday that starts it, `month` its first day."""
LONGER = ("week", "month")
"""Those of `TIMES` whose sums of brands are kept beside those by the day."""
DIMENSIONS = (
    *("engine", "surface", "mode", *TIMES, "prompt"),
    *(each.name for each in CHOSEN if each.of == "prompt" and not each.several),
)
"""What a table can be grouped by."""
SHELF_DIMENSIONS = ("placement", "platform", "merchant", "checkout")
"""What offers can be grouped by besides."""


def named(group: Mapping[str, str]) -> dict[str, str]:
    """A group as it is told: the empty mode by its name, which is also how it is chosen."""
    return {name: value or (UNKNOWN_MODE if name == "mode" else value) for name, value in group.items()}


def first_of(time: str, day: date) -> date:
    """The day that starts the week or month of a day."""
    return day.replace(day=1) if time == "month" else day - timedelta(days=day.weekday())


def last_of(time: str, day: date) -> date:
    """The day that ends the week or month of a day."""
    first = first_of(time, day)
    return first_of(time, first + timedelta(days=31 if time == "month" else 7)) - timedelta(days=1)
