"""What metrics take and give: plain frozen records around one table of daily sums."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from geo_tracker.metrics.dimensions import CHOSEN

if TYPE_CHECKING:
    import pandas as pd

Verdict = Literal["ok", "thin sample", "no data", "not computed"]
ChangeVerdict = Literal["real", "within noise", "thin sample", "no data", "not computed"]

WEEKLY, MONTHLY = 60, 400
"""Days that a trend by day, and by week, has at most: about as many points as its width has room for."""


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
    eras: int | None = None
    """In how many of the eras of `Facts.cells` it was tracked, from the first; None: in all. 0 until scored."""


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """Daily sums of one selection, added up to what was asked, and what is needed to read them.

    Both frames have the columns of `DIMENSIONS`, of `TIMES` only what the facts were read by, and `prompt_id`.
    """

    filters: Selection
    name: str
    locale: str
    timezone: str
    brands: tuple[TrackedBrand, ...]
    """Own first, then as the workspace lists them; archived ones last, and only with days here."""
    cells: pd.DataFrame = field(repr=False)
    """Sums that all brands share, `version` (the oldest of the roll-up), `sandbox`, and the days `first` and `last`
    as datetime64. An `era` lies between two days on which brands were archived, counted from 0."""
    own_sums: pd.DataFrame = field(repr=False)
    """Sums of each `brand`, where it has something."""
    rules: tuple[str, ...] = ()
    """Versions of the extraction rules behind the selected answers; more than one are not comparable."""

    @property
    def empty(self) -> bool:
        """Whether the selection holds no answers at all."""
        return self.cells.empty

    @property
    def own(self) -> TrackedBrand | None:
        """The brand that the numbers are about: the first own brand, if there is one."""
        return next((brand for brand in self.brands if brand.own), None)

    @property
    def sandbox(self) -> bool:
        """Whether any of it was produced by the sandbox."""
        return bool(self.cells["sandbox"].any())

    @property
    def first(self) -> date | None:
        """First day with data."""
        return None if self.empty else self.cells["first"].min().date()

    @property
    def last(self) -> date | None:
        """Last day with data."""
        return None if self.empty else self.cells["last"].max().date()

    @property
    def step(self) -> str:
        """What one point of a trend stands for: a day; over more than `WEEKLY` days a week, than `MONTHLY` a month."""
        days = (self.last - self.first).days + 1 if self.first and self.last else 0
        return "month" if days > MONTHLY else "week" if days > WEEKLY else "day"

    def values(self, dimension: str) -> tuple[str, ...]:
        """The distinct values of a text dimension in the selection, sorted, without the empty one."""
        return tuple(sorted(value for value in self.cells[dimension].unique() if value))

    @property
    def surfaces(self) -> tuple[str, ...]:
        """Surfaces in the selection; more than one means that totals pool them."""
        return self.values("surface")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric's value with all that says how far to trust it."""

    value: float | None
    """None where the denominator is 0 or a sum was not computed."""
    n: int
    """Answers that the value rests on."""
    low: float | None
    high: float | None
    """Bounds of the 95 % interval; None where it cannot be computed."""
    numerator: float | None
    denominator: float | None
    """None where a sum was not computed."""
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
