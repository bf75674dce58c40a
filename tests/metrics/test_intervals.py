"""Intervals: exact quantiles, textbook values, containment, and their real coverage in simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo_tracker.metrics.intervals import LEVEL, Ratios, ratios, student_t, wilson, within_t

SHARE = (0.0, 1.0)
counts = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=12)


def one(x: list[float], m: list[float], bounds: tuple[float, float] = SHARE) -> Ratios:
    """The ratio of a single group, one entry per prompt."""
    return ratios(np.array(x, float), np.array(m, float), np.zeros(len(x), int), np.array([sum(m)]), bounds)


# two-sided 95 % quantiles as printed in tables of Student's distribution
@pytest.mark.parametrize(
    ("df", "quantile"),
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
def test_student_quantiles(df: int, quantile: float) -> None:
    assert student_t(df) == pytest.approx(quantile, abs=5e-5)
    assert within_t(student_t(df), df) == pytest.approx(LEVEL)


@pytest.mark.parametrize(("df", "t", "inside"), [(1, 1, 0.5), (2, math.sqrt(2), math.sqrt(0.5)), (3, 0, 0)])
def test_student_distribution_in_closed_form(df: int, t: float, inside: float) -> None:
    assert within_t(t, df) == pytest.approx(inside)


# Newcombe (1998), table I: 81 of 263 and 0 of 20
@pytest.mark.parametrize(
    ("share", "size", "low", "high"),
    [(81 / 263, 263, 0.2553, 0.3662), (0, 20, 0, 0.1611), (1, 29, 0.8830, 1)],
)
def test_wilson(share: float, size: float, low: float, high: float) -> None:
    found = wilson(np.array([share]), np.array([size]))
    assert [float(bound[0]) for bound in found] == pytest.approx([low, high], abs=5e-5)


def test_cluster_interval_by_hand() -> None:
    found = one([1, 2, 6], [10, 10, 10])
    # p = 0.3, residuals -2, -1, 3; Var = 3/2 * 14 / 900; t(2) = 4.3027
    half = 4.302653 * math.sqrt(1.5 * 14 / 900)
    assert found.value[0] == pytest.approx(0.3)
    assert (found.low[0], found.high[0]) == pytest.approx((0.0, 0.3 + half), abs=1e-6)
    assert found.prompts[0] == 3


def test_one_prompt_falls_back_to_wilson_over_its_answers() -> None:
    found = one([3], [10])
    low, high = wilson(np.array([0.3]), np.array([10.0]))
    assert (found.low[0], found.high[0]) == (low[0], high[0])


def test_all_or_nothing_counts_prompts_not_answers() -> None:
    found = one([0] * 8, [50] * 8)
    assert found.high[0] == pytest.approx(wilson(np.array([0.0]), np.array([8.0]))[1][0])
    uneven = one([0] * 3, [98, 1, 1])
    assert uneven.high[0] > found.high[0]


def test_equal_prompts_still_have_an_interval() -> None:
    found = one([5, 5, 5], [10, 10, 10])
    assert found.low[0] < 0.5 < found.high[0]


def test_prompts_without_a_denominator_are_no_sampling_units() -> None:
    with_empty, without = one([1, 4, 0], [5, 5, 0]), one([1, 4], [5, 5])
    assert with_empty.prompts[0] == 2
    assert (with_empty.low[0], with_empty.high[0]) == pytest.approx((without.low[0], without.high[0]))


def test_no_denominator_has_no_value() -> None:
    found = one([0, 0], [0, 0])
    assert np.isnan([found.value[0], found.low[0], found.high[0]]).all()


def test_positions_have_no_upper_bound_and_no_invented_interval() -> None:
    found = one([9, 2], [3, 2], (1.0, np.inf))
    assert found.high[0] > found.value[0] == pytest.approx(11 / 5)
    assert found.low[0] >= 1
    alone = one([9], [3], (1.0, np.inf))
    assert np.isnan(alone.low[0])
    assert np.isnan(alone.high[0])


@given(counts)
def test_the_interval_contains_the_share_and_stays_in_range(pairs: list[tuple[int, int]]) -> None:
    found = one([min(x, m) for x, m in pairs], [m for _, m in pairs])
    if np.isnan(found.value[0]):
        assert sum(m for _, m in pairs) == 0
    else:
        assert 0 <= found.low[0] <= found.value[0] <= found.high[0] <= 1


@given(counts, counts)
def test_groups_do_not_touch_each_other(first: list[tuple[int, int]], second: list[tuple[int, int]]) -> None:
    pairs = np.array([(min(x, m), m) for x, m in [*first, *second]], float)
    group = np.array([0] * len(first) + [1] * len(second))
    trials = np.array([pairs[group == code, 1].sum() for code in (0, 1)])
    both = ratios(pairs[:, 0], pairs[:, 1], group, trials, SHARE)
    for code in (0, 1):
        alone = one(list(pairs[group == code, 0]), list(pairs[group == code, 1]))
        for name in ("value", "low", "high"):
            assert getattr(both, name)[code] == pytest.approx(getattr(alone, name)[0], nan_ok=True)


def simulated(prompts: int, answers: int, mean: float, alike: float, rounds: int, seed: int) -> Ratios:
    """Many samples of prompts whose true rates are Beta(mean, intra-class correlation `alike`)."""
    random = np.random.default_rng(seed)
    scale = 1 / alike - 1
    rates = random.beta(mean * scale, (1 - mean) * scale, (rounds, prompts))
    hits: NDArray[np.float64] = random.binomial(answers, rates).astype(float).ravel()
    group = np.repeat(np.arange(rounds), prompts)
    size = np.full(rounds * prompts, float(answers))
    return ratios(hits, size, group, np.full(rounds, float(prompts * answers)), SHARE)


@pytest.mark.parametrize(
    ("prompts", "answers", "mean", "alike", "floor"),
    [
        (20, 30, 0.5, 0.2, 0.93),
        (40, 12, 0.3, 0.3, 0.93),
        (10, 84, 0.4, 0.1, 0.92),
        (30, 6, 0.7, 0.6, 0.92),
        (8, 30, 0.5, 0.3, 0.92),
        (30, 30, 0.05, 0.1, 0.85),  # skewed: few prompts carry all mentions; docs/metrics.md says so
    ],
)
def test_95_per_cent_intervals_hold_for_correlated_repeats(
    prompts: int, answers: int, mean: float, alike: float, floor: float
) -> None:
    found = simulated(prompts, answers, mean, alike, rounds=4000, seed=7)
    held = float(((found.low <= mean) & (mean <= found.high)).mean())
    assert floor <= held <= 0.99


def test_pooling_answers_as_if_independent_would_not_hold() -> None:
    found = simulated(20, 30, 0.5, 0.2, rounds=2000, seed=7)
    low, high = wilson(found.value, np.full(2000, 600.0))
    assert float(((low <= 0.5) & (high >= 0.5)).mean()) < 0.7
