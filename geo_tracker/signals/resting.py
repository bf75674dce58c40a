"""Engines that nobody asks for a while because they fail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from zoneinfo import ZoneInfo

from geo_tracker.queries.budget import read_resting
from geo_tracker.signals.findings import Finding
from geo_tracker.signals.history import History
from geo_tracker.signals.outages import outages
from geo_tracker.storage.models import EnginePace
from geo_tracker.storage.paces import AT_REST


def paused(history: History) -> Iterator[Finding]:
    """Engines of the active panels that rest since the last day or later.

    A rest that began before is over or nobody asks the engine any more; one without any answer is told as an outage.
    """
    if history.last is None:
        return
    silent = {found.engine for found in outages(history)}
    for pace in _at_rest(history, history.last):
        if pace.engine not in silent:
            yield _finding(pace, history.last, history.workspace.timezone)


def _at_rest(history: History, last: date) -> Iterable[EnginePace]:
    """Of each engine the newest rest, whichever host it was asked at."""
    found = [(_day(history, pace), pace) for pace in read_resting(history.session, history.slug)]
    rests = [(day, pace) for day, pace in found if day >= last and pace.state in AT_REST]
    return {pace.engine: pace for _, pace in sorted(rests, key=lambda rest: rest[0])}.values()


def _day(history: History, pace: EnginePace) -> date:
    """On which the engine came into its state."""
    at = pace.changed_at
    return at.astimezone(ZoneInfo(history.workspace.timezone)).date() if at else date.min


def _finding(pace: EnginePace, last: date, zone: str) -> Finding:
    until = pace.until.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes") if pace.until else ""
    about = {"until": until, "zone": zone, "failures": pace.failures, "cause": pace.reason}
    return Finding(days=(last, last), engine=pace.engine, about=about)
