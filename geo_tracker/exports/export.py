"""An export: tables, one after the other, into a folder that is complete or as it was before."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import orjson
import sqlalchemy as sa
from sqlmodel import Session, col

from geo_tracker.errors import GeoTrackerError, UsageError
from geo_tracker.exports.formats import format_named
from geo_tracker.exports.formats.base import Format
from geo_tracker.exports.measured import MEASURED
from geo_tracker.exports.package import Written, described
from geo_tracker.exports.stored import STORED
from geo_tracker.exports.table import Table
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.selection import selected
from geo_tracker.storage.database import make_folder, workspace_named
from geo_tracker.storage.models import DailyCell, Prompt, Workspace

PACKAGE = "datapackage.json"
TABLES = {table.name: table for table in (*STORED, *MEASURED)}
Progress = Callable[[str, int], None]
"""Called with a table's name and its rows so far."""


def export(
    session: Session,
    selection: Selection,
    *,
    format: str,
    out: Path,
    tables: Sequence[str] = (),
    progress: Progress = lambda name, rows: None,
) -> list[Path]:
    """Write tables (all by default) into the folder `out`, or a file ending in .zip, and give the files written.

    Raises `UsageError` for an unknown format or table; files that were there stay until the new ones are complete.
    """
    chosen = [table_named(name) for name in tables] or list(TABLES.values())
    of = format_named(format)
    home = out.parent if out.suffix.lower() == ".zip" else out
    make_folder(home)
    try:
        with tempfile.TemporaryDirectory(prefix=".export-", dir=home) as folder:
            files = _written(session, selection, of(Path(folder)), chosen, progress)
            return [_packed(files, out)] if home != out else [_moved(file, home) for file in files]
    except OSError as error:
        raise GeoTrackerError(f"{error.filename or out}: cannot be written: {error.strerror}") from None


def table_named(name: str) -> Table:
    """The table of that name; raises `UsageError` naming the known ones."""
    try:
        return TABLES[name]
    except KeyError:
        raise UsageError(f"no table {name!r}: there are {', '.join(TABLES)}") from None


def _written(
    session: Session, selection: Selection, of: Format, chosen: Sequence[Table], progress: Progress
) -> list[Path]:
    """The files, the description last."""
    workspace = workspace_named(session, selection.workspace)
    found = list(_tables(session, selection, of, chosen, progress))
    of.close()
    made = datetime.now(UTC)
    package = described(
        workspace.name, selection, of, found, made, sandbox=_is_sandbox(session, workspace, selection)
    )
    path = of.folder / PACKAGE
    path.write_bytes(orjson.dumps(package, option=orjson.OPT_INDENT_2))
    return [*dict.fromkeys(each.path for each in found), path]


def _is_sandbox(session: Session, workspace: Workspace, selection: Selection) -> bool:
    """Whether any of it was made by the sandbox; asked of the database, since facts of all days fill 80 MB."""
    cells = sa.select(col(DailyCell.day)).join(Prompt).where(*selected(DailyCell, workspace, selection))
    made = cells.where(col(DailyCell.sandbox)).limit(1)
    return session.connection().execute(made).first() is not None


def _tables(
    session: Session, selection: Selection, of: Format, chosen: Sequence[Table], progress: Progress
) -> Iterator[Written]:
    for table in chosen:
        path, rows = of.begin(table), 0
        for batch in table.batches(session, selection):
            of.add(batch)
            rows += len(batch)
            progress(table.name, rows)
        yield Written(table, path, rows, of.end())


def _moved(file: Path, home: Path) -> Path:
    return file.replace(home / file.name)


def _packed(files: Sequence[Path], out: Path) -> Path:
    made = files[0].parent / "made.zip"
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, file.name)
    return Path(shutil.move(made, out))
