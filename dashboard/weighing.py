"""Whether engines weigh by their answers or all the same, where values pool them."""

from __future__ import annotations

from dataclasses import replace

from dashboard import controls, data, elements
from dashboard.selection import View
from geo_tracker.metrics.records import Selection
from geo_tracker.reports.words import weights_text


def choose(view: View) -> View:
    """The view with the weights that the reader switches to, and a line on how engines weigh."""
    t = view.t
    if len(view.facts.values("engine")) < 2:
        return view
    if controls.switch(t("weights.switch"), "weights", help=t("weights.help")):
        filters = _equal(view.filters)
        before = _equal(view.before) if view.before else None
        view = replace(view, filters=filters, before=before, facts=data.facts(view.url, filters))
    if text := weights_text(view.facts, t):
        elements.html("note", text=text)
    return view


def _equal(of: Selection) -> Selection:
    return replace(of, weights="engines")
