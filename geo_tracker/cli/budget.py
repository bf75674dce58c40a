"""What the month has used of a workspace's budget."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from geo_tracker.cli._console import Json, emit, say
from geo_tracker.cli._place import AnySlug, Place
from geo_tracker.queries.budget import Budget, read_budget
from geo_tracker.storage.database import reading

app = typer.Typer()


@app.command()
def budget(workspace: AnySlug = None, json: Json = False) -> None:
    """What the month has used of each limit of the workspace's budget, in calls and money, and what waits.

    Limits stand in the workspace file under `budget`; raised there and applied, what waits is asked by the next run.
    """
    place, now = Place(), datetime.now(UTC)
    sandbox = bool(place.settings.sandbox_url)
    records = []
    with reading(place.engine) as session:
        for each in place.workspaces(workspace):
            found = read_budget(session, each.slug, now, sandbox=sandbox)
            records += _records(each.slug, found)
            if not found.limits:
                say(f"{each.slug}: no budget: see 'budget' in docs/operations.md")
            elif found.waiting:
                say(
                    f"{each.slug}: {found.waiting} answers wait until {found.until:%Y-%m-%d} or a higher budget"
                )
    if records:
        emit(records, json=json)


def _records(slug: str, found: Budget) -> list[dict[str, object]]:
    return [
        {
            "workspace": slug,
            "engine": each.engine or None,
            "calls": each.calls_used,
            "calls_per_month": each.calls or None,
            "money": round(each.money_used, 6),
            "money_per_month": each.money or None,
            "currency": each.currency,
            "state": "used up" if each.spent else "open",
        }
        for each in found.limits
    ]
