"""How numbers read: shares in per cent, differences in points, better and worse, and how sure."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from geo_tracker.i18n import translate
from geo_tracker.metrics.measures import NOTHING
from geo_tracker.metrics.records import ChangeVerdict, Verdict
from geo_tracker.words.certainty import CHANGES, certainty, is_thin
from geo_tracker.words.values import difference_text, interval_text, is_better, value_text

T = translate("en")


@pytest.mark.parametrize(
    ("metric", "value", "says"),
    [
        ("mention_rate", 0.2136, "21.4%"),
        ("mention_rate", 0.0, "0.0%"),
        ("mean_rank", 2.345, "2.35"),
        ("price_spread", -0.0512, "−5.1%"),
        ("price_spread", 0.0512, "+5.1%"),
        ("mention_rate", None, T("number.none")),
    ],
)
def test_values(metric: str, value: float | None, says: str) -> None:
    assert value_text(metric, value, T) == says


@pytest.mark.parametrize(
    ("metric", "low", "high", "says"),
    [
        ("mention_rate", 0.214, 0.439, "21.4–43.9%"),
        ("price_spread", -0.05, 0.02, "−5.0 to +2.0%"),
        ("mention_rate", None, 0.4, T("number.none")),
    ],
)
def test_intervals_do_not_put_a_dash_beside_a_minus(
    metric: str, low: float | None, high: float | None, says: str
) -> None:
    assert interval_text(metric, replace(NOTHING, low=low, high=high), T) == says


@pytest.mark.parametrize(
    ("metric", "value", "says"),
    [
        ("mention_rate", 0.0312, T("number.points", value="+3.1")),
        ("mention_rate", -0.0312, T("number.points", value="−3.1")),
        ("mention_rate", 0.0001, T("number.points", value="0.0")),
        ("mean_rank", 0.5, "+0.50"),
        ("mean_rank", -0.25, "−0.25"),
    ],
)
def test_differences_are_points_for_shares_and_plain_for_positions(
    metric: str, value: float, says: str
) -> None:
    assert difference_text(metric, value, T) == says


def test_a_lower_position_is_better_and_a_price_neither() -> None:
    assert is_better("mention_rate", 0.1) is True and is_better("mention_rate", -0.1) is False
    assert is_better("mean_rank", 0.1) is False and is_better("mean_rank", -0.1) is True
    assert is_better("price_spread", 0.1) is None and is_better("mention_rate", 0.0) is None


def test_only_the_verdict_real_is_sure() -> None:
    sure = {verdict for verdict in (*get_args(ChangeVerdict), "brand new") if certainty(verdict) == "real"}
    assert sure == {"real", "real across your prompts"}
    assert certainty("brand new") == "unknown"
    assert all(certainty(verdict) != "unknown" for verdict in CHANGES)
    assert [verdict for verdict in get_args(Verdict) if is_thin(verdict)] == ["thin sample"]
