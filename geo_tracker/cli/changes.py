"""How every metric moved between two windows."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from geo_tracker.cli._console import Json, emit
from geo_tracker.cli._place import Place
from geo_tracker.cli._selection import (
    WeightsOption,
    checked,
    groups_of,
    say_weights,
    selecting,
    weighing,
    windows,
)
from geo_tracker.metrics.changes import Movement, movements
from geo_tracker.metrics.dimensions import DIMENSIONS, TIMES, named
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.facts import read_facts
from geo_tracker.storage.database import reading

app = typer.Typer()
GROUPS = tuple(name for name in DIMENSIONS if name not in TIMES)


@app.command()
@selecting
def changes(
    selection: Selection,
    by: Annotated[str, typer.Option(help=f"Groups, comma-separated: {', '.join(GROUPS)}.")] = "",
    weights: WeightsOption = "answers",
    json: Json = False,
) -> None:
    """How every metric moved against the window of the same length before, and whether that is more than chance."""
    groups = groups_of(by, GROUPS)
    with reading(Place().engine) as session:
        compared = windows(session, checked(session, weighing(selection, weights)))
        if compared is None:
            return
        before, after = (read_facts(session, side) for side in compared)
    found = movements(before, after, by=groups)
    emit([row.record() if json else _line(row) for row in found], json=json)
    say_weights(after, groups)


def _line(row: Movement) -> dict[str, Any]:
    """A movement as it reads on a terminal."""
    of = row.change
    sides = {"before": of.before.value, "after": of.after.value, "change": of.value}
    judged = {"low": of.low, "high": of.high, "q": of.q, "verdict": of.verdict, "why": ", ".join(of.notes)}
    return {**named(row.group), "brand": row.brand, "metric": row.metric, **sides, **judged}
