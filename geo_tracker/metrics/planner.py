"""How many prompts, repeats and days it takes to tell a change. Formulas: docs/metrics.md#planner."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from geo_tracker.errors import UsageError
from geo_tracker.metrics.clusters import brand_names, one_brand
from geo_tracker.metrics.definitions import METRICS, Metric, metric
from geo_tracker.metrics.intervals import LEVEL, Floats, divide, quantile
from geo_tracker.metrics.records import Facts
from geo_tracker.metrics.strata import Days, Strata

SPARE = 1.6
"""By how much more a change is asked for: it is judged in a family of four, and its variance is not known but
measured. With 1.3 `python -m bench.power` found 70 to 88 % of the changes that were planned to be found in 80 %, with
1.6 78 to 92 %, and 62 to 64 % where days carry over (2026-11-26; docs/metrics.md#measured-plans)."""
MOST_DAYS = 180
FEWEST_DAYS = 3
REPEATS = (1, 2, 3, 5)
PROMPTS = (20, 50, 100)
PLANNED = tuple(each.name for each in METRICS.values() if each.yes_no and each.per_brand)
"""Metrics that can be planned: shares of answers, whose variance follows from their rate."""


@dataclass(frozen=True, slots=True)
class Noise:
    """What a metric varied by in the past, as variances of one answer, one day and one prompt."""

    rate: float
    answer: float
    """Of one answer to one prompt on one engine: what repeats take away."""
    day: float
    """Of what all answers of a day have in common, beyond single answers: what days alone take away."""
    prompt: float | None
    """Of how prompts change from the first to the second half, beyond single answers: what prompts alone take away;
    None where halves cannot be told apart."""
    prompts: int
    engines: int
    days: int
    answers: int


@dataclass(frozen=True, slots=True)
class Design:
    """One design that can tell a change: what to ask in each of the two windows."""

    prompts: int
    repeats: int
    days: int
    answers: int
    """In one window, over all engines."""
    present: bool
    """As the workspace asks now, but for the days."""


def noise(facts: Facts, name: str, brand: str | None = None) -> Noise | None:
    """What a share of a brand's answers varied by; None without two days of answers."""
    of = metric(name)
    if name not in PLANNED:
        raise UsageError(f"{name} cannot be planned: there are {', '.join(PLANNED)}")
    (who,) = brand_names(facts, one_brand(facts, name, brand))
    if facts.empty or facts.daily is None:
        return None
    strata = next(Days.of(facts.daily).strata(of, [who], 1), None)
    return None if strata is None else noise_of(strata, of)


def noise_of(strata: Strata, of: Metric) -> Noise | None:
    """The same from sums by stratum and day."""
    x, m = (strata.sums[each] for each in (of.numerator, of.denominator))
    asked = m[..., 0].sum(1)
    days = int((m.sum((0, 2)) > 0).sum())
    answer = _of_an_answer(x[..., 0].sum(1), asked)
    if days < 2 or answer is None:
        return None
    valid = strata.keys[asked > 0]
    return Noise(
        rate=float(x.sum() / asked.sum()),
        answer=answer,
        day=_of_a_day(x, m, answer),
        prompt=_of_a_prompt(strata, of, answer),
        prompts=valid["prompt_id"].nunique(),
        engines=len(valid[["engine", "surface"]].drop_duplicates()),
        days=days,
        answers=int(asked.sum()),
    )


def _of_a_day(x: Floats, m: Floats, answer: float) -> float:
    """What a day's mean varies by beyond its answers, from how each differs from the one before (von Neumann, 1941):
    a lasting change in the history counts once, and not as noise of all its days."""
    rate = np.nan_to_num(divide(x.sum(1), m.sum(1)))
    asked = m[..., 0].sum(0)
    days = asked > 0
    pull = (x[..., 0] - rate * m[..., 0]).sum(0)[days] / asked[days]
    apart = float((np.diff(pull) ** 2).mean()) / 2
    return max(apart - answer * float((1 / asked[days]).mean()), 0.0)


def _of_an_answer(x: Floats, m: Floats) -> float | None:
    """Mean p(1 - p) within strata; None where each was asked once."""
    several = m > 1
    if not several.any():
        return None
    x, m = x[several], m[several]
    rate = x / m
    return float((m * rate * (1 - rate) * m / (m - 1)).sum() / m.sum())


def _of_a_prompt(strata: Strata, of: Metric, answer: float) -> float | None:
    days = np.arange(strata.sums[of.denominator].shape[1])
    sums = []
    for half in (days < len(days) // 2, days >= len(days) // 2):
        frame = strata.keys[["prompt_id"]].assign(
            x=strata.sums[of.numerator][:, half, 0].sum(1), m=strata.sums[of.denominator][:, half, 0].sum(1)
        )
        sums.append(frame.groupby("prompt_id").sum())
    both = (sums[0]["m"] > 0) & (sums[1]["m"] > 0)
    if both.sum() < 2:
        return None
    first, last = (side[both] for side in sums)
    moved = last["x"] / last["m"] - first["x"] / first["m"]
    drawn = answer * (divide(1.0, first["m"]) + divide(1.0, last["m"]))
    return max(float(moved.var() - drawn.mean()), 0.0)


def days_needed(of: Noise, points: float, power: float, prompts: int, repeats: int) -> int | None:
    """The fewest days in each window with which a change is told; None where `MOST_DAYS` are too few."""
    a_day = of.answer / (prompts * of.engines * repeats) + of.day
    for days in range(FEWEST_DAYS, MOST_DAYS + 1):
        if _detected(2 * a_day / days, days, power) <= points:
            return days
    return None


def _detected(variance: float, days: int, power: float) -> float:
    """The change that is told with `power` where its variance is that."""
    wanted = float(quantile(2 * (days - 1), LEVEL)) + float(ndtri(power))
    return wanted * math.sqrt(SPARE * variance)


def designs(of: Noise, points: float, power: float, prompts: int, repeats: int) -> list[Design]:
    """Ways to tell a change of `points` (0..1): as now, and those of which none is both shorter and cheaper."""
    found = list(_designs(of, points, power, prompts, repeats))
    best = [design for design in found if design.present or not any(_beats(other, design) for other in found)]
    return sorted(best, key=lambda design: (not design.present, design.answers, design.days))


def _beats(one: Design, other: Design) -> bool:
    mine, others = (one.days, one.answers, one.prompts), (other.days, other.answers, other.prompts)
    return mine != others and all(a <= b for a, b in zip(mine, others, strict=True))


def _designs(of: Noise, points: float, power: float, prompts: int, repeats: int) -> Iterator[Design]:
    for asked in (prompts, *(each for each in PROMPTS if each > prompts)):
        for times in sorted({repeats, *REPEATS}):
            days = days_needed(of, points, power, asked, times)
            if days is not None:
                answers = asked * times * of.engines * days
                yield Design(asked, times, days, answers, (asked, times) == (prompts, repeats))


def prompts_across(of: Noise, points: float, power: float) -> int | None:
    """Prompts that it takes to tell a change across prompts, which neither repeats nor days take away."""
    if of.prompt is None:
        return None
    wanted = float(ndtri((1 + LEVEL) / 2)) + float(ndtri(power))
    return max(math.ceil(wanted**2 * of.prompt / points**2), 2)


def points_of(text: str) -> float:
    """A change such as `5pp`, `5` or `0.05` as a share; raises `UsageError` for what is none."""
    bare = text.strip().lower().removesuffix("points").removesuffix("pp").removesuffix("%").strip()
    try:
        number = float(bare)
    except ValueError:
        number = math.nan
    share = number if 0 < number < 1 and bare == text.strip() else number / 100
    if not 0.001 <= share <= 0.9:
        raise UsageError(f"{text!r} is not a change such as 5pp (percentage points, 0.1 to 90)")
    return share
