"""Sources that answers began or ceased to cite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from geo_tracker.metrics.comparing import comparability
from geo_tracker.queries.source_changes import SourceChange, read_source_changes
from geo_tracker.signals.findings import Finding, figures
from geo_tracker.signals.history import History, Pair
from geo_tracker.signals.moves import SURE

RATE = "citation_rate"
"""The metric as whose values shares of answers that cite a source are written."""


def cited(state: Literal["new", "lost"]) -> Callable[[History], Iterator[Finding]]:
    """The kind of domains in one state; nothing where the windows did not ask the same."""

    def find(history: History) -> Iterator[Finding]:
        told: dict[str, Finding] = {}
        for pair in history.pairs():
            for row in history.once((pair, "sources"), lambda pair=pair: _changes(history, pair)):  # type: ignore[misc]
                if row.state == state:
                    found = _finding(pair, row)
                    told.setdefault(found.subject, found)
        yield from told.values()

    return find


def _changes(history: History, pair: Pair) -> list[SourceChange]:
    before, after = history.facts(pair.before), history.facts(pair.after)
    if before.empty or after.empty or comparability(before, after):
        return []
    found = read_source_changes(history.session, pair.before, pair.after)
    return [row for row in found if row.change.real and (row.change.q or 0.0) <= SURE]


def _finding(pair: Pair, row: SourceChange) -> Finding:
    change = row.change
    return Finding(
        days=pair.days,
        days_before=pair.days_before,
        surface=pair.surface,
        metric=RATE,
        what=row.source,
        about={"type": row.type},
        **figures(change),
    )
