"""Write tables and summaries."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geo_tracker.cli._place import Place
from geo_tracker.cli._selection import checked, selecting
from geo_tracker.errors import UsageError
from geo_tracker.exports.export import TABLES
from geo_tracker.exports.export import export as write_tables
from geo_tracker.metrics.records import Selection
from geo_tracker.storage.database import reading

app = typer.Typer()

FORMATS = ("csv", "jsonl", "parquet", "xlsx", "html")


@app.command()
@selecting
def export(
    selection: Selection,
    format: Annotated[str, typer.Option("--format", "-f", help=f"One of {', '.join(FORMATS)}.")] = "csv",
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder to write into, or a file ending in .zip.")
    ] = Path("export"),
    table: Annotated[list[str] | None, typer.Option(help=f"Only these tables: {', '.join(TABLES)}.")] = None,
) -> None:
    """Write every table with a description of its columns, or a one-page summary as HTML; prints the files written."""
    if format not in FORMATS:
        raise UsageError(f"--format: no format {format!r}; there are {', '.join(FORMATS)}")
    with reading(Place().engine) as session:
        chosen = checked(session, selection)
        if format == "html":
            from geo_tracker.reports import export as write_report

            files = write_report(session, chosen, format=format, out=out)
        else:
            files = write_tables(session, chosen, format=format, out=out, tables=table or ())
    for path in files:
        typer.echo(str(path))
