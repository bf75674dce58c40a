"""Crawl the pages that answers cite."""

from __future__ import annotations

import typer

from geo_tracker.cli._console import progress, say
from geo_tracker.cli._place import AnySlug, Place
from geo_tracker.worker import crawl as crawl_with

app = typer.Typer()


@app.command()
def crawl(workspace: AnySlug = None) -> None:
    """Crawl the reference pages that answers cite and that were not fetched yet."""
    place = Place()
    for each in place.workspaces(workspace):
        with progress(f"{each.slug}: crawling") as bar:
            outcome = crawl_with("references", each.slug, place.settings, on_progress=bar)
        say(f"{each.slug}: {outcome}")
