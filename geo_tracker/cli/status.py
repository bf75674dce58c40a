"""What each workspace holds."""

from __future__ import annotations

from dataclasses import asdict

import typer

from geo_tracker.cli._console import Json, emit
from geo_tracker.cli._place import AnySlug, Place
from geo_tracker.queries.status import read_status
from geo_tracker.storage.database import reading

app = typer.Typer()


@app.command()
def status(workspace: AnySlug = None, json: Json = False) -> None:
    """What each workspace holds: answers by state, coverage, days, mentions, citations, pages, offers."""
    place = Place()
    with reading(place.engine) as session:
        records = [asdict(read_status(session, each.slug)) for each in place.workspaces(workspace)]
    emit(records, json=json)
