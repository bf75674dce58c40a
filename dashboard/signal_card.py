"""One signal: its sentence, where its evidence is, and the steps of its life."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import elements
from dashboard.selection import View
from geo_tracker.signals.evidence_links import links
from geo_tracker.signals.listing import tone
from geo_tracker.signals.text import kind_text, sentence
from geo_tracker.storage.models import Signal, SignalEvent


def show(view: View, row: Signal, steps: Sequence[SignalEvent] = ()) -> None:
    """The card; what answers and people wrote in it is escaped."""
    t = view.t
    told = elements.time_text(row.first_told, view.facts.timezone, t)
    elements.html(
        "signal",
        t=t,
        kind=kind_text(row.kind, t),
        tone=tone(row),
        status=t(f"signal.status.{row.status}"),
        says=sentence(row, t),
        reason=t("dashboard.signal_because", reason=row.reason) if row.reason else "",
        told=t("dashboard.signal_told", at=told, day=elements.day_text(row.last_seen, t)),
        links=links(row, view.slug, view.language),
        steps=[_step(view, step) for step in steps],
    )


def _step(view: View, step: SignalEvent) -> str:
    t = view.t
    at = elements.time_text(step.at, view.facts.timezone, t)
    said = t(
        "dashboard.signal_step",
        at=at,
        who=elements.who_text(step.who, t),
        status=t(f"signal.status.{step.status}"),
    )
    return t("text.term", term=said, meaning=step.reason) if step.reason else said
