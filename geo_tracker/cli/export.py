"""Write tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session

from geo_tracker.cli._extras import need
from geo_tracker.cli._place import Place
from geo_tracker.cli._selection import WeightsOption, checked, selecting, weighing
from geo_tracker.errors import UsageError
from geo_tracker.exports.export import TABLES
from geo_tracker.exports.export import export as write_tables
from geo_tracker.metrics.records import Selection
from geo_tracker.storage.database import make_folder, reading

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
    weights: WeightsOption = "answers",
) -> None:
    """Write every table with a description of its columns; prints the files written. html is `report --format html`."""
    if format not in FORMATS:
        raise UsageError(f"--format: no format {format!r}; there are {', '.join(FORMATS)}")
    with reading(Place().engine) as session:
        chosen = checked(session, weighing(selection, weights))
        if format == "html":
            files = [_page(session, chosen, out)]
        else:
            files = write_tables(session, chosen, format=format, out=out, tables=table or ())
    for path in files:
        typer.echo(str(path))


def _page(session: Session, selection: Selection, out: Path) -> Path:
    """The report as one HTML file: `out`, or summary.html in the folder `out`."""
    need("vl_convert")
    from geo_tracker.reports.build import build_report
    from geo_tracker.reports.renderers import render

    path = out if out.suffix.lower() in (".html", ".htm") else out / "summary.html"
    data = render(build_report(session, selection)[0], "html")
    make_folder(path.parent)
    try:
        path.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
    return path
