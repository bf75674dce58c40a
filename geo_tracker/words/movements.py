"""How a movement reads: never more certain than its verdict."""

from __future__ import annotations

from geo_tracker.i18n import Translate
from geo_tracker.metrics.definitions import METRICS
from geo_tracker.words.certainty import certainty
from geo_tracker.words.values import difference_text, value_text

Sides = tuple[float | None, float | None, float | None]
"""Before, after, and the change over what both windows share."""
_ROUNDING = {True: 0.015, False: 0.0015}
"""Of places and of others: by how much the change may differ from the figures beside it without a reader seeing more
than rounding. Beyond it questions and engines weigh otherwise on both sides, and the change is told like for like."""


def moved_text(metric: str, label: str, sides: Sides, verdict: str, t: Translate) -> str:
    """How one figure moved, as sure as its verdict."""
    before, after, change = sides
    sure = certainty(verdict)
    if change is None or sure == "unknown":
        return t("doc.says.unknown", metric=label)
    stated = sure in ("real", "suggestive")
    said = {
        "metric": label,
        "before": value_text(metric, before, t),
        "after": value_text(metric, after, t),
        "points": difference_text(metric, abs(change) if stated else change, t, signed=not stated),
    }
    if (
        before is not None
        and after is not None
        and abs(after - before - change) > _ROUNDING[_of_places(metric)]
    ):
        said["points"] = t("doc.says.like_for_like", points=said["points"])
    return t(f"doc.says.{sure}{_direction(metric, change) if stated else ''}", **said)


def _of_places(metric: str) -> bool:
    """Whether a metric is a place in a list: less is more."""
    return METRICS[metric].unit == "position"


def _direction(metric: str, change: float) -> str:
    """Up or down; of places, where less is more, better or worse."""
    if _of_places(metric):
        return "_worse" if change > 0 else "_better"
    return "_up" if change > 0 else "_down"
