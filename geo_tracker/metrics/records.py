"""What metrics take and give: plain frozen records around one table of daily sums."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

import pandas as pd

Verdict = Literal["ok", "thin sample", "no data"]
ChangeVerdict = Literal["real", "within noise", "thin sample", "no data"]

DIMENSIONS = (
    "engine",
    "surface",
    "day",
    "week",
    "topic",
    "prompt",
    "persona",
    "stage",
    "language",
    "country",
)
"""What a table can be grouped by; `week` is the Monday that starts it."""
SHELF_DIMENSIONS = ("placement", "platform", "merchant", "checkout")
"""What offers can be grouped by besides."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which answers to look at; an empty tuple lets everything through, both days are included."""

    workspace: str
    """Its slug."""
    start: date | None = None
    end: date | None = None
    engines: tuple[str, ...] = ()
    surfaces: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    branded: bool = False
    """Also prompts that name a tracked brand."""


@dataclass(frozen=True, slots=True)
class TrackedBrand:
    """A brand as the numbers know it."""

    name: str
    own: bool = False
    archived: bool = False
    """No longer tracked; its days up to then are still here."""


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """One selection of daily sums and what is needed to read it.

    `frame` has one row per day x prompt x engine x surface x brand: the columns of `DIMENSIONS` but `week`
    (`day` as datetime64, `prompt` as text), `prompt_id`, `brand`, `branded`, `sandbox` and every sum of the
    table `daily`.
    """

    filters: Filters
    name: str
    locale: str
    timezone: str
    brands: tuple[TrackedBrand, ...]
    """Own first, then as the workspace lists them; archived ones last, and only with data here."""
    frame: pd.DataFrame = field(repr=False)
    rules: tuple[str, ...] = ()
    """Versions of the extraction rules behind the selected answers; more than one are not comparable."""

    @property
    def own(self) -> TrackedBrand | None:
        """The brand that the numbers are about: the first own brand, if there is one."""
        return next((brand for brand in self.brands if brand.own), None)

    @property
    def sandbox(self) -> bool:
        """Whether any of it was produced by the sandbox."""
        return bool(self.frame["sandbox"].any())

    @property
    def first(self) -> date | None:
        """First day with data."""
        return None if self.frame.empty else self.frame["day"].min().date()

    @property
    def last(self) -> date | None:
        """Last day with data."""
        return None if self.frame.empty else self.frame["day"].max().date()

    def values(self, dimension: str) -> tuple[str, ...]:
        """The distinct values of a text dimension in the selection, sorted, without the empty one."""
        return tuple(sorted(value for value in self.frame[dimension].unique() if value))

    @property
    def surfaces(self) -> tuple[str, ...]:
        """Surfaces in the selection; more than one means that totals pool them."""
        return self.values("surface")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric's value with all that says how far to trust it."""

    value: float | None
    """None where the denominator is 0."""
    n: int
    """Answers that the value rests on."""
    low: float | None
    high: float | None
    """Bounds of the 95 % interval; None where it cannot be computed."""
    numerator: float
    denominator: float
    prompts: int
    """Prompts that the value rests on: the sampling units."""
    coverage: float | None
    """Valid answers / planned answers, 0..1; None where nothing was planned."""
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Change:
    """How a metric moved from one window to the next, over the prompts that both windows have."""

    value: float | None
    low: float | None
    high: float | None
    p: float | None
    """Two-sided; None where there is no interval."""
    q: float | None
    """p, adjusted for the number of changes looked at together (Benjamini-Hochberg)."""
    prompts: int
    before: Estimate
    after: Estimate
    """Both over the shared prompts only."""
    verdict: ChangeVerdict
    notes: tuple[str, ...] = ()
    """Reasons not to compare: keys `change.rules`, `change.surfaces` of the translations."""


def previous(start: date, end: date) -> tuple[date, date]:
    """The window of the same length that ends the day before `start`."""
    return start - (end - start) - timedelta(days=1), start - timedelta(days=1)
