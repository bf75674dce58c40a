"""Intervals of ratios whose sampling unit is the prompt. Formulas: docs/metrics.md#uncertainty."""

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
_NO_SPREAD = 1e-9  # below this share of the denominator, differences between prompts are rounding errors


@dataclass(frozen=True, slots=True)
class Ratios:
    """X / M per group with its interval; arrays have one entry per group, NaN where there is none."""

    value: Floats
    low: Floats
    high: Floats
    numerator: Floats
    denominator: Floats
    prompts: Codes
    residual: Floats
    """One entry per prompt and group: its pull on the group's ratio, (x - p m) / M."""


def ratios(x: Floats, m: Floats, group: Codes, trials: Floats, bounds: tuple[float, float]) -> Ratios:
    """The ratio sum(x) / sum(m) of every group, from one (x, m) per prompt and group.

    `group` holds codes 0..len(trials)-1, `trials` the answers behind each group, `bounds` the metric's range.
    """
    groups = len(trials)
    total_x, total_m = _sums(group, x, groups), _sums(group, m, groups)
    prompts = _sums(group, m > 0, groups).astype(np.intp)
    value = divide(total_x, total_m)
    residual = np.nan_to_num(divide(x - value[group] * m, total_m[group]))
    half = half_width(residual, group, prompts)
    low, high = _fallback(value, _effective_size(value, m, group, prompts, trials), bounds)
    spread = half > 0
    low[spread] = np.clip(value - half, *bounds)[spread]
    high[spread] = np.clip(value + half, *bounds)[spread]
    return Ratios(value, low, high, total_x, total_m, prompts, residual)


def half_width(residual: Floats, group: Codes, prompts: Codes) -> Floats:
    """t(K-1) * sqrt(K/(K-1) * sum of squared residuals) per group; 0 where the prompts show no spread."""
    squares = _sums(group, residual**2, len(prompts))
    squares[(squares < _NO_SPREAD**2) | (prompts < 2)] = 0
    t = np.array([student_t(int(k) - 1) if k > 1 else 0.0 for k in prompts])
    variance: Floats = squares * prompts / np.maximum(prompts - 1, 1)
    return t * np.sqrt(variance)


def _effective_size(value: Floats, m: Floats, group: Codes, prompts: Codes, trials: Floats) -> Floats:
    """Independent observations where prompts show no spread.

    Several prompts that are all at 0 or all at 1 do not tell how alike repeats are, so they count as Kish's
    effective number of prompts, (sum m)^2 / sum m^2. Otherwise every answer counts.
    """
    kish = divide(_sums(group, m, len(trials)) ** 2, _sums(group, m**2, len(trials)))
    return np.where((prompts > 1) & ((value == 0) | (value == 1)), kish, trials)


def _fallback(value: Floats, size: Floats, bounds: tuple[float, float]) -> tuple[Floats, Floats]:
    if bounds == (0, 1):
        return wilson(value, size)
    return np.full_like(value, np.nan), np.full_like(value, np.nan)


def wilson(value: Floats, size: Floats) -> tuple[Floats, Floats]:
    """Wilson score interval of the share `value` over `size` observations; NaN where size is 0."""
    size = np.where(size > 0, size, np.nan)
    scale = 1 + Z**2 / size
    centre = (value + Z**2 / (2 * size)) / scale
    half = Z * np.sqrt(value * (1 - value) / size + (Z / (2 * size)) ** 2) / scale
    return np.clip(np.minimum(centre - half, value), 0, 1), np.clip(np.maximum(centre + half, value), 0, 1)


def _sums(group: Codes, values: NDArray[Any], groups: int) -> Floats:
    return np.bincount(group, values, groups).astype(np.float64)


def divide(above: Any, below: Any) -> Floats:
    """above / below, arrays of one shape; NaN where `below` is 0."""
    below = np.asarray(below, dtype=np.float64)
    quotient: Floats = np.asarray(above, dtype=np.float64) / np.where(below == 0, np.nan, below)
    return quotient


def student_t(df: int, level: float = LEVEL) -> float:
    """The t for which `level` of Student's distribution with `df` degrees of freedom lies within -t..t."""
    return float(stdtrit(df, (1 + level) / 2))


def within_t(t: float, df: int) -> float:
    """P(|T| <= t) of Student's distribution with `df` degrees of freedom."""
    return float(1 - 2 * stdtr(df, -abs(t)))
