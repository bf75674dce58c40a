"""Changes between two windows: what is called real, and what is not."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_tracker.errors import UsageError
from geo_tracker.metrics.changes import benjamini_hochberg, change, comparability, difference, movements
from geo_tracker.metrics.definitions import METRICS
from geo_tracker.metrics.intervals import ratios, student_t
from geo_tracker.metrics.records import Facts, previous
from tests.support.daily_rows import Cell, facts

OWN, RIVAL = "云纱", "Aurora Care"


def window(
    own: list[int], rival: list[int] | None = None, answers: int = 20, first: int = 1, **cell: object
) -> Facts:
    """One cell per prompt: answers that name the own brand and a rival."""
    rivals = rival or [0] * len(own)
    pairs = enumerate(zip(own, rivals, strict=True), start=first)
    return facts(Cell(number, answers, (a, b, 0), **cell) for number, (a, b) in pairs)  # type: ignore[arg-type]


def test_a_shift_of_every_prompt_is_real() -> None:
    found = change(window([2, 8, 4, 10, 6, 12]), window([8, 13, 10, 16, 11, 18]), "mention_rate", OWN)
    assert found.verdict == "real"
    assert found.value == pytest.approx((8 + 13 + 10 + 16 + 11 + 18 - 42) / 120)
    assert found.low is not None and found.low > 0
    assert found.p is not None and found.p < 0.001


def test_prompts_that_go_both_ways_are_noise() -> None:
    found = change(window([2, 8, 4, 10, 6, 12]), window([12, 2, 9, 3, 14, 6]), "mention_rate", OWN)
    assert found.verdict == "within noise"
    assert found.low is not None and found.high is not None
    assert found.low < 0 < found.high


def test_paired_interval_by_hand() -> None:
    before, after = [4, 8, 6, 2, 10], [6, 8, 9, 2, 14]
    found = change(window(before), window(after), "mention_rate", OWN)
    differences = (np.array(after) - np.array(before)) / 20
    half = student_t(4) * differences.std(ddof=1) / np.sqrt(5)
    assert found.value == pytest.approx(differences.mean())
    assert (found.low, found.high) == pytest.approx((differences.mean() - half, differences.mean() + half))


def test_only_prompts_of_both_windows_are_compared() -> None:
    before, after = window([5, 5, 5, 5, 5, 5, 5]), window([6, 4, 6, 4, 7, 20, 20], first=3)
    found = change(before, after, "mention_rate", OWN)
    assert found.prompts == 5
    assert found.value == pytest.approx((6 + 4 + 6 + 4 + 7 - 25) / 100)
    assert (found.before.n, found.after.n) == (100, 100)


@pytest.mark.parametrize(("prompts", "answers"), [(4, 20), (5, 1)])
def test_thin_samples_are_never_real(prompts: int, answers: int) -> None:
    found = change(
        window([0] * prompts, answers=answers),
        window([answers] * prompts, answers=answers),
        "mention_rate",
        OWN,
    )
    assert found.verdict == "thin sample"
    assert found.q is None


def test_from_nothing_to_everything_is_real_though_prompts_show_no_spread() -> None:
    found = change(window([0] * 6), window([20] * 6), "mention_rate", OWN)
    assert found.verdict == "real"
    assert found.low is not None and 0 < found.low < 1
    assert found.high == 1


def test_no_change_at_all_is_noise() -> None:
    same = window([3, 9, 4, 10, 6])
    found = change(same, same, "mention_rate", OWN)
    assert (found.value, found.verdict, found.p) == (0, "within noise", 1)


def test_nothing_to_compare() -> None:
    found = change(window([3, 9], first=1), window([3, 9], first=5), "mention_rate", OWN)
    assert (found.value, found.verdict, found.prompts) == (None, "no data", 0)


def test_a_family_of_noise_seldom_calls_anything_real() -> None:
    random = np.random.default_rng(3)
    real = alone = 0
    for _ in range(40):
        before, after = (
            facts(
                Cell(number, 20, tuple(random.binomial(20, 0.4, 3)), engine=engine)
                for number in range(8)
                for engine in "abcd"
            )
            for _ in range(2)
        )
        found = movements(before, after, by=("engine",), metrics=("mention_rate",))
        real += any(row.change.verdict == "real" for row in found)
        alone += any(row.change.p is not None and row.change.p < 0.05 for row in found)
    assert real <= 6
    assert alone > 2 * real


def called_real(shift: float) -> float:
    """Share of simulated windows in which 20 prompts, all moved by `shift`, show p < 0.05."""
    random, rounds, prompts, answers = np.random.default_rng(5), 2000, 20, 30
    rates = random.beta(1, 1.5, (rounds, prompts))
    group, size = np.repeat(np.arange(rounds), prompts), np.full(rounds * prompts, float(answers))
    first, last = (
        ratios(
            random.binomial(answers, rate).ravel().astype(float), size, group, np.full(rounds, 600.0), (0, 1)
        )
        for rate in (rates, np.clip(rates + shift, 0, 1))
    )
    *_, p = difference(METRICS["mention_rate"], first, last, group)
    return float((p < 0.05).mean())


def test_noise_is_called_real_once_in_twenty_and_true_moves_mostly() -> None:
    assert 0.035 <= called_real(0.0) <= 0.065
    assert called_real(0.1) > 0.9


def test_movements_keep_groups_brands_and_order_apart() -> None:
    before = window([2, 8, 4, 10, 6, 12], [5, 5, 5, 5, 5, 5])
    after = window([8, 13, 10, 16, 11, 18], [5, 4, 6, 5, 4, 6])
    found = movements(before, after, by=("topic",), metrics=("mention_rate", "coverage"))
    assert [(row.metric, row.group["topic"], row.brand) for row in found] == [
        *(
            ("mention_rate", topic, brand)
            for topic in ("creams", "masks")
            for brand in (OWN, RIVAL, "Basalt")
        ),
        ("coverage", "creams", None),
        ("coverage", "masks", None),
    ]
    record = found[0].record()
    assert record["before"]["value"] == pytest.approx(0.5)
    assert record["verdict"] == "thin sample"


def test_what_makes_windows_incomparable_is_said() -> None:
    cells = [Cell(number, 10, (5, 0, 0)) for number in range(6)]
    web = [Cell(number, 10, (5, 0, 0), engine="kimi", surface="web") for number in range(6)]
    assert comparability(facts(cells), facts(cells)) == ()
    assert comparability(facts(cells, rules=("1",)), facts(cells, rules=("2",))) == ("change.rules",)
    assert comparability(facts(cells), facts([*cells, *web])) == ("change.surfaces", "change.engines")
    assert change(facts(cells), facts(web), "mention_rate", OWN).notes == (
        "change.surfaces",
        "change.engines",
    )


def test_a_change_by_day_is_refused() -> None:
    with pytest.raises(UsageError, match="day, week, month"):
        movements(window([1]), window([1]), by=("day",))


def test_previous_window_touches_the_first_day() -> None:
    assert previous(date(2026, 3, 1), date(2026, 3, 28)) == (date(2026, 2, 1), date(2026, 2, 28))


# Benjamini and Hochberg (1995), section 3.1: 15 p-values, 4 rejected at 0.05
PUBLISHED = [
    0.0001,
    0.0004,
    0.0019,
    0.0095,
    0.0201,
    0.0278,
    0.0298,
    0.0344,
    0.0459,
    0.3240,
    0.4262,
    0.5719,
    0.6528,
    0.7590,
    1.0,
]


def test_benjamini_hochberg_as_published() -> None:
    adjusted = benjamini_hochberg(PUBLISHED)
    assert [value <= 0.05 for value in adjusted] == [True] * 4 + [False] * 11
    assert adjusted[0] == pytest.approx(0.0015)


@given(st.lists(st.floats(0, 1), max_size=20))
def test_adjusted_p_values_keep_their_order_and_never_shrink(p: list[float]) -> None:
    adjusted = benjamini_hochberg(p)
    assert all(before <= after + 1e-12 for before, after in zip(p, adjusted, strict=True))
    order = np.argsort(p)
    assert all(np.diff(np.array(adjusted)[order]) >= -1e-12)
