"""Won, contested, lost: by whether the intervals lie apart."""

from __future__ import annotations

import pytest

from geo_tracker.metrics.records import Estimate
from geo_tracker.metrics.standings import Outcome, Place, Standing


def rate(value: float | None, low: float | None = None, high: float | None = None) -> Estimate:
    return Estimate(value, 20, low, high, None, None, 1, 1.0, "ok")


@pytest.mark.parametrize(
    ("own", "best", "place", "outcome", "leader"),
    [
        (rate(0.8, 0.7, 0.9), rate(0.5, 0.4, 0.6), "ahead", "won", ""),
        (rate(0.5, 0.4, 0.6), rate(0.8, 0.7, 0.9), "behind", "lost", "Rival"),
        (rate(0.0, 0.0, 0.1), rate(0.8, 0.7, 0.9), "absent", "lost", "Rival"),
        (rate(0.0, 0.0, 0.5), rate(0.6, 0.4, 0.8), "absent", "contested", "Rival"),
        (rate(0.6, 0.4, 0.8), rate(0.5, 0.3, 0.7), "ahead", "contested", ""),
        (rate(0.5, 0.4, 0.6), rate(0.5, 0.4, 0.6), "level", "contested", ""),
        (rate(0.5, 0.2, 0.8), None, "ahead", "contested", ""),
        (rate(0.0, 0.0, 0.2), None, "level", "nobody", ""),
        (rate(None), None, "unknown", "unknown", ""),
    ],
)
def test_an_outcome_is_never_more_certain_than_the_intervals(
    own: Estimate, best: Estimate | None, place: Place, outcome: Outcome, leader: str
) -> None:
    of = Standing("p", "", "", own, "Rival" if best else "", best, place)
    assert (of.outcome, of.leader) == (outcome, leader)


def test_a_brand_named_alone_wins_where_a_rate_of_0_lies_apart_from_its_own() -> None:
    nobody = rate(0.0, 0.0, 0.16)
    assert Standing("p", "", "", rate(0.5, 0.3, 0.7), "", None, "ahead", strongest=nobody).outcome == "won"
    assert (
        Standing("p", "", "", rate(0.1, 0.03, 0.3), "", None, "ahead", strongest=nobody).outcome
        == "contested"
    )
