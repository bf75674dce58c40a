"""Write tables and summaries."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geo_tracker.cli._filters import Branded, From, Several, To, checked, filters_of
from geo_tracker.cli._place import Place, Slug
from geo_tracker.errors import UsageError
from geo_tracker.reports import FORMATS
from geo_tracker.reports import export as write_export
from geo_tracker.storage.database import reading

app = typer.Typer()


@app.command()
def export(
    workspace: Slug,
    format: Annotated[str, typer.Option("--format", "-f", help=f"One of {', '.join(FORMATS)}.")] = "html",
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write into.")] = Path("export"),
    start: From = None,
    end: To = None,
    engine: Several = None,
    surface: Several = None,
    topic: Several = None,
    language: Several = None,
    branded: Branded = False,
) -> None:
    """Write every table as CSV, or a one-page summary as HTML; prints the files written."""
    if format not in FORMATS:
        raise UsageError(f"--format: no format {format!r}; there are {', '.join(FORMATS)}")
    filters = filters_of(workspace, start, end, engine, surface, topic, language, branded)
    with reading(Place().engine) as session:
        for path in write_export(session, checked(session, filters), format=format, out=out):
            typer.echo(str(path))
