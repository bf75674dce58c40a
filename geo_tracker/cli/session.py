"""What is to be asked by hand in the assistants' apps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from sqlmodel import Session

from geo_tracker.cli._console import Json, emit, say
from geo_tracker.cli._place import Place, Slug
from geo_tracker.collect.session import REASONS, plan_by_hand, read_session
from geo_tracker.collect.session import retry as ask_again
from geo_tracker.collect.session import skip as end
from geo_tracker.errors import UsageError
from geo_tracker.storage.database import reading, workspace_named, writing
from geo_tracker.storage.models import Workspace

app = typer.Typer()
LISTED = ("row", "prompt_id", "prompt", "engine", "surface", "repeat", "status", "reason")


@app.command()
def session(
    workspace: Slug,
    all_: Annotated[bool, typer.Option("--all", help="Also what is captured already.")] = False,
    skip: Annotated[int | None, typer.Option(help="Row that cannot be asked.", metavar="ROW")] = None,
    reason: Annotated[
        str | None, typer.Option(help=f"Why it is skipped: {', '.join(REASONS)}; the last if not given.")
    ] = None,
    retry: Annotated[int | None, typer.Option(help="Row that is to be asked again.", metavar="ROW")] = None,
    json: Json = False,
) -> None:
    """List what the panels' apps are to be asked by hand: panel x prompt x app x repeat, with what became of each."""
    if skip is not None and retry is not None:
        raise UsageError("--skip ends a row and --retry opens one: give one of them")
    if reason is not None and skip is None:
        raise UsageError("--reason says why a row is skipped: give --skip ROW, too")
    place, now = Place(), datetime.now(UTC)
    if skip is not None:
        _change(place, workspace, lambda within, of: end(within, of, skip, reason or "unavailable", now))
    if retry is not None:
        _change(place, workspace, lambda within, of: ask_again(within, of, retry))
    _change(place, workspace, lambda within, of: plan_by_hand(within, of, now))
    with reading(place.engine) as within:
        rows = read_session(within, workspace_named(within, workspace), now)
    emit((_listed(row) for row in rows if all_ or row.status != "captured"), json=json)
    left = sum(row.open for row in rows)
    if not rows:
        say("no panel has 'apps:' in its workspace file, or there are no prompts")
    say(f"{workspace}: {left} of {len(rows)} answers are to be captured")


def _listed(row: Any) -> dict[str, Any]:
    said = asdict(row)
    return {name: said[name] for name in LISTED}


def _change(place: Place, slug: str, change: Callable[[Session, Workspace], object]) -> None:
    with writing(place.engine) as within:
        change(within, workspace_named(within, slug))
