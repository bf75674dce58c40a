"""What an answer weighs in a value over several engines. Formulas: docs/metrics.md#weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from geo_tracker.metrics.intervals import Codes, Floats, divide


def engine_factors(rows: pd.DataFrame, by: Sequence[str]) -> pd.Series:
    """What an answer of each row weighs where the engines of a group weigh the same: N / (E n_e).

    `rows` has `engine`, `answers` and the columns of `by`. N answers of E engines, n_e of them the row's; engines
    without answers are none of the E and weigh 0. The weights of a group add up to N.
    """
    keys = list(dict.fromkeys([*by, "engine"]))
    known = rows[[*keys, "answers"]].assign(asked=rows["engine"].where(rows["answers"] > 0))
    groups: Any = known.groupby([*by], observed=True) if by else known.groupby(lambda _: 0)
    of_engine = known.groupby(keys, observed=True)["answers"].transform("sum")
    engines = groups["asked"].transform("nunique")
    factors = divide(groups["answers"].transform("sum"), engines * of_engine)
    return pd.Series(np.nan_to_num(factors), index=rows.index)


def kish(weighted: Floats, squared: Floats) -> Floats:
    """The number of equal answers worth as much: (sum of w)^2 / sum of w^2; Kish 1965."""
    return np.nan_to_num(divide(weighted**2, squared))


def equal_engines(weight: Floats, group: Codes, engine: Codes) -> Floats:
    """Weights of strata with those of each engine adding up to 1 in its group; arrays are strata x names."""
    cell = np.unique(np.stack([group, engine]), axis=1, return_inverse=True)[1]
    total = np.zeros((cell.max() + 1 if len(cell) else 0, *weight.shape[1:]))
    np.add.at(total, cell, weight)
    found: Floats = np.nan_to_num(divide(weight, total[cell]))
    return found
