"""How days pull a ratio apart when the same prompts are put to the same engines. Formulas: docs/metrics.md#panel.

Arrays are strata x days x names (brands, or whatever is counted); a stratum is a prompt on an engine and surface.
"""

from __future__ import annotations

import numpy as np

from geo_tracker.metrics.intervals import Codes, Floats, Spread, divide

WEEK = 7
"""Days from which on what one day has in common with the next can be told from noise."""
MOST_ALIKE = 0.8


def day_spread(x: Floats, m: Floats, weight: Floats, group: Codes, groups: int) -> Spread:
    """Variance of sum over strata of weight * (x - p m), p the stratum's own rate, from how its days differ.

    `x` and `m` are the sums above and below the line; `weight` is one per stratum and name; `group` has the code of
    each stratum, 0..groups-1. The result has one entry per group and name.
    """
    rate = np.nan_to_num(divide(x.sum(1), np.broadcast_to(m, x.shape).sum(1)))
    pull = by_group(weight[:, None] * (x - rate[:, None] * m), group, groups)
    days = by_group(np.broadcast_to(m > 0, x.shape), group, groups) > 0
    units: Codes = days.sum(1)
    variance = (pull**2).sum(1) * units / np.maximum(units - 1, 1)
    return Spread(np.where(units > 1, variance * _carried_over(pull, units), 0.0), units)


def _carried_over(pull: Floats, days: Codes) -> Floats:
    """By how much more a mean varies because a day resembles the one before."""
    lagged = divide((pull[:, 1:] * pull[:, :-1]).sum(1), (pull**2).sum(1))
    alike = np.clip(np.nan_to_num(lagged) + 1 / np.maximum(days, 1), 0, MOST_ALIKE)
    return np.where(days >= WEEK, (1 + alike) / (1 - alike), 1.0)


def drawn_spread(x: Floats, m: Floats, weight: Floats, group: Codes, groups: int) -> Floats:
    """The same variance of yes/no answers that were drawn one by one within their strata: the least it can be.

    0 from strata with a single answer, which say nothing of it.
    """
    total = np.broadcast_to(m, x.shape).sum(1)
    rate = np.nan_to_num(divide(x.sum(1), total))
    each = np.where(total > 1, total**2 / np.maximum(total - 1, 1) * rate * (1 - rate), 0.0)
    return by_group(weight**2 * each, group, groups)


def by_group(values: Floats, group: Codes, groups: int) -> Floats:
    """Sums over the strata of each group."""
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(groups))
    found: Floats = np.add.reduceat(values[order].astype(float), starts)
    return found
