"""Write tables and summaries."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geo_tracker.cli._place import Place
from geo_tracker.cli._selection import checked, selecting
from geo_tracker.errors import UsageError
from geo_tracker.metrics.records import Selection
from geo_tracker.reports import FORMATS
from geo_tracker.reports import export as write_export
from geo_tracker.storage.database import reading

app = typer.Typer()


@app.command()
@selecting
def export(
    selection: Selection,
    format: Annotated[str, typer.Option("--format", "-f", help=f"One of {', '.join(FORMATS)}.")] = "html",
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write into.")] = Path("export"),
) -> None:
    """Write every table as CSV, or a one-page summary as HTML; prints the files written."""
    if format not in FORMATS:
        raise UsageError(f"--format: no format {format!r}; there are {', '.join(FORMATS)}")
    with reading(Place().engine) as session:
        for path in write_export(session, checked(session, selection), format=format, out=out):
            typer.echo(str(path))
