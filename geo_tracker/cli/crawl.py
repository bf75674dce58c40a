"""Crawl the pages that answers cite."""

from __future__ import annotations

import typer

from geo_tracker.cli._console import say
from geo_tracker.cli._place import AnySlug, Place
from geo_tracker.cli.run import crawl_pages

app = typer.Typer()


@app.command()
def crawl(workspace: AnySlug = None) -> None:
    """Crawl the reference pages that answers cite and that were not fetched yet."""
    place = Place()
    for each in place.workspaces(workspace):
        say(f"{each.slug}: {crawl_pages(place, each)}")
