"""Rows of sums by the dimensions that they are asked by."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from geo_tracker.errors import UsageError
from geo_tracker.metrics.dimensions import DIMENSIONS, TIMES


def grouped(frame: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Cells or brands' sums with a column for every dimension of `by`."""
    check_groups(by, DIMENSIONS)
    starts = {"week": "W", "month": "M"}
    made = {
        name: frame["day"].dt.to_period(starts[name]).dt.start_time
        for name in by
        if name in starts and name not in frame and "day" in frame
    }
    if missing := [name for name in by if name in TIMES and name not in {*frame, *made}]:
        raise ValueError(f"these facts were not read by {missing[0]}")
    return frame.assign(**made)


def check_groups(by: Sequence[str], known: Sequence[str]) -> None:
    """Raises `UsageError` where a dimension is none of the known ones."""
    if unknown := [dimension for dimension in by if dimension not in known]:
        raise UsageError(f"cannot group by {', '.join(unknown)}: use {', '.join(known)}")


def group_keys(frame: pd.DataFrame, by: Sequence[str]) -> list[tuple[str, ...]]:
    if not by:
        return [()] * len(frame)
    return list(zip(*(_text(frame[dimension]) for dimension in by), strict=True))


def _text(column: pd.Series) -> list[str]:
    dated = pd.api.types.is_datetime64_any_dtype(column)
    return list(column.dt.strftime("%Y-%m-%d") if dated else column)
