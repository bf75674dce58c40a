"""Whether an experiment moved what it should: a difference in differences. Formulas: docs/metrics.md#experiments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from geo_tracker.metrics.clusters import number
from geo_tracker.metrics.comparing import Windows
from geo_tracker.metrics.definitions import Metric
from geo_tracker.metrics.differences import Contrast
from geo_tracker.metrics.intervals import Floats, quantile, two_sided
from geo_tracker.metrics.records import Facts
from geo_tracker.metrics.strata import Days, Strata

POWER = 0.8
PLACEBOS = 12
"""Dates at which nothing was done: enough to see how far chance alone goes, few enough to read."""


@dataclass(frozen=True, slots=True)
class Span:
    """The days of an experiment: those before its start, and those from it on."""

    start: date
    before: int
    after: int

    @property
    def first(self) -> date:
        return self.start - timedelta(days=self.before)

    @property
    def last(self) -> date:
        return self.start + timedelta(days=self.after - 1)

    def at(self, start: date) -> Span:
        """The same lengths around another day."""
        return replace(self, start=start)


@dataclass(frozen=True, slots=True)
class Moved:
    """How one side of an experiment moved, over the strata that both windows have."""

    before: float | None
    after: float | None
    prompts: int
    answers: int
    """Of both windows."""


@dataclass(frozen=True, slots=True)
class Effect:
    """How much more the treated prompts moved than the controls."""

    value: float | None
    low: float | None
    high: float | None
    p: float | None
    error: float | None
    """Standard error, of prompts and days together."""
    error_days: float | None
    """Its part from days alone: were the same prompts asked on other days."""
    df: float
    treated: Moved
    control: Moved
    across: bool
    """Whether the interval reaches beyond these prompts: both sides have two or more."""


NOTHING = Moved(None, None, 0, 0)
NO_EFFECT = Effect(None, None, None, None, None, None, 0.0, NOTHING, NOTHING, across=False)


@dataclass(frozen=True, slots=True)
class Placebo:
    """The same comparison around a day on which nothing was done."""

    start: date
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Detectable:
    """What an experiment can find, said before it starts."""

    points: float
    """The smallest true effect that is found in `power` of such experiments."""
    power: float
    days: int
    """Days of history that this rests on."""


def effect_of(
    facts: Facts, of: Metric, who: str, span: Span, treated: Iterable[int], control: Iterable[int]
) -> Effect:
    """The effect on a metric of `who`, from facts by engine and day; nothing where a side has no shared strata."""
    sides = ({*treated}, {*control})
    asked = sides[0] | sides[1]
    mine = facts.where(lambda rows: rows["prompt_id"].isin(asked))
    windows = Windows.of(
        mine.where(_between(span.first, span.start)), mine.where(_between(span.start, _after(span.last)))
    )
    before, after = (_laid(of, side, who) for side in windows.shared())
    return effect(of, before, after, *sides) if before and after else NO_EFFECT


def _laid(of: Metric, side: Facts, who: str) -> Strata | None:
    """The sums of one name; None where there are none."""
    return None if side.empty else next(Days.of(side).strata(of, [who], 1), None)


def _after(day: date) -> date:
    return day + timedelta(days=1)


def _between(first: date, end: date) -> Any:
    return lambda rows: (rows["day"] >= pd.Timestamp(first)) & (rows["day"] < pd.Timestamp(end))


def effect(of: Metric, before: Strata, after: Strata, treated: set[int], control: set[int]) -> Effect:
    """The effect on one metric of one name; both sides have the same strata in the same order."""
    prompts = after.keys["prompt_id"].to_numpy()
    one = np.zeros(len(prompts), np.intp)
    of_both = Contrast.of(of, before, after)
    every = of_both.shared_weights(one, 1)[:, 0]
    parts = [_normed(every * np.isin(prompts, [*side])) for side in (treated, control)]
    sides = [_side(of_both, prompts, part) for part in parts]
    if not all(side.prompts for side in sides):
        return NO_EFFECT
    weight = (parts[0] - parts[1])[:, None]
    variance, drawn, known = of_both.over_days(weight, one, 1)
    days, answers, days_df = (float(found[0, 0]) for found in (variance, drawn, known))
    welch = [_between_prompts(of_both, prompts, part) for part in parts]
    between = sum(found for found, _ in welch)
    across = all(side.prompts > 1 for side in sides)
    total = max(between + days - answers, between, days) if across else days
    df = _satterthwaite([*(welch if across else ()), (days, days_df)])
    value = float((weight * of_both.difference).sum())
    return _judged(value, total, days, df, *sides, across=across)


def _normed(weight: Floats) -> Floats:
    return np.asarray(weight / weight.sum()) if weight.any() else weight


def _side(of_both: Contrast, prompts: Any, weight: Floats) -> Moved:
    used = weight > 0
    before, after = (number(float(weight @ rate[:, 0])) for rate in of_both.rates)
    return Moved(before, after, len({*prompts[used]}), int(sum(n[used].sum() for n in of_both.sizes)))


def _between_prompts(of_both: Contrast, prompts: Any, weight: Floats) -> tuple[float, float]:
    """The variance of a side's weighted mean over its prompts, as if they were drawn, and its degrees of freedom."""
    rows = pd.DataFrame({"weight": weight, "moved": weight * of_both.difference[:, 0]})
    each = rows[weight > 0].groupby(prompts[weight > 0]).sum()
    pull = each["moved"] - each["weight"] * each["moved"].sum()
    units = len(each)
    return float((pull**2).sum()) * units / max(units - 1, 1), float(units - 1)


