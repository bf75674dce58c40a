"""Intervals: exact quantiles, textbook values, containment, and their real coverage in simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_tracker.metrics.intervals import (
    LEVEL,
    Ratios,
    Spread,
    market_shares,
    means,
    panel_shares,
    quantile,
    ratios,
    two_sided,
    wilson,
)

counts = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=12)


def one(x: list[float], m: list[float]) -> Ratios:
    """The ratio of a single group, one entry per prompt."""
    return ratios(np.array(x, float), np.array(m, float), np.zeros(len(x), int), 1)


def market(x: list[float], m: list[float]) -> tuple[float, float]:
    """The interval for all questions of a share of answers."""
    found, answers = one(x, m), np.array(m, float)
    interval = market_shares(
        found.value, answers.sum(keepdims=True), (answers**2).sum(keepdims=True), found.between
    )
    return float(interval.low[0]), float(interval.high[0])


def width(of: tuple[float, float]) -> float:
    return of[1] - of[0]


# two-sided 95 % quantiles as printed in tables of Student's distribution
@pytest.mark.parametrize(
    ("df", "printed"),
    [
        (1, 12.7062),
        (2, 4.3027),
        (3, 3.1824),
        (4, 2.7764),
        (7, 2.3646),
        (30, 2.0423),
        (120, 1.9799),
        (2000, 1.9612),
    ],
)
def test_student_quantiles(df: int, printed: float) -> None:
    assert quantile(df) == pytest.approx(printed, abs=5e-5)
    assert 1 - two_sided(quantile(df), df) == pytest.approx(LEVEL)


@pytest.mark.parametrize(("df", "t", "inside"), [(1, 1, 0.5), (2, math.sqrt(2), math.sqrt(0.5)), (3, 0, 0)])
def test_student_distribution_in_closed_form(df: int, t: float, inside: float) -> None:
    assert 1 - two_sided(t, df) == pytest.approx(inside)


# Newcombe (1998), table I: 81 of 263 and 0 of 20
@pytest.mark.parametrize(
    ("share", "size", "low", "high"),
    [(81 / 263, 263, 0.2553, 0.3662), (0, 20, 0, 0.1611), (1, 29, 0.8830, 1)],
)
def test_wilson(share: float, size: float, low: float, high: float) -> None:
    found = wilson(np.array([share]), np.array([size]))
    assert [float(bound[0]) for bound in found] == pytest.approx([low, high], abs=5e-5)


def test_wilson_of_a_share_that_rounding_put_above_one() -> None:
    with np.errstate(invalid="raise"):
        low, high = wilson(np.array([1 + 4e-16, -4e-16]), np.array([1e17, 1e17]))
    assert low == pytest.approx([1, 0]) and high == pytest.approx([1, 0])


def test_market_interval_by_hand() -> None:
    low, high = market([1, 2, 6], [10, 10, 10])
    # p = 9/30; residuals -2, -1, 3; V = 3/2 * 14 / 900; p~ = (.9 + .5) / 4 = .35
    measured = 1.5 * 14 / 900 / (0.35 * 0.65 / 30)
    design = (8 * (1 + 9 * 0.3) + 2 * measured) / 10
    by_hand = wilson(np.array([0.3]), np.array([30 / design * (1.959964 / 2.228139) ** 2]))
    assert (low, high) == pytest.approx([float(bound[0]) for bound in by_hand], abs=1e-6)


def test_panel_interval_by_hand() -> None:
    found = panel_shares(np.array([0.25]), np.array([80.0]), Spread(np.array([0.004]), np.array([5])))
    smoothed = 21 / 82
    measured = (0.004 + 1 / 80**2) / (smoothed * (1 - smoothed) / 80)
    design = (8 + 4 * measured) / 12
    by_hand = wilson(np.array([0.25]), np.array([80 / design * (1.959964 / 2.178813) ** 2]))
    assert (found.low[0], found.high[0]) == pytest.approx([float(bound[0]) for bound in by_hand], abs=1e-6)


def test_one_event_more_does_not_make_the_interval_jump() -> None:
    nothing, once = market([0] * 8, [28] * 8), market([1, *[0] * 7], [28] * 8)
    assert 0.8 < width(nothing) / width(once) < 1.2
    everything, all_but_one = market([28] * 8, [28] * 8), market([27, *[28] * 7], [28] * 8)
    assert width(everything) == pytest.approx(width(nothing))
    assert width(all_but_one) == pytest.approx(width(once))


@pytest.mark.parametrize(("hits", "asked"), [([14] * 8, 28), ([15, *[14] * 7], 28), ([1] * 60, 2)])
def test_prompts_that_agree_by_chance_do_not_say_more_than_their_answers(
    hits: list[float], asked: int
) -> None:
    answers = float(asked * len(hits))
    plain = wilson(np.array([sum(hits) / answers]), np.array([answers]))
    assert width(market(hits, [asked] * len(hits))) >= float(plain[1][0] - plain[0][0])


def test_nothing_seen_on_many_days_is_no_proof_of_never() -> None:
    never = panel_shares(np.zeros(1), np.array([224.0]), Spread(np.zeros(1), np.array([28])))
    assert 3 / 224 < never.high[0] < 0.03, "no less than the rule of three"


def test_one_prompt_speaks_for_itself_alone() -> None:
    low, high = market([3], [10])
    plain = wilson(np.array([0.3]), np.array([10.0]))
    assert (low, high) != pytest.approx((plain[0][0], plain[1][0]))
    assert low < plain[0][0] < plain[1][0] < high


def test_prompts_without_a_denominator_are_no_sampling_units() -> None:
    assert one([1, 4, 0], [5, 5, 0]).prompts[0] == 2
    assert market([1, 4, 0], [5, 5, 0]) == pytest.approx(market([1, 4], [5, 5]))


def test_no_denominator_has_no_value() -> None:
    assert np.isnan([one([0, 0], [0, 0]).value[0], *market([0, 0], [0, 0])]).all()


def test_means_have_the_t_interval_of_their_units_and_none_without() -> None:
    found = one([9, 2, 4], [3, 2, 2])
    # p = 15/7; residuals (9 - 3p)/7, (2 - 2p)/7, (4 - 2p)/7
    p = 15 / 7
    variance = 1.5 * sum(r**2 for r in ((9 - 3 * p) / 7, (2 - 2 * p) / 7, (4 - 2 * p) / 7))
    interval = means(found.value, found.between, (1.0, np.inf))
    assert interval.high[0] == pytest.approx(p + 4.302653 * math.sqrt(variance))
    assert interval.low[0] == 1
    assert np.isnan(means(one([9], [3]).value, one([9], [3]).between, (1.0, np.inf)).low[0])


@given(counts)
def test_the_interval_contains_the_share_and_stays_in_range(pairs: list[tuple[int, int]]) -> None:
    hits, answers = [float(min(x, m)) for x, m in pairs], [float(m) for _, m in pairs]
    value, (low, high) = one(hits, answers).value[0], market(hits, answers)
    if np.isnan(value):
        assert sum(answers) == 0
    else:
        assert 0 <= low <= value <= high <= 1


@given(counts, counts)
def test_groups_do_not_touch_each_other(first: list[tuple[int, int]], second: list[tuple[int, int]]) -> None:
    pairs = np.array([(min(x, m), m) for x, m in [*first, *second]], float)
    group = np.array([0] * len(first) + [1] * len(second))
    both = ratios(pairs[:, 0], pairs[:, 1], group, 2)
    for code in (0, 1):
        alone = one(list(pairs[group == code, 0]), list(pairs[group == code, 1]))
        assert both.value[code] == pytest.approx(alone.value[0], nan_ok=True)
        assert both.between.variance[code] == pytest.approx(alone.between.variance[0], nan_ok=True)
        assert both.between.units[code] == alone.between.units[0]


def test_pooling_answers_as_if_independent_would_not_hold() -> None:
    random = np.random.default_rng(7)
    rates = random.beta(2, 2, (2000, 20))
    value = random.binomial(30, rates).sum(1) / 600
    low, high = wilson(value, np.full(2000, 600.0))
    assert float(((low <= 0.5) & (high >= 0.5)).mean()) < 0.7


def test_the_bounds_of_a_share_hold_it_to_the_last_bit() -> None:
    """Without care a share of 0 has a bound of 1e-18 on its wrong side, and reads as another number."""
    for n in range(1, 120):
        value = np.arange(n + 1) / n
        low, high = wilson(value, np.full(n + 1, float(n)))
        assert (low <= value).all() and (value <= high).all()
