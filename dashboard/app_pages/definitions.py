"""Definitions: what every number means and how far to trust it."""

from __future__ import annotations

from dashboard import elements, selection
from geo_tracker.metrics.definitions import METRICS

RULES = {
    "dashboard.intervals": "report.intervals",
    "verdict.real": "verdict_help.real",
    "verdict.within noise": "verdict_help.within noise",
    "verdict.thin sample": "verdict_help.thin sample",
    "verdict.not computed": "verdict_help.not computed",
    "dimension.surface": "dashboard.surface_help",
    "dashboard.branded": "dashboard.branded_help",
}

t = selection.words_of_run()
elements.html("definitions", t=t, metrics=METRICS, rules=RULES, docs=elements.DOCS)
