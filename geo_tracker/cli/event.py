"""What was done and when."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer

from geo_tracker.cli._console import Json, emit, say
from geo_tracker.cli._place import Place, Slug
from geo_tracker.cli._selection import day_of
from geo_tracker.storage.database import reading, workspace_named, writing
from geo_tracker.storage.models import Event
from geo_tracker.workspaces.days import day_of as today_of
from geo_tracker.workspaces.events import KINDS, REST, EventDraft, add_event, read_events, remove_event

app = typer.Typer(help="Mark what was done and when: trends show it, reports tell it.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="What it is known by, such as 'Relaunch of the care page'.")]
Kind = Annotated[str, typer.Option(help=f"One of {', '.join(KINDS)}.")]
Note = Annotated[str, typer.Option(help="What was done, for those who come later.")]
Moves = Annotated[
    list[str] | None,
    typer.Option(
        help="A prompt that it should move: its text, or topic=…, tag=…, stage=…; repeat for several."
    ),
]
Controls = Annotated[
    list[str] | None,
    typer.Option(
        "--control", help=f"A prompt that it should not move, named alike, or '{REST}' for all others."
    ),
]
Pages = Annotated[list[str] | None, typer.Option("--page", help="Address of a page that it should move.")]


@app.command()
def add(
    name: Name,
    workspace: Slug,
    on: Annotated[str | None, typer.Option("--on", help="The day, YYYY-MM-DD; today without it.")] = None,
    kind: Kind = "other",
    note: Note = "",
    moves: Moves = None,
    control: Controls = None,
    page: Pages = None,
    json: Json = False,
) -> None:
    """Mark an event."""
    now = datetime.now(UTC)
    with writing(Place().engine) as session:
        tracked = workspace_named(session, workspace)
        day = day_of(on, "--on") or today_of(now, tracked)
        draft = EventDraft(name, day, kind, note, moves or (), control or (), page or ())
        event = add_event(session, tracked, draft, now)
    emit([record(event)], json=json)


@app.command(name="list")
def list_(workspace: Slug, json: Json = False) -> None:
    """All events and experiments, the earliest first."""
    with reading(Place().engine) as session:
        found = read_events(session, workspace_named(session, workspace))
    emit([record(event) for event in found], json=json)


@app.command()
def remove(name: Name, workspace: Slug) -> None:
    """Forget an event, or an experiment that has not begun."""
    with writing(Place().engine) as session:
        remove_event(session, workspace_named(session, workspace), name, datetime.now(UTC))
    say(f"{workspace}: the event {name!r} is gone")


def record(event: Event) -> dict[str, Any]:
    """An event as one JSON object."""
    day: date = event.day
    return {
        "name": event.name,
        "day": day,
        "kind": event.kind,
        "note": event.note,
        "moves": len(event.moves),
        "controls": len(event.controls),
        "pages": list(event.pages),
        "experiment": event.window is not None,
    }
