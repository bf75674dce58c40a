"""Who did what and when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from geo_tracker.cli._console import Json, emit
from geo_tracker.cli._place import AnySlug, Place
from geo_tracker.queries.facts import read_workspaces
from geo_tracker.storage.database import reading
from geo_tracker.storage.journal import read_journal

app = typer.Typer()


@app.command()
def audit(
    workspace: AnySlug = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="The newest only.")] = 50,
    json: Json = False,
) -> None:
    """Who did what and when, the newest first: changes, members, tokens, reports, runs, marks.

    The table `audit` of `geo-tracker export` has all of a workspace.
    """
    place = Place()
    if workspace:
        place.workspace(workspace)
    with reading(place.engine) as session:
        slugs = [workspace] if workspace else list(read_workspaces(session))
        rows = read_journal(session, slugs, everywhere=not workspace, limit=limit)
    emit(_records(rows, json=json), json=json)


def _records(rows: Any, *, json: bool) -> Iterator[dict[str, Any]]:
    for row, slug in rows:
        about = {
            "id": row.id,
            "at": row.at,
            "who": row.who,
            "workspace": slug,
            "kind": row.kind,
            "via": row.via,
        }
        if json:
            yield {**about, "reason": row.reason, "undone": row.undone, "changes": row.changes}
        else:
            what = ", ".join(f"{each['section']} {each['key']}" for each in row.changes)
            yield {**about, "what": what, "reason": row.reason}
