"""What docs/metrics.md says of intervals and changes, in small: `bench.coverage` and `bench.alarms`, seeds fixed."""

from __future__ import annotations

import numpy as np
import pytest

from bench.alarms import alarms, power
from bench.coverage import held
from bench.simulation import Design

TRIALS = 300


def seeded() -> np.random.Generator:
    return np.random.default_rng(11)


@pytest.mark.parametrize(
    ("design", "panel", "market"),
    [
        (Design(prompts=8, engines=2, days=28, rate=0.5), 0.93, 0.91),
        (Design(prompts=20, engines=2, days=28, rate=0.5, shock=0.3), 0.92, 0.91),
        (Design(prompts=20, engines=2, days=7, rate=0.1), 0.93, 0.88),
        (Design(prompts=8, engines=2, days=28, rate=0.02), 0.92, 0.88),
        (Design(prompts=8, engines=2, days=28, rate=0.98), 0.90, 0.90),
        (Design(prompts=50, engines=2, days=1, rate=0.5), 0.95, 0.91),
    ],
    ids=str,
)
def test_intervals_hold_the_truth(design: Design, panel: float, market: float) -> None:
    found = held(design, TRIALS, seeded())
    assert found.panel >= panel
    assert found.market >= market


def test_answers_taken_as_independent_would_not_hold_it() -> None:
    assert held(Design(prompts=8, engines=2, days=28, rate=0.5), TRIALS, seeded()).plain < 0.5


# The aims are .05, .07 and .08; 300 trials add up to .025 to what is measured with 1,000.
@pytest.mark.parametrize("by", [(), ("engine",)], ids=["all", "by engine"])
@pytest.mark.parametrize(
    ("design", "most"),
    [
        (Design(), 0.05),
        (Design(prompts=20, days=14, shock=0.3), 0.07),
        (Design(days=14, outage=True), 0.08),
        (Design(days=14, shock=0.3, outage=True), 0.08),
    ],
    ids=["quiet", "common days", "outage", "outage and common days"],
)
def test_false_alarms_are_rare(design: Design, most: float, by: tuple[str, ...]) -> None:
    assert alarms(design, TRIALS, seeded(), by) <= most


def test_eight_points_are_told() -> None:
    assert power(Design(prompts=8, engines=5, days=28), TRIALS, seeded(), 0.08) >= 0.9
    assert power(Design(prompts=8, engines=5, days=28, shock=0.3), TRIALS, seeded(), 0.08) >= 0.75
