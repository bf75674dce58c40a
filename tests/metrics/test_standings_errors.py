"""How often won and lost are wrong: the table of docs/metrics.md, exactly, and with the intervals over days."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom
from statsmodels.stats.proportion import proportion_confint

from geo_tracker.metrics.measures import measurements
from geo_tracker.metrics.records import Estimate
from geo_tracker.metrics.standings import PROMPT, Standing, standings
from tests.support.daily_rows import Cell, facts
from tests.support.made_days import day
from tests.support.places import ROOT

PROMPTS = 120
RATES = np.arange(0.1, 0.81, 0.1)
ROW = re.compile(
    r"^\| (\d+) \| ([\d.]+)-([\d.]+) \| ([\d.]+)-([\d.]+) \| ([\d.]+)-([\d.]+) \| ([\d.]+) \|$", re.M
)


@cache
def lost(n: int) -> Any:
    """Whether the brand's a of n answers against the rival's b of n read as lost, by a and b, as the product says."""
    counts = np.arange(n + 1)
    bounds = proportion_confint(counts, n, method="wilson")
    rates = [
        Estimate(count / n, n, low, high, count, n, 1, 1.0, "ok")
        for count, low, high in zip(counts, *bounds, strict=True)
    ]
    return np.array([[_outcome(own, best) == "lost" for best in rates] for own in rates])


def _outcome(own: Estimate, best: Estimate) -> str:
    if best.value is None or own.value is None:
        raise ValueError("a rate of no answers")
    place = "level" if own.value == best.value else "ahead" if own.value > best.value else "behind"
    return Standing("p", "", "", own, "Rival", best, place).outcome  # type: ignore[arg-type]


def chance(n: int, rivals: int, own: float, rate: float) -> float:
    """That a prompt reads as lost to the strongest of rivals who are all named at one rate."""
    counts = np.arange(n + 1)
    strongest = np.diff(binom.cdf(counts, n, rate) ** rivals, prepend=0)
    return float(binom.pmf(counts, n, own) @ lost(n) @ strongest)


def test_the_table_of_errors_is_that_of_binomial_answers() -> None:
    """Rates from 10 to 80 %; 420 answers would take a second and say nothing that 84 do not."""
    rows = [
        [float(each) for each in row]
        for row in ROW.findall((ROOT / "docs" / "metrics.md").read_text("utf-8"))
    ]
    assert [row[0] for row in rows] == [7, 28, 84, 420]
    for n, *said, behind in rows[:3]:
        for at, rivals in enumerate((1, 4, 9)):
            found = [chance(int(n), rivals, rate, rate) for rate in RATES]
            assert said[2 * at : 2 * at + 2] == pytest.approx([min(found), max(found)], abs=0.0005001)
        least = min(chance(int(n), 1, rate, rate + 0.4) for rate in RATES[:5])
        assert behind == pytest.approx(least, abs=0.0050001)


def outcomes(own: float, rival: float, seed: int, days: int = 14) -> list[str]:
    """120 prompts, each asked of two engines on so many days, measured and judged by the product."""
    draw = np.random.default_rng(seed)
    cells = (
        Cell(
            prompt,
            1,
            (int(draw.random() < own), *(int(draw.random() < rival) for _ in range(2))),
            engine,
            day=day(at),
        )
        for prompt in range(PROMPTS)
        for engine in ("doubao", "kimi")
        for at in range(days)
    )
    made = facts(cells)
    rows = measurements(made, PROMPT, ("mention_rate",))
    return [row.outcome for row in standings(made, rows, "云纱")]


def test_two_rivals_named_as_often_as_the_brand_seldom_read_as_having_won() -> None:
    """28 answers: between .002 and .006 with Wilson's intervals; those over days are no surer."""
    found = outcomes(0.5, 0.5, seed=3)
    assert len(found) == PROMPTS and found.count("lost") <= 3 and found.count("won") <= 3


def test_rivals_forty_points_ahead_win_about_half_of_the_prompts() -> None:
    found = outcomes(0.3, 0.7, seed=4)
    assert 0.4 * PROMPTS <= found.count("lost") <= 0.7 * PROMPTS and "won" not in found
