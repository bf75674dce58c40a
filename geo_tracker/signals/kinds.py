"""Every kind of signal as data; a new kind is one entry here, its finder and its two translations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from geo_tracker.signals.budgets import nearly_used, stopped
from geo_tracker.signals.findings import Finding
from geo_tracker.signals.history import LONGEST, History
from geo_tracker.signals.moves import Find, moving
from geo_tracker.signals.new_names import new_names
from geo_tracker.signals.outages import collapses, outages
from geo_tracker.signals.poisoning import flagged
from geo_tracker.signals.resting import paused
from geo_tracker.signals.rivals import overtaking
from geo_tracker.signals.sources import cited
from geo_tracker.signals.versions import new_models, new_rules

Tone = Literal["by value", "worse", "neutral"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of signal: how it is found, for how many days without a sight it stays the same, and where it is seen."""

    name: str
    find: Find
    page: str
    """Of the dashboard, with the numbers behind it."""
    lasts: int = LONGEST
    tone: Tone = "by value"
    """Whether it is good news or bad: as its value says, always bad, or neither."""
    says: str = ""
    """Name of its sentence in the translations; its own without one."""


def _of_metrics(name: str, page: str, *metrics: str) -> Kind:
    return Kind(name, moving(*metrics), page, says="moved")


KINDS = {
    kind.name: kind
    for kind in (
        Kind("outage", outages, "answers", lasts=0, tone="worse"),
        Kind("coverage", collapses, "answers", lasts=0, tone="worse"),
        Kind("paused", paused, "runs", lasts=0, tone="worse"),
        Kind("stopped", stopped, "runs", lasts=0, tone="worse"),
        Kind("budget", nearly_used, "runs", lasts=0, tone="worse"),
        Kind("model", new_models, "answers", tone="neutral"),
        Kind("rules", new_rules, "definitions", tone="neutral"),
        Kind("poisoning", flagged, "sources", tone="worse"),
        _of_metrics("visibility", "overview", "mention_rate", "share_of_voice"),
        _of_metrics("recommendation", "overview", "recommendation_rate"),
        _of_metrics("citation", "overview", "citation_rate"),
        _of_metrics("rank", "overview", "mean_rank"),
        _of_metrics("sentiment", "competitors", "net_sentiment"),
        _of_metrics("shelf", "shelf", "shelf_share"),
        _of_metrics("price", "shelf", "price_spread"),
        Kind("overtaken", overtaking, "competitors", tone="worse"),
        Kind("source_gained", cited("new"), "sources", tone="neutral"),
        Kind("source_lost", cited("lost"), "sources", tone="neutral"),
        Kind("new_name", new_names, "discover", tone="neutral"),
    )
}
"""In the order in which they are told: what holds asking up stands first."""


def find_all(history: History) -> Iterator[Finding]:
    """What all kinds find."""
    for kind in KINDS.values():
        for found in kind.find(history):
            yield found.of_kind(kind.name)
