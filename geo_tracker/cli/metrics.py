"""Every metric with its interval."""

from __future__ import annotations

from typing import Annotated

import typer

from geo_tracker.cli._console import Json, emit
from geo_tracker.cli._place import Place
from geo_tracker.cli._selection import (
    ScopeOption,
    WeightsOption,
    checked,
    groups_of,
    say_modes,
    say_weights,
    scope_of,
    selecting,
    weighing,
)
from geo_tracker.metrics.dimensions import DIMENSIONS
from geo_tracker.metrics.measures import table
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.facts import by_engine, read_facts
from geo_tracker.storage.database import reading

app = typer.Typer()


@app.command()
@selecting
def metrics(
    selection: Selection,
    by: Annotated[str, typer.Option(help=f"Groups, comma-separated: {', '.join(DIMENSIONS)}.")] = "",
    scope: ScopeOption = "prompts",
    weights: WeightsOption = "answers",
    json: Json = False,
) -> None:
    """Every metric of every brand with n, 95 % interval, coverage and verdict."""
    groups, asked = groups_of(by, DIMENSIONS), scope_of(scope)
    with reading(Place().engine) as session:
        facts = read_facts(session, checked(session, weighing(selection, weights)), groups)
        pooled = by_engine(session, facts)
    emit(table(facts, by=groups, scope=asked), json=json)
    say_weights(pooled, groups)
    say_modes(facts, groups)
