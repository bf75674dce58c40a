"""Every metric with its interval."""

from __future__ import annotations

from typing import Annotated

import typer

from geo_tracker.cli._console import Json, emit
from geo_tracker.cli._filters import Branded, From, Several, To, checked, filters_of, groups_of
from geo_tracker.cli._place import Place, Slug
from geo_tracker.metrics.measures import table
from geo_tracker.metrics.records import DIMENSIONS
from geo_tracker.queries.facts import read_facts
from geo_tracker.storage.database import reading

app = typer.Typer()


@app.command()
def metrics(
    workspace: Slug,
    by: Annotated[str, typer.Option(help=f"Groups, comma-separated: {', '.join(DIMENSIONS)}.")] = "",
    start: From = None,
    end: To = None,
    engine: Several = None,
    surface: Several = None,
    topic: Several = None,
    language: Several = None,
    branded: Branded = False,
    json: Json = False,
) -> None:
    """Every metric of every brand with n, 95 % interval, coverage and verdict."""
    groups = groups_of(by, DIMENSIONS)
    filters = filters_of(workspace, start, end, engine, surface, topic, language, branded)
    with reading(Place().engine) as session:
        facts = read_facts(session, checked(session, filters), groups)
    emit(table(facts, by=groups), json=json)
