"""A movement's sentence agrees with the figures that stand in it."""

from __future__ import annotations

import pytest

from geo_tracker.i18n import translate
from geo_tracker.words.movements import moved_text


@pytest.mark.parametrize(
    ("metric", "sides", "apart"),
    [
        ("mention_rate", (0.275, 0.926, 0.6515), False),  # no more than rounding
        ("mention_rate", (0.275, 0.926, 0.654), True),
        ("mean_rank", (2.77, 1.99, -0.77), False),
        ("mean_rank", (2.77, 1.99, -0.64), True),
    ],
)
@pytest.mark.parametrize(("language", "told"), [("en", "like for like"), ("zh", "同口径")])
def test_a_change_that_the_figures_beside_it_do_not_give_is_told_as_such(
    metric: str, sides: tuple[float, float, float], apart: bool, language: str, told: str
) -> None:
    for verdict in ("real", "suggestive", "within noise"):
        assert (told in moved_text(metric, "M", sides, verdict, translate(language))) is apart


def test_one_side_without_a_value_is_no_difference() -> None:
    assert "like for like" not in moved_text("mention_rate", "M", (None, 0.5, 0.2), "real", translate("en"))
