"""How much a headline can bear: exploratory, directional or decision-grade. Thresholds: grades.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import pandas as pd

from geo_tracker.metrics.dimensions import TIMES
from geo_tracker.metrics.grouping import group_keys, grouped
from geo_tracker.metrics.records import Facts
from geo_tracker.metrics.strata import STRATUM

EXPLORATORY = "exploratory"
LENGTH = {"day": 1, "week": 7, "month": 30}


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What keeps a selection from its next grade."""

    criterion: str
    have: float
    need: float


@dataclass(frozen=True, slots=True)
class Grade:
    """The grade of a selection, and what is missing for the next one; nothing where there is none."""

    name: str
    next: str | None
    missing: tuple[Shortfall, ...]


@cache
def thresholds() -> Mapping[str, Mapping[str, float]]:
    """What each grade above exploratory asks for, the lowest first."""
    return tomllib.loads(files("geo_tracker.metrics").joinpath("grades.toml").read_text("utf-8"))


def grade(facts: Facts) -> Grade:
    """The grade of a whole selection."""
    return grades(facts).get((), _graded(dict.fromkeys(next(iter(thresholds().values())), 0.0)))


def grades(facts: Facts, by: Sequence[str] = ()) -> dict[tuple[str, ...], Grade]:
    """The grade of each group with answers planned."""
    unit = next((name for name in TIMES if name in by), None)
    daily = facts if unit else facts.daily or facts
    cells = grouped(daily.cells, by)
    time = unit or ("day" if "day" in cells else None)
    length = LENGTH[unit or ("day" if daily is facts else facts.step)]
    rows: dict[tuple[str, ...], list[int]] = {}
    for row, key in enumerate(group_keys(cells, by)):
        rows.setdefault(key, []).append(row)
    return {key: _graded(_measured(cells.iloc[of], time, length)) for key, of in rows.items()}


def _measured(cells: pd.DataFrame, time: str | None, length: int) -> dict[str, float]:
    valid = cells[cells["answers"] > 0]
    answers, planned = float(cells["answers"].sum()), float(cells["planned"].sum())
    days = length * valid[time].nunique() if time else 1
    span = (valid["last"].max() - valid["first"].min()).days + 1 if len(valid) else 0
    strata = valid[[name for name in STRATUM if name in valid]].drop_duplicates()
    return {
        "prompts": valid["prompt_id"].nunique(),
        "answers": answers,
        "topics": valid["topic"].nunique(),
        "days": min(days, span),
        "cadence": min(days / span, 1.0) if span else 0.0,
        "repeats": answers / len(strata) if len(strata) else 0.0,
        "engines": valid["engine"].nunique() if "engine" in valid else 1,
        "coverage": answers / planned if planned else 0.0,
    }


def _graded(have: Mapping[str, float]) -> Grade:
    name = EXPLORATORY
    for above, needs in thresholds().items():
        missing = tuple(
            Shortfall(each, have[each], need) for each, need in needs.items() if have[each] < need
        )
        if missing:
            return Grade(name, above, missing)
        name = above
    return Grade(name, None, ())
