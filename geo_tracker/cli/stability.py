"""How alike repeated answers are."""

from __future__ import annotations

import typer

from geo_tracker.cli._console import Json, emit
from geo_tracker.cli._place import Place
from geo_tracker.cli._selection import checked, selecting
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.stability import read_stability
from geo_tracker.storage.database import reading

app = typer.Typer()


@app.command()
@selecting
def stability(selection: Selection, json: Json = False) -> None:
    """How often the same brands come back in the same order, by prompt and engine, beside what chance gives."""
    with reading(Place().engine) as session:
        found = read_stability(session, checked(session, selection))
    emit([row.record() for row in found], json=json)