def _satterthwaite(parts: Iterable[tuple[float, float]]) -> float:
    """Degrees of freedom of a sum of variances, each with its own; 0 where none is known."""
    known = [(variance, df) for variance, df in parts if variance > 0 and df > 0]
    below = sum(variance**2 / df for variance, df in known)
    return float(sum(variance for variance, _ in known) ** 2 / below) if below else 0.0


def _judged(
    value: float, variance: float, days: float, df: float, treated: Moved, control: Moved, *, across: bool
) -> Effect:
    error = float(np.sqrt(variance))
    found = Effect(value, None, None, None, error, float(np.sqrt(days)), df, treated, control, across=across)
    if df <= 0 or error == 0:
        return found
    half = float(quantile(df)) * error
    return replace(found, low=value - half, high=value + half, p=float(two_sided(value / error, df)))


def placebos(
    facts: Facts, of: Metric, who: str, span: Span, treated: Iterable[int], control: Iterable[int]
) -> list[Placebo]:
    """The same comparison around days of the history, whose windows end before the real start; newest last."""
    sides = ({*treated}, {*control})
    found = []
    for start in _placebo_dates(facts, span):
        each = effect_of(facts, of, who, span.at(start), *sides)
        if each.value is not None:
            found.append(Placebo(start, each.value, each.low, each.high))
    return found


def _placebo_dates(facts: Facts, span: Span) -> Iterator[date]:
    """Evenly spaced days that leave both windows within the history before the real start."""
    if facts.first is None:
        return
    earliest, latest = facts.first + timedelta(days=span.before), span.start - timedelta(days=span.after)
    days = (latest - earliest).days
    if days < 0:
        return
    count = min(PLACEBOS, days + 1)
    for at in range(count):
        yield earliest + timedelta(days=round(days * at / max(count - 1, 1)))


def detectable(
    facts: Facts,
    of: Metric,
    who: str,
    span: Span,
    treated: Iterable[int],
    control: Iterable[int],
    power: float = POWER,
) -> Detectable | None:
    """The smallest effect that such an experiment finds with `power`, from the days before; None without enough.

    The history is cut in two as the experiment is. What comes from days shrinks with the days that the experiment
    has more of than the history; what comes from prompts stays.
    """
    if facts.first is None or facts.last is None:
        return None
    last = min(facts.last, span.start - timedelta(days=1))
    days = min((last - facts.first).days + 1, span.before + span.after)
    after = round(days * span.after / (span.before + span.after))
    if min(after, days - after) < 2:
        return None
    past = Span(last - timedelta(days=after - 1), days - after, after)
    seen = effect_of(facts, of, who, past, treated, control)
    if seen.error is None or seen.error_days is None or seen.df <= 0:
        return None
    grown = days / (span.before + span.after)
    error = float(np.sqrt(max(seen.error**2 - seen.error_days**2 * (1 - grown), 0)))
    return Detectable(float((quantile(seen.df) + ndtri(power)) * error), power, days)
