"""What it takes to tell a change, and what asking will cost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from geo_tracker.cli._console import Json, emit, say
from geo_tracker.cli._place import Place
from geo_tracker.cli._selection import checked, selecting
from geo_tracker.errors import UsageError
from geo_tracker.metrics.planner import MOST_DAYS, PLANNED, points_of
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.planner import Plan, read_month, read_plan
from geo_tracker.storage.database import reading

app = typer.Typer()


@app.command()
@selecting
def plan(
    selection: Selection,
    detect: Annotated[
        str | None,
        typer.Option(help="The change to be told, such as 5pp; without it the coming month is priced."),
    ] = None,
    power: Annotated[float, typer.Option(help="The share of such changes that is to be told.")] = 0.8,
    metric: Annotated[str, typer.Option(help=f"One of {', '.join(PLANNED)}.")] = "mention_rate",
    brand: Annotated[str | None, typer.Option(help="The brand; the own one without it.")] = None,
    json: Json = False,
) -> None:
    """Prompts, repeats and days that it takes to tell a change, with their cost; or what the coming month costs."""
    if not 0.5 <= power <= 0.99:
        raise UsageError("--power: a share from 0.5 to 0.99")
    with reading(Place().engine) as session:
        if detect is None:
            months = read_month(session, selection.workspace, datetime.now(UTC))
            emit([each.record() for each in months], json=json)
            return
        chosen = checked(session, selection)
        found = read_plan(session, chosen, metric, brand, points_of(detect), power)
    emit([each.record() for each in found.designs], json=json)
    _say(found)


def _say(of: Plan) -> None:
    noise = of.noise
    prompts = "unknown" if noise.prompt is None else f"{noise.prompt:.4f}"
    say(
        f"{of.brand}, {of.metric} {noise.rate:.1%}: days, answers and cost are of each of two windows to compare. "
        f"Variance in {noise.days} days and {noise.answers} answers: of an answer {noise.answer:.3f}, "
        f"of a day {noise.day:.5f}, of a prompt {prompts}"
    )
    if not of.designs:
        say(f"no design tells {of.points:.1%} within {MOST_DAYS} days: ask for a larger change")
    if any(design.cost.unpriced for design in of.designs[:1]):
        say(
            f"no price is known of {', '.join(of.designs[0].cost.unpriced)}: their part is missing from costs"
        )
    if any(design.cost.lower_bound for design in of.designs[:1]):
        say("some engines are priced by their list price of searches, without tokens: a lower bound")
    if of.sandbox:
        say("from sandbox data: for trying out only")
