"""Crawl the pages that answers cite, and again those that have aged."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from geo_tracker.cli._console import say, warn
from geo_tracker.cli._place import AnySlug, Place
from geo_tracker.cli.run import crawl_pages
from geo_tracker.storage.pages import stale_before

app = typer.Typer()


@app.command()
def crawl(
    workspace: AnySlug = None,
    older_than: Annotated[
        int | None,
        typer.Option(
            "--older-than", min=1, metavar="DAYS", help="Again what was last asked for so many days ago."
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Again every page, whatever its age.")] = False,
) -> None:
    """Crawl the pages that answers cite and offers lead to: new ones, and those older than `recrawl_days`.

    A page that has not changed since is not read again, and one that cannot be had keeps what it said.
    """
    place = Place()
    for each in place.workspaces(workspace):
        now = datetime.now(UTC)
        before = now if everything else stale_before(each, now, older_than)
        outcome = crawl_pages(place, each, before)
        say(f"{each.slug}: {outcome}")
        if outcome.left:
            warn(
                f"{each.slug}: {outcome.left} pages wait: those of a sandbox for it, others for the next crawl"
            )
