"""Formulas of docs/metrics.md against SciPy and statsmodels, or worked out again in plain Python."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
import scipy.stats
import statsmodels.api as sm

from geo_tracker.metrics.changes import change, frame_movements
from geo_tracker.metrics.definitions import SOURCE_RATE
from geo_tracker.metrics.intervals import ratios
from geo_tracker.metrics.planner import MOST_DAYS, SPARE, Noise, days_needed, prompts_across
from geo_tracker.metrics.records import Facts
from geo_tracker.signals.new_names import _chance
from tests.support.daily_rows import Cell, facts
from tests.support.made_days import day
from tests.support.places import ROOT

OWN = "云纱"


def test_the_variance_between_prompts_is_that_of_errors_clustered_by_prompt() -> None:
    """An intercept whose errors are clustered, over prompts that were asked unequally often."""
    hits, asked = [1, 9, 4, 0, 12, 3], [10, 12, 5, 8, 20, 6]
    answers = np.concatenate([[1] * x + [0] * (m - x) for x, m in zip(hits, asked, strict=True)])
    prompt = np.repeat(np.arange(6), asked)
    fit = sm.OLS(answers, np.ones(len(answers))).fit(cov_type="cluster", cov_kwds={"groups": prompt})
    found = ratios(np.array(hits, float), np.array(asked, float), np.zeros(6, int), 1)
    assert found.value[0] == pytest.approx(fit.params[0])
    assert found.between.variance[0] == pytest.approx(fit.bse[0] ** 2)


def test_a_change_of_days_alone_is_students_test_with_pooled_variance() -> None:
    """A price spread has no variance of answers drawn one by one: its test is that of the daily means."""
    before, after = [1, 2, 4, 3, 2], [3, 4, 4, 2]
    sides = (_spread(before), _spread(after, 10))
    found = change(*sides, "price_spread", OWN)
    wanted = scipy.stats.ttest_ind([x / 10 for x in after], [x / 10 for x in before])
    assert found.value == pytest.approx(np.mean(after) / 10 - np.mean(before) / 10)
    assert found.p == pytest.approx(wanted.pvalue)
    interval = wanted.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def _spread(tenths: Sequence[int], first: int = 0) -> Facts:
    """Days on which one price on each of five prompts was so many tenths above its reference."""
    made = facts(
        Cell(prompt, 5, (5, 0, 0), day=day(first + at)) for at in range(len(tenths)) for prompt in range(5)
    )
    above = made.own_sums["day"].map({pd.Timestamp(day(first + at)): each for at, each in enumerate(tenths)})
    made.own_sums["price_spread"] = above / 10 * made.own_sums["offers_priced"]
    return made


def test_net_sentiment_varies_at_most_as_its_mean_allows() -> None:
    """On one day each only answers are left: (1 + b)(1 - b) stands for P(1 - P)."""
    before, after = (facts(Cell(k, 20, (10, 0, 0)) for k in range(5)) for _ in range(2))
    after.own_sums.loc[:, "balance"] = 4.0
    found = change(before, after, "net_sentiment", OWN)
    pooled, opinions = (10 + 4) / 20, 20
    drawn = 5 * (1 / 5) ** 2 * (1 + pooled) * (1 - pooled) * opinions / (opinions - 1) * (1 / 10 + 1 / 10)
    half = scipy.stats.t.ppf(0.975, 8) * math.sqrt(drawn)
    assert (found.low, found.high) == pytest.approx((-0.6 - half, -0.6 + half))


def test_prompts_without_spread_have_newcombes_interval_of_both_sides() -> None:
    def side(citing: int) -> pd.DataFrame:
        sums = {"answers": 10.0, "planned": 10.0, "citing": float(citing)}
        return pd.DataFrame([{"brand": "a.example", "prompt_id": k, **sums} for k in range(6)])

    (found,) = frame_movements(side(0), side(5), SOURCE_RATE, ["a.example"])
    moved, one, two = found.change, found.change.before, found.change.after
    below = math.hypot(0.5 - (two.market_low or 0), (one.market_high or 0) - 0)
    above = math.hypot((two.market_high or 0) - 0.5, 0 - (one.market_low or 0))
    assert (moved.low, moved.high) == pytest.approx((0.5 - below, 0.5 + above))
    assert moved.p == pytest.approx(2 * scipy.stats.norm.sf(0.5 / below * scipy.stats.norm.ppf(0.975)))


@pytest.mark.parametrize(("points", "power"), [(0.05, 0.8), (0.1, 0.9), (0.02, 0.5)])
def test_a_plan_is_the_shortest_that_the_formula_allows(points: float, power: float) -> None:
    of = Noise(0.4, 0.2, 0.0004, 0.003, prompts=8, engines=5, days=28, answers=1120)

    def told(days: int) -> float:
        variance = SPARE * 2 * (of.answer / (8 * 5 * 2) + of.day) / days
        t = scipy.stats.t.ppf(0.975, 2 * (days - 1)) + scipy.stats.norm.ppf(power)
        return float(t * math.sqrt(variance))

    wanted = next(days for days in range(2, MOST_DAYS + 1) if told(days) <= points)
    assert days_needed(of, points, power, 8, 2) == max(wanted, 3)
    across = (1.959964 + scipy.stats.norm.ppf(power)) ** 2 * 0.003 / points**2
    assert prompts_across(of, points, power) == max(math.ceil(across), 2)


@pytest.mark.parametrize(("naming", "before", "after"), [(3, 40, 60), (12, 500, 100)])
def test_the_chance_of_a_new_name_is_that_all_its_answers_fall_into_one_window(
    naming: int, before: int, after: int
) -> None:
    chance = scipy.stats.binom.pmf(naming, naming, after / (before + after))
    assert _chance(naming, before, after) == pytest.approx(chance)


def test_every_section_is_in_both_languages() -> None:
    text = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    for section in text.split("\n## ")[1:]:
        title, _, body = section.partition("\n")
        assert re.search(r"[a-z]{3}", title) and re.search(r"[\u4e00-\u9fff]", title), title
        han, latin = len(re.findall(r"[\u4e00-\u9fff]", body)), len(re.findall(r"[A-Za-z]+", body))
        assert han > latin / 12, f"{title}: {han} characters beside {latin} words"
