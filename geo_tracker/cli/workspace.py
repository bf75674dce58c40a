"""What a workspace declares, as its file, and who changed what."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from geo_tracker.cli._console import Json, emit, say
from geo_tracker.cli._place import Place, Slug
from geo_tracker.storage.database import reading, workspace_named, writing
from geo_tracker.storage.models import Audit
from geo_tracker.workspaces.declared import read_text
from geo_tracker.workspaces.differences import Difference
from geo_tracker.workspaces.edit import replace
from geo_tracker.workspaces.history import history, undo
from geo_tracker.workspaces.stored import file_of
from geo_tracker.workspaces.written import rewritten, written

app = typer.Typer(
    help="Write a workspace's file back, list who changed what, undo a change.", no_args_is_help=True
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
        typer.echo(line)


def _record(row: Audit) -> dict[str, object]:
    return {
        **{name: getattr(row, name) for name in ("id", "at", "who", "via", "reason", "undone", "changes")}
    }


def _line(row: Audit) -> dict[str, object]:
    told = ", ".join(_told(Difference(**each)) for each in row.changes)
    return {"id": row.id, "at": row.at, "who": row.who, "via": row.via, "reason": row.reason, "what": told}


def _told(of: Difference) -> str:
    return f"{of.action} {of.section} {of.name}"
