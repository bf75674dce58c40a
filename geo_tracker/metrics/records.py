"""What metrics take and give: plain frozen records around one table of daily sums."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal

from geo_tracker.metrics.dimensions import CHOSEN

if TYPE_CHECKING:
    import pandas as pd

Verdict = Literal["ok", "thin sample", "no data", "not computed"]
ChangeVerdict = Literal[
    "real across your prompts",
    "real",
    "suggestive",
    "within noise",
    "thin sample",
    "not comparable",
    "no data",
    "not computed",
]
REAL: tuple[ChangeVerdict, ...] = ("real", "real across your prompts")

Weights = Literal["answers", "engines"]
"""Every answer the same, so that an engine asked twice as often counts double; or every engine the same."""
Scope = Literal["prompts", "questions"]
"""Which question an interval answers: of these prompts, were other days sampled; or of all questions buyers ask."""

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
    weights: Weights = "answers"
    """How their engines weigh in a value over several of them."""

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
    turn: int = 0
    """Its place among the rivals in the order in which they were added, from 0: its colour follows from it."""


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
    models: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Models that each engine says it answered with, where it says so."""
    by_day: Facts | None = field(default=None, repr=False)
    """The same read by engine and day, over more than `WEEKLY` days by week, than `MONTHLY` by month."""

    @property
    def empty(self) -> bool:
        """Whether the selection holds no answers at all."""
        return self.cells.empty

    @property
    def daily(self) -> Facts | None:
        """These facts by day, which intervals and changes are made of; all on one day where they were read without.

        None where they were read by time and not by engine.
        """
        if self.by_day is not None or "engine" not in self.cells:
            return self.by_day
        if "day" in self.cells:
            return self
        import pandas as pd

        cells, own = (frame.assign(day=pd.Timestamp(0)) for frame in (self.cells, self.own_sums))
        return replace(self, cells=cells, own_sums=own)

    def where(self, keep: Callable[[pd.DataFrame], Any]) -> Facts:
        """The same over some rows only: `keep` gives a mask of a frame with the columns of an answer's cell."""
        cells, own = (frame[keep(frame)] for frame in (self.cells, self.own_sums))
        return replace(self, cells=cells, own_sums=own, by_day=self.by_day and self.by_day.where(keep))

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

    @property
    def modes(self) -> tuple[str, ...]:
        """Modes of the answers on surfaces where any told one, empty where nothing did; more than one are pooled."""
        answered = self.cells[self.cells["answers"] > 0]
        telling = answered["surface"][answered["mode"] != ""]
        return tuple(sorted(answered["mode"][answered["surface"].isin(telling)].unique()))


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric's value with all that says how far to trust it."""

    value: float | None
    """None where the denominator is 0 or a sum was not computed."""
    n: int
    """Answers that the value rests on."""
    low: float | None
    high: float | None
    """Bounds of the 95 % interval of `scope`; None where it cannot be computed."""
    numerator: float | None
    denominator: float | None
    """None where a sum was not computed."""
    prompts: int
    """Prompts that the value rests on: the sampling units."""
    coverage: float | None
    """Valid answers / planned answers, 0..1; None where nothing was planned."""
    verdict: Verdict
    market_low: float | None = None
    market_high: float | None = None
    """Bounds of the interval for all questions that buyers ask."""
    scope: Scope = "prompts"
    """What `low` and `high` are about; `questions` also where days say nothing, as of a mean rank on one day."""
    weights: Weights = "answers"
    """How engines weigh in the value; of `engines`, numerator and denominator are sums of weights."""

    def about_prompts(self, low: float | None, high: float | None) -> Estimate:
        """The same with the interval of these prompts."""
        return replace(self, low=low, high=high, scope="prompts")


@dataclass(frozen=True, slots=True)
class Change:
    """How a metric moved from one window to the next, over the prompts on engines that both windows have."""

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
    """Both over what the windows share only. Their difference is `value` where both asked everything equally often."""
    verdict: ChangeVerdict
    notes: tuple[str, ...] = ()
    """Reasons not to compare: keys below `change` of the translations."""
    p_prompts: float | None = None
    """Of the second opinion, which takes prompts and not days as sampled; None with fewer than two prompts."""
    family: str = ""
    """Of the comparisons that share one false discovery rate."""

    @property
    def real(self) -> bool:
        """Whether it is more than chance."""
        return self.verdict in REAL


def previous(start: date, end: date) -> tuple[date, date]:
    """The window of the same length that ends the day before `start`."""
    return start - (end - start) - timedelta(days=1), start - timedelta(days=1)
