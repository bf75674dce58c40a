"""Daily sums as data: documented, and never 0 where they were not computed."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from geo_tracker.metrics.changes import change
from geo_tracker.metrics.definitions import METRICS
from geo_tracker.metrics.measures import answer_counts, measure, table
from geo_tracker.metrics.shelf import FUNNEL
from geo_tracker.metrics.sums import ROLLUP_VERSION, SUMS, Sum, computed_since
from tests.support.daily_rows import DAY, Cell, facts
from tests.support.places import ROOT

OWN = "云纱"
OLD = 1
"""A version before the newest sums."""


@pytest.mark.parametrize("each", SUMS.values(), ids=SUMS)
def test_every_sum_is_documented(each: Sum) -> None:
    document = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    row = rf"^\| `{each.name}` \| {each.table} \| {re.escape(each.meaning)} \| .*[\u4e00-\u9fff].* \| {each.since} \|$"
    assert re.search(row, document, re.MULTILINE), "with its meaning in Chinese"


def test_every_metric_is_made_of_known_sums() -> None:
    assert {name for of in (*METRICS.values(), *FUNNEL.values()) for name in of.columns} <= set(SUMS)
    assert max(each.since for each in SUMS.values()) <= ROLLUP_VERSION


def cells(version: int, days: int = 2) -> list[Cell]:
    return [
        Cell(k, 10, (4, 2, 0), surface="web", day=DAY.replace(day=2 + day), version=version)
        for k in range(6)
        for day in range(days)
    ]


def test_a_sum_that_was_not_computed_has_no_value() -> None:
    found = measure(facts(cells(OLD)), "trigger_rate")
    assert found.verdict == "not computed"
    assert (found.value, found.low, found.high, found.n) == (None, None, None, 0)
    assert (found.numerator, found.denominator) == (None, None)
    assert found.coverage == 1


def test_one_old_day_is_enough_and_other_sums_stand() -> None:
    mixed = facts([*cells(ROLLUP_VERSION), replace(cells(OLD)[0], day=DAY.replace(day=9))])
    assert measure(mixed, "trigger_rate").verdict == "not computed"
    assert measure(mixed, "mention_rate", OWN).verdict == "ok"
    assert measure(mixed, "trigger_rate_pages").value == pytest.approx(0.6)


def test_groups_without_old_days_keep_their_values() -> None:
    mixed = facts([*cells(ROLLUP_VERSION, 1), *(replace(c, engine="kimi") for c in cells(OLD, 1))])
    rows = {row["group"]["engine"]: row for row in table(mixed, ("engine",), ("trigger_rate",))}
    assert (rows["kimi"]["value"], rows["kimi"]["verdict"]) == (None, "not computed")
    assert (rows["doubao"]["value"], rows["doubao"]["verdict"]) == (0.3, "ok")


@pytest.mark.parametrize("sides", [(OLD, ROLLUP_VERSION), (ROLLUP_VERSION, OLD)])
def test_a_change_needs_both_sides(sides: tuple[int, int]) -> None:
    before, after = (facts(cells(version)) for version in sides)
    found = change(before, after, "trigger_rate")
    assert (found.value, found.low, found.p, found.q) == (None, None, None, None)
    assert found.verdict == "not computed"


def test_counts_of_answers_that_were_not_counted_are_none() -> None:
    counts = answer_counts(facts(cells(OLD)))
    assert (counts["planned"], counts["answers"], counts["cut"]) == (120, 120, None)
    assert answer_counts(facts(cells(ROLLUP_VERSION)))["cut"] == 0


def test_what_is_no_daily_sum_is_always_computed() -> None:
    assert computed_since(("citing", "answers")) == 1
    assert computed_since(("cut", "answers")) == 2
