"""Workspaces as wholes."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from geo_tracker.cli._console import Json, emit, say
from geo_tracker.cli._place import Place
from geo_tracker.errors import UsageError
from geo_tracker.storage.deletion import delete_workspace

app = typer.Typer(help="Workspaces as wholes: delete one with all that is its alone.", no_args_is_help=True)


@app.callback()
def _workspace() -> None:
    """Commands of whole workspaces."""


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
