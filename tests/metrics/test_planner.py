"""Plans: each part of the variance is taken away by what should take it away, and plans keep their word."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from bench.power import kept
from bench.simulation import Design, answered, prompt_rates, rates_of, shocks
from geo_tracker.errors import UsageError
from geo_tracker.metrics.definitions import METRICS
from geo_tracker.metrics.planner import (
    Noise,
    days_needed,
    designs,
    noise,
    noise_of,
    points_of,
    prompts_across,
)
from geo_tracker.metrics.strata import Strata
from tests.support.daily_rows import BRANDS, DAY, Cell, facts

RATE = METRICS["mention_rate"]
QUIET = Noise(0.4, 0.2, 0.0, 0.001, 8, 5, 28, 1120)
ROUGH = Noise(0.4, 0.2, 0.01, 0.001, 8, 5, 28, 1120)


def history(**how: float) -> Strata:
    random = np.random.default_rng(2)
    of = Design(prompts=20, days=200, **how)  # type: ignore[arg-type]
    rates = rates_of(prompt_rates(of, 1, random), of, shocks(of, 1, random, of.days))
    return answered(of, rates, random)


def test_what_answers_and_days_vary_by_is_found_in_made_up_histories() -> None:
    calm, rough = noise_of(history(alike=0.0), RATE), noise_of(history(alike=0.0, shock=0.5), RATE)
    assert calm is not None and rough is not None
    assert calm.answer == pytest.approx(0.24, abs=0.005)
    assert calm.day < 0.0005
    assert calm.prompt is not None and calm.prompt < 0.0006, "what halves differ by is drawn by chance"
    assert rough.day == pytest.approx((0.5 * 0.24) ** 2, rel=0.35)
    assert (calm.prompts, calm.engines, calm.days, calm.answers) == (20, 5, 200, 20_000)


def test_two_answers_of_which_one_names_the_brand_vary_as_a_sample_does() -> None:
    """p(1 - p) of two answers is half of what single answers vary by on average."""
    cells = [
        Cell(prompt, 1, (int(day == prompt % 2), 0, 0), day=DAY + timedelta(days=day))
        for day in range(2)
        for prompt in range(1, 5)
    ]
    found = noise(facts(cells), "mention_rate", BRANDS[0])
    assert found is not None and found.answer == 0.5


def test_a_lasting_change_is_not_noise() -> None:
    """40 days at 30 %, 40 at 60 %: as variance of days this would be 0.0225."""
    random = np.random.default_rng(5)
    cells = [
        Cell(
            prompt,
            20,
            (int(random.binomial(20, 0.3 if day < 40 else 0.6)), 0, 0),
            day=DAY + timedelta(days=day),
        )
        for day in range(80)
        for prompt in range(1, 6)
    ]
    found = noise(facts(cells), "mention_rate", BRANDS[0])
    assert found is not None
    assert found.day < 0.002
    assert found.prompt is not None and found.prompt < 0.002


def test_prompts_that_move_apart_are_seen() -> None:
    cells = [
        Cell(
            prompt,
            50,
            (25 + (10 if (day < 10) == (prompt % 2 == 0) else -10), 0, 0),
            day=DAY + timedelta(days=day),
        )
        for day in range(20)
        for prompt in range(1, 9)
    ]
    found = noise(facts(cells), "mention_rate", BRANDS[0])
    assert found is not None and found.prompt == pytest.approx(0.4**2 * 8 / 7, rel=0.02)
    assert prompts_across(found, 0.05, 0.8) == pytest.approx(
        (1.96 + 0.8416) ** 2 * found.prompt / 0.05**2, abs=1
    )


def test_repeats_and_prompts_shorten_what_answers_cost_and_not_what_days_cost() -> None:
    once, twice = (days_needed(QUIET, 0.05, 0.8, 8, times) for times in (1, 2))
    assert once is not None and twice is not None
    assert once / twice == pytest.approx(2, rel=0.05)
    rough = [days_needed(ROUGH, 0.08, 0.8, 8, times) for times in (1, 50)]
    assert None not in rough
    by_days_alone = 1.6 * 2 * 0.01 * (1.96 + 0.8416) ** 2 / 0.08**2
    assert rough[1] is not None and rough[1] >= by_days_alone
    assert days_needed(ROUGH, 0.005, 0.8, 8, 5) is None


def test_more_power_and_smaller_changes_take_longer() -> None:
    of = [
        days_needed(QUIET, points, power, 8, 1) for points, power in ((0.05, 0.8), (0.05, 0.9), (0.04, 0.8))
    ]
    assert of[0] is not None and of[1] is not None and of[2] is not None
    assert of[1] > of[0] < of[2]


def test_the_present_way_comes_first_and_no_way_is_worse_than_another() -> None:
    found = designs(QUIET, 0.05, 0.8, 8, 2)
    assert found[0].present and (found[0].prompts, found[0].repeats) == (8, 2)
    assert len(found) > 2, "there are others"
    assert all(design.answers == design.prompts * design.repeats * 5 * design.days for design in found)
    for design in found[1:]:
        assert not any(
            other.days <= design.days and other.answers <= design.answers and other.prompts <= design.prompts
            for other in found
            if other != design
        )


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("5pp", 0.05),
        ("5", 0.05),
        ("0.05", 0.05),
        (" 12.5 pp", 0.125),
        ("8%", 0.08),
        ("0.1pp", 0.001),
        ("90pp", 0.9),
    ],
)
def test_changes_as_people_write_them(text: str, share: float) -> None:
    assert points_of(text) == pytest.approx(share)


@pytest.mark.parametrize("text", ["", "much", "0", "-5pp", "nan", "inf", "95pp"])
def test_what_is_no_change(text: str) -> None:
    with pytest.raises(UsageError, match="is not a change such as 5pp"):
        points_of(text)


def test_without_repeats_or_days_nothing_is_planned() -> None:
    single = [Cell(prompt, 1, (1, 0, 0)) for prompt in range(1, 9)]
    assert noise(facts(single), "mention_rate", BRANDS[0]) is None
    with pytest.raises(UsageError, match="mean_rank cannot be planned"):
        noise(facts(single), "mean_rank", BRANDS[0])


@pytest.mark.parametrize("of", [Design(prompts=20, engines=3), Design(prompts=20, shock=0.3)])
def test_plans_keep_their_word(of: Design) -> None:
    found = kept(of, 0.08, 400, np.random.default_rng(1))
    assert found is not None
    assert 0.7 <= found.power <= 0.93
