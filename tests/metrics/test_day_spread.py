"""The variance between days: by hand, against SciPy, and what it takes from strata and from the day before."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from geo_tracker.metrics.day_spread import day_spread, drawn_spread
from geo_tracker.metrics.intervals import wilson

ONE = np.zeros(1, np.intp)


def days(x: list[float], m: float = 10) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One stratum asked alike on some days."""
    answers = np.full((1, len(x), 1), m)
    return np.array(x)[None, :, None], answers, np.full((1, 1), 1 / (m * len(x)))


def test_few_days_of_one_stratum_are_a_plain_mean() -> None:
    x = [3.0, 5, 4, 8, 5]
    found = day_spread(*days(x), ONE, 1)
    assert found.variance[0, 0] == pytest.approx(scipy.stats.sem(np.array(x) / 10) ** 2)
    assert found.units[0, 0] == 5


def test_a_day_that_resembles_the_one_before_tells_less() -> None:
    runs, mixed = [2.0] * 6 + [8.0] * 6, [2.0, 8] * 6
    together, apart = (day_spread(*days(x), ONE, 1).variance[0, 0] for x in (runs, mixed))
    plain = scipy.stats.sem(np.array(runs) / 10) ** 2
    assert apart == pytest.approx(plain)
    lagged = 9 / 12 + 1 / 12  # of 11 neighbours 10 agree and 1 does not, over 12 squares; and 1/12
    assert together == pytest.approx(plain * (1 + min(lagged, 0.8)) / (1 - min(lagged, 0.8)))


def test_days_are_likened_from_a_week_on() -> None:
    for count, carried in ((6, False), (7, True)):
        x = np.array([2.0] * (count - 3) + [8.0] * 3)
        pull = x - x.mean()
        alike = (pull[1:] * pull[:-1]).sum() / (pull**2).sum() + 1 / count if carried else 0
        assert day_spread(*days(list(x)), ONE, 1).variance[0, 0] == pytest.approx(
            scipy.stats.sem(x / 10) ** 2 * (1 + alike) / (1 - alike)
        )


def test_what_the_mix_of_strata_explains_is_no_spread_of_days() -> None:
    """Two prompts at their own steady rates, asked in turn: the pooled rate jumps, nothing varies."""
    m = np.array([[10.0, 0, 10, 0], [0, 10, 0, 10]])[:, :, None]
    x = m * np.array([0.9, 0.1])[:, None, None]
    found = day_spread(x, m, np.full((2, 1), 1 / 40), np.zeros(2, np.intp), 1)
    assert found.variance[0, 0] == pytest.approx(0, abs=1e-15)
    assert found.units[0, 0] == 4


def test_groups_have_their_own_days() -> None:
    m = np.array([[10.0, 10, 0], [10, 10, 10]])[:, :, None]
    x = m * np.array([[0.2, 0.4, 0], [0.5, 0.5, 0.5]])[:, :, None]
    found = day_spread(x, m, np.array([[1 / 20], [1 / 30]]), np.array([0, 1]), 2)
    assert found.units[:, 0].tolist() == [2, 3]
    assert found.variance[:, 0] == pytest.approx([scipy.stats.sem([0.2, 0.4]) ** 2, 0])


def test_one_day_shows_no_spread() -> None:
    assert day_spread(*days([4]), ONE, 1).variance[0, 0] == 0


def test_answers_drawn_one_by_one_vary_as_a_sample_does() -> None:
    x, m, weight = days([4, 4])
    answers = [1.0] * 8 + [0.0] * 12
    assert drawn_spread(x, m, weight, ONE, 1)[0, 0] == pytest.approx(scipy.stats.sem(answers) ** 2)


@pytest.mark.parametrize(("hits", "n"), [(0, 20), (3, 17), (81, 263), (29, 29)])
def test_wilson_is_scipys(hits: int, n: int) -> None:
    interval = scipy.stats.binomtest(hits, n).proportion_ci(method="wilson")
    low, high = wilson(np.array([hits / n]), np.array([float(n)]))
    assert (low[0], high[0]) == pytest.approx((interval.low, interval.high))
