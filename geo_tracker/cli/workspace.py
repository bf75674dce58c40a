"""Workspaces as wholes: their file, who changed what, panels at rest, the end of one."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from geo_tracker.cli._console import Json, emit, say, show
from geo_tracker.cli._place import Place, Slug
from geo_tracker.collect.plan import ask_again
from geo_tracker.collect.plan import pause as set_pause
from geo_tracker.errors import UsageError
from geo_tracker.storage.database import reading, workspace_named, writing
from geo_tracker.storage.deletion import delete_workspace
from geo_tracker.storage.models import Audit
from geo_tracker.workspaces.audit import history, undo
from geo_tracker.workspaces.current import file_of
from geo_tracker.workspaces.declared import read_text
from geo_tracker.workspaces.edit import replace
from geo_tracker.workspaces.edits import Difference
from geo_tracker.workspaces.written import rewritten, written

app = typer.Typer(
    help="Workspaces as wholes: export the file, list and undo changes, pause panels, delete one.",
    no_args_is_help=True,
)


@app.command()
def export(
    slug: Annotated[str, typer.Argument(help="The workspace.")],
    out: Annotated[
        Path | None, typer.Option(help="File to write; one that is there keeps its comments.")
    ] = None,
) -> None:
    """The workspace as its file declares it, with what was changed in the dashboard; on stdout without --out."""
    place = Place()
    with writing(place.engine) as session:
        workspace = workspace_named(session, slug)
        file = file_of(session, workspace)
        text = rewritten(out, read_text(out), file) if out and out.exists() else written(file)
        if out:
            marked = out.exists() and out.read_bytes().startswith(b"\xef\xbb\xbf")
            replace(out, text, marked=marked)
            workspace.applied = file.model_dump(mode="json")
            session.add(workspace)
    if out:
        say(f"{slug}: written to {out}")
    else:
        typer.echo(text, nl=False)


@app.command()
def changes(
    workspace: Slug,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="The newest only.")] = 20,
    json: Json = False,
) -> None:
    """Who changed what and when, the newest first; the table `history` of `geo-tracker export` has all."""
    place = Place()
    with reading(place.engine) as session:
        rows = history(session, workspace, limit=limit)
    emit([_record(row) if json else _line(row) for row in rows], json=json)


@app.command("undo")
def undo_change(
    workspace: Slug, number: Annotated[int, typer.Argument(help="Number of the change, as listed.")]
) -> None:
    """Take a change back; the next `geo-tracker score` counts by it."""
    place = Place()
    with writing(place.engine) as session:
        note = undo(session, workspace, number, who="", now=datetime.now(UTC))
        lines = [_told(Difference(**each)) for each in note.changes]
    for line in lines:
        show(line)


@app.command()
def pause(workspace: Slug, panel: Annotated[str, typer.Option(help="The panel.")]) -> None:
    """Let a panel rest: `run --due` leaves it out, and what would have been due counts as not planned."""
    _pause(workspace, panel, paused=True)


@app.command()
def resume(workspace: Slug, panel: Annotated[str, typer.Option(help="The panel.")]) -> None:
    """Have a panel that was paused asked again when it is due."""
    _pause(workspace, panel, paused=False)


def _pause(slug: str, name: str, *, paused: bool) -> None:
    place = Place()
    with writing(place.engine) as session:
        panel = set_pause(session, workspace_named(session, slug), name, datetime.now(UTC), paused=paused)
        say(f"{slug}/{panel.name}: {'paused' if panel.paused else 'goes on'}")


@app.command()
def again(workspace: Slug, run: Annotated[int, typer.Argument(help="Number of a run of today.")]) -> None:
    """Plan the failed answers of a run of today again; `run --resume` asks them."""
    place = Place()
    with writing(place.engine) as session:
        count = ask_again(session, workspace_named(session, workspace), run, datetime.now(UTC))
    say(
        f"{workspace}: {count} answers planned again; 'geo-tracker run --workspace {workspace} --resume' asks them"
    )


@app.command()
def delete(
    slug: Annotated[str, typer.Argument(help="Slug of the workspace.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Delete a client for good: rows, raw bodies, frozen reports, tokens, and pages that no other workspace cites.

    Backups and exported files keep what they hold.
    """
    place = Place()
    place.workspace(slug)
    if not yes:
        _confirm(slug)
    emit([asdict(delete_workspace(place.engine, place.archive, slug, datetime.now(UTC)))], json=json)
    say(f"{slug} is gone; backups and exports made before still hold it")


def _confirm(slug: str) -> None:
    if not sys.stdin.isatty():
        raise UsageError(f"deleting {slug} cannot be undone: say --yes")
    if typer.prompt(f"Type {slug} to delete it with all its answers", err=True) != slug:
        raise UsageError(f"{slug} was not deleted")


def _record(row: Audit) -> dict[str, object]:
    return {
        **{name: getattr(row, name) for name in ("id", "at", "who", "via", "reason", "undone", "changes")}
    }


def _line(row: Audit) -> dict[str, object]:
    told = ", ".join(_told(Difference(**each)) for each in row.changes)
    return {"id": row.id, "at": row.at, "who": row.who, "via": row.via, "reason": row.reason, "what": told}


def _told(of: Difference) -> str:
    return f"{of.action} {of.section} {of.name}"
