"""Experiments: fixed beforehand, measured against controls."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from geo_tracker.cli._console import Json, emit, say
from geo_tracker.cli._place import Place, Slug
from geo_tracker.cli._selection import day_of
from geo_tracker.cli.event import Controls, Kind, Moves, Name, Note, Pages
from geo_tracker.errors import UsageError
from geo_tracker.i18n import translate
from geo_tracker.queries.experiments import MEASURABLE, Experiment, Planned, add_experiment, read_experiments
from geo_tracker.storage.database import reading, workspace_named, writing
from geo_tracker.workspaces.events import REST, EventDraft

app = typer.Typer(
    help="Find whether what you do moves what it should: fixed before it starts, against controls.",
    no_args_is_help=True,
)


@app.command()
def add(
    name: Name,
    workspace: Slug,
    start: Annotated[str, typer.Option(help="The first day after the change, YYYY-MM-DD; not yet begun.")],
    moves: Moves = None,
    control: Controls = None,
    page: Pages = None,
    metric: Annotated[str, typer.Option(help=f"One of {', '.join(MEASURABLE)}.")] = "mention_rate",
    brand: Annotated[str, typer.Option(help="The brand that it is about; the own one without it.")] = "",
    before: Annotated[int, typer.Option(help="Days before the start that it is compared with.")] = 28,
    after: Annotated[int, typer.Option(help="Days from the start on.")] = 28,
    kind: Kind = "other",
    note: Note = "",
    json: Json = False,
) -> None:
    """Fix an experiment before it starts; says what effect it can find."""
    now = datetime.now(UTC)
    begins = day_of(start, "--start")
    if begins is None:
        raise UsageError("--start: give the first day after the change")
    draft = EventDraft(name, begins, kind, note, moves or (), control or (REST,), page or ())
    with writing(Place().engine) as session:
        tracked = workspace_named(session, workspace)
        event = add_experiment(session, tracked, draft, Planned(before, after, metric, brand), now)
        (found,) = read_experiments(session, workspace, now, event.name)
    emit([_shown(found, json=json)], json=json)
    say(_power(found))


@app.command()
def show(
    workspace: Slug,
    name: Annotated[str | None, typer.Argument(help="Only this one.")] = None,
    json: Json = False,
) -> None:
    """What came of experiments: the effect with its interval, and the same around days on which nothing was done."""
    with reading(Place().engine) as session:
        found = read_experiments(session, workspace, datetime.now(UTC), name)
    emit([_shown(each, json=json) for each in found], json=json)
    for each in found:
        for line in _told(each):
            say(f"{each.name}: {line}")


def _shown(of: Experiment, *, json: bool) -> dict[str, Any]:
    record = of.record()
    if json:
        return record
    brief = ("name", "status", "start", "to", "metric", "brand", "effect", "low", "high", "p")
    sides = {"moves": len(of.moves), "controls": len(of.controls)}
    placebos = f"{of.exceeded} of {len(of.placebos)} as large" if of.placebos else None
    return {**{key: record[key] for key in brief}, **sides, "placebos": placebos}


def _power(of: Experiment) -> str:
    if of.detectable is None:
        return "what it can find is not known: there are too few days of both sides before it"
    points = (
        f"{of.detectable.points * 100:.1f} points"
        if of.metric != "mean_rank"
        else f"{of.detectable.points:.2f}"
    )
    return (
        f"finds a true effect of {points} in {of.detectable.power:.0%} of such experiments, "
        f"as {of.detectable.days} days of history say"
    )


def _told(of: Experiment) -> Iterator[str]:
    """What a reader must know beside the numbers."""
    t = translate("en")
    if of.status == "running":
        yield f"runs until {of.span.last}: the effect is not final"
    if of.effect.value is not None and not of.effect.across:
        yield "one prompt on a side: the interval speaks of days alone"
    yield from (t(note) for note in of.notes)
