"""Definitions: what every number means and how far to trust it."""

from __future__ import annotations

from dashboard import elements, selection
from geo_tracker.metrics.definitions import METRICS
from geo_tracker.words.certainty import CHANGES

RULES = {
    "dashboard.intervals": "report.intervals",
    **{f"verdict.{name}": f"verdict_help.{name}" for name in (*CHANGES, "not computed")},
    "dimension.surface": "dashboard.surface_help",
    "dashboard.branded": "dashboard.branded_help",
}

t = selection.words_of_run()
elements.html("definitions", t=t, metrics=METRICS, rules=RULES, docs=elements.DOCS)
