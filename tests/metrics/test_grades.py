"""Grades of selections, and what is missing for the next one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from geo_tracker.metrics.grades import grade, grades, thresholds
from geo_tracker.metrics.measures import table
from geo_tracker.metrics.records import Facts
from tests.support.daily_rows import DAY, Cell, facts

DIRECTIONAL = {"prompts": 50, "days": 10, "engines": 2, "repeats": 1}


def selection(
    prompts: int, days: int, engines: int, repeats: int, planned: int | None = None, every: int = 1
) -> Facts:
    return facts(
        Cell(k, repeats, (0, 0, 0), engine="abcdef"[e], day=DAY + timedelta(days=d * every), planned=planned)
        for k in range(prompts)
        for e in range(engines)
        for d in range(days)
    )


def test_every_threshold_met_is_directional() -> None:
    found = grade(selection(**DIRECTIONAL))
    assert (found.name, found.next) == ("directional", "decision-grade")
    assert {lack.criterion: lack.have for lack in found.missing} == {
        **{"prompts": 50, "answers": 1000, "topics": 2, "days": 10, "engines": 2}
    }


@pytest.mark.parametrize(
    ("changed", "missing", "have"),
    [
        ({"prompts": 49}, "prompts", 49),
        ({"days": 6}, "days", 6),
        ({"engines": 1}, "engines", 1),
        ({"repeats": 1, "planned": 2}, "coverage", 0.5),
        ({"every": 3}, "cadence", pytest.approx(10 / 28)),
    ],
)
def test_one_threshold_missed_is_exploratory(changed: dict[str, int], missing: str, have: float) -> None:
    found = grade(selection(**{**DIRECTIONAL, **changed}))
    assert found.name == "exploratory"
    assert [(lack.criterion, lack.have) for lack in found.missing] == [(missing, have)]


def test_grades_rise() -> None:
    low, high = thresholds().values()
    assert low.keys() == high.keys()
    assert all(low[name] < high[name] for name in low)


def test_rows_have_the_grade_of_their_group() -> None:
    of = selection(**DIRECTIONAL)
    assert {row["grade"] for row in table(of, metrics=("mention_rate",))} == {"directional"}
    by_engine = table(of, by=("engine",), metrics=("mention_rate",))
    assert {row["grade"] for row in by_engine} == {"exploratory"}, "one engine each"
    assert {found.name for found in grades(of, ("day",)).values()} == {"exploratory"}


def test_nothing_is_exploratory() -> None:
    assert grade(selection(0, 0, 0, 0)).name == "exploratory"


def test_a_week_that_was_asked_in_part_is_no_more_days_than_it_spans() -> None:
    (found,) = grades(selection(**DIRECTIONAL | {"days": 3}), ("week",)).values()
    assert {lack.criterion: lack.have for lack in found.missing}["days"] == 3


def test_repeats_are_those_of_a_prompt_on_an_engine() -> None:
    missing = {lack.criterion: lack.have for lack in grade(selection(**DIRECTIONAL | {"days": 8})).missing}
    assert missing["repeats"] == 8


def test_prompts_engines_and_days_without_an_answer_are_none() -> None:
    failed = [
        Cell(prompt, 0, engine="z", day=DAY + timedelta(days=day), planned=1)
        for prompt in range(60, 80)
        for day in range(20, 30)
    ]
    good = [
        Cell(prompt, 1, engine=engine, day=DAY + timedelta(days=day))
        for prompt in range(20)
        for engine in "ab"
        for day in range(10)
    ]
    missing = {lack.criterion: lack.have for lack in grade(facts([*good, *failed])).missing}
    assert (missing["prompts"], missing["coverage"]) == (20, pytest.approx(400 / 600))
    assert "engines" not in missing and "cadence" not in missing
