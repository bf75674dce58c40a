"""Intervals of ratios, of what was asked and of all that could be. Formulas: docs/metrics.md#uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

LEVEL = 0.95
Z = NormalDist().inv_cdf((1 + LEVEL) / 2)
PRIOR_DF = 8
"""How many degrees of freedom the expected design effect is worth: of 4, 8 and 16 the one whose worst settings in
`python -m bench.coverage` were best."""
ALIKE = 0.3
"""Expected correlation of the answers to one prompt; public repeated answers: .2 to .5 (study of 2026-11-26)."""
_NO_SPREAD = 1e-9  # below this share of the denominator, differences between units are rounding errors


@dataclass(frozen=True, slots=True)
class Interval:
    """Both bounds per group, NaN where there is none."""

    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Spread:
    """How far the units that were sampled, prompts or days, pull each group's ratio: its variance from them."""

    variance: Floats
    units: Codes


@dataclass(frozen=True, slots=True)
class Ratios:
    """X / M per group; arrays have one entry per group, NaN where there is none."""

    value: Floats
    numerator: Floats
    denominator: Floats
    prompts: Codes
    residual: Floats
    """One entry per prompt and group: its pull on the group's ratio, (x - p m) / M."""
    between: Spread
    """Of its prompts."""


def ratios(x: Floats, m: Floats, group: Codes, groups: int) -> Ratios:
    """The ratio sum(x) / sum(m) of every group, from one (x, m) per prompt and group.

    `group` holds codes 0..groups-1.
    """
    total_x, total_m = sums(group, x, groups), sums(group, m, groups)
    prompts = sums(group, m > 0, groups).astype(np.intp)
    value = divide(total_x, total_m)
    residual = np.nan_to_num(divide(x - value[group] * m, total_m[group]))
    between = spread_of(residual, group, prompts)
    return Ratios(value, total_x, total_m, prompts, residual, between)


def spread_of(residual: Floats, group: Codes, units: Codes) -> Spread:
    """K/(K-1) * sum of squared residuals per group of K units; 0 where they show no spread."""
    squares = sums(group, residual**2, len(units))
    squares[(squares < _NO_SPREAD**2) | (units < 2)] = 0
    return Spread(squares * units / np.maximum(units - 1, 1), units)


def panel_shares(value: Floats, n: Floats, days: Spread) -> Interval:
    """Of shares, were the same prompts put to the same engines on other days.

    One more answer's worth of variance keeps it from shrinking to nothing where all answers agree.
    """
    days = Spread(days.variance + np.nan_to_num(divide(1.0, n)) ** 2, days.units)
    return _shrunk(value, n, days, prior=np.ones_like(value), base=n, pseudo=1.0, least=0.0)


def market_shares(value: Floats, n: Floats, squares: Floats, prompts: Spread) -> Interval:
    """Of shares, were other prompts asked; `squares` is the sum over prompts of their squared answers."""
    prior = 1 + np.maximum(divide(squares, n) - 1, 0) * ALIKE
    units = prompts.units.astype(float)
    return _shrunk(value, n, prompts, prior=prior, base=units, pseudo=0.5, least=1.0)


def _shrunk(
    value: Floats, n: Floats, spread: Spread, *, prior: Floats, base: Floats, pseudo: float, least: float
) -> Interval:
    """Wilson's interval over an effective number of answers, the measured design effect drawn to the expected one."""
    smoothed = (value * base + pseudo) / (base + 2 * pseudo)
    measured = divide(spread.variance * n, smoothed * (1 - smoothed))
    known = np.maximum(spread.units - 1, 0)
    design = np.maximum((PRIOR_DF * prior + known * measured) / (PRIOR_DF + known), least)
    return Interval(*wilson(value, divide(n, design) * (Z / quantile(PRIOR_DF + known)) ** 2))


def means(value: Floats, spread: Spread, bounds: tuple[float, float]) -> Interval:
    """Of means that are no shares: Student's t over the units; NaN where fewer than two show a spread."""
    half = half_width(spread)
    half[half == 0] = np.nan
    return Interval(np.clip(value - half, *bounds), np.clip(value + half, *bounds))


def half_width(spread: Spread) -> Floats:
    """t(units - 1) times the standard error; 0 where the units show no spread."""
    half: Floats = quantile(np.maximum(spread.units - 1, 1)) * np.sqrt(spread.variance)
    return half


def wilson(value: Floats, size: Floats) -> tuple[Floats, Floats]:
    """Wilson score interval of the share `value` over `size` observations; NaN where size is 0."""
    size = np.where(size > 0, size, np.nan)
    value = np.clip(value, 0, 1)  # a sum of shares may exceed its denominator by a rounding error
    scale = 1 + Z**2 / size
    centre = (value + Z**2 / (2 * size)) / scale
    half = Z * np.sqrt(value * (1 - value) / size + (Z / (2 * size)) ** 2) / scale
    return np.clip(np.minimum(centre - half, value), 0, 1), np.clip(np.maximum(centre + half, value), 0, 1)


def sums(group: Codes, values: NDArray[Any], groups: int) -> Floats:
    """The sum of the values of every group."""
    return np.bincount(group, values, groups).astype(np.float64)


def divide(above: Any, below: Any) -> Floats:
    """above / below, arrays of one shape; NaN where `below` is 0."""
    below = np.asarray(below, dtype=np.float64)
    quotient: Floats = np.asarray(above, dtype=np.float64) / np.where(below == 0, np.nan, below)
    return quotient


def quantile(df: Any, level: float = LEVEL) -> Floats:
    """The t for which `level` of Student's distribution with `df` degrees of freedom lies within -t..t."""
    found: Floats = np.asarray(stdtrit(np.asarray(df, dtype=np.float64), (1 + level) / 2))
    return found


def two_sided(t: Any, df: Any) -> Floats:
    """P(|T| > t) of Student's distribution with `df` degrees of freedom."""
    found: Floats = np.asarray(2 * stdtr(np.asarray(df, dtype=np.float64), -np.abs(t)))
    return found
