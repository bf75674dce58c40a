"""The archive of raw bodies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from geo_tracker.cli._console import Json, emit, say, warn
from geo_tracker.cli._place import AnySlug, Place
from geo_tracker.collect.verification import Verified, faults
from geo_tracker.storage.bodies import remove_unused
from geo_tracker.storage.database import reading
from geo_tracker.storage.retention import cutoffs, remove_evidence

DAY = timedelta(days=1)
"""A body is stored before its row: what is younger may be the answer of a run that goes on."""

app = typer.Typer(
    help="The archive of raw bodies: whether it holds what the rows rest on.", no_args_is_help=True
)


@app.callback()
def _archive() -> None:
    """Commands of the archive."""


@app.command()
def prune(
    older_than: Annotated[
        int | None,
        typer.Option(help="Days that evidence is kept, instead of each workspace's `retention`.", min=1),
    ] = None,
    workspace: AnySlug = None,
    json: Json = False,
) -> None:
    """Remove evidence that is kept no longer, and bodies that no row rests on and that are older than a day.

    Evidence is raw bodies of answers and texts of cited pages, older than the workspace's `retention`; answers,
    citations and all numbers stay, and say that it is gone. Unused bodies are of deleted workspaces and killed work.
    """
    place = Place()
    now = datetime.now(UTC)
    of = place.workspaces(workspace)
    kept = [cutoffs(of, part, now, older_than) for part in ("bodies", "pages")]
    gone = remove_evidence(place.engine, place.archive, kept[0], kept[1], now)
    with reading(place.engine) as session:
        stored = ((sha, place.archive.stored_at(sha)) for sha in place.archive.stored())
        old = (sha for sha, at in stored if at and now - at > DAY)
        removed = remove_unused(session, place.archive, old)
    emit([{"answers": gone.answers, "pages": gone.pages, "removed": gone.bodies + removed}], json=json)


@app.command()
def verify(json: Json = False) -> None:
    """Unpack every body and compare it with its sha256; print those missing or damaged, exit 1 if any is."""
    place = Place()
    counted = Verified()
    found = [fault.record() for fault in faults(place.engine, place.archive, counted)]
    if found:
        emit(found, json=json)
    unused = f", {counted.unused} that no row rests on" if counted.unused else ""
    say(f"{counted.bodies} bodies verified{unused}: {len(found) or 'none'} missing or damaged")
    if found:
        warn("restore them from a backup; until then 'score --all' leaves their rows as they are")
        raise typer.Exit(1)
