"""What metrics take and give: plain frozen records around one table of daily sums."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal

import pandas as pd

from geo_tracker.metrics.dimensions import CHOSEN

Verdict = Literal["ok", "thin sample", "no data"]
ChangeVerdict = Literal["real", "within noise", "thin sample", "no data"]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which answers to look at; both days are included."""

    workspace: str
    """Its slug."""
    start: date | None = None
    end: date | None = None
    chosen: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Dimensions that are narrowed, with the values let through; set by `only`."""
    branded: bool = False
    """Also prompts that name a tracked brand."""

    def values(self, dimension: str) -> tuple[str, ...]:
        """What a dimension is narrowed to; empty lets everything through."""
        return dict(self.chosen).get(dimension, ())

    def only(self, **values: Iterable[str]) -> Selection:
        """The same with some dimensions narrowed anew, no values lifting it; raises `ValueError` for an unknown one."""
        names = tuple(each.name for each in CHOSEN)
        if unknown := set(values) - set(names):
            raise ValueError(f"no dimension {', '.join(sorted(unknown))}; there are {', '.join(names)}")
        wanted = {**dict(self.chosen), **{name: tuple(chosen) for name, chosen in values.items()}}
        return replace(self, chosen=tuple((name, wanted[name]) for name in names if wanted.get(name)))


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

    filters: Selection
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
