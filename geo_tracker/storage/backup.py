"""A backup: every row as of one moment and every body, in one tar file that either kind of database is restored from.

Its members, in this order: `manifest.json`, `rows/<table>/<number>.jsonl.zst`, `bodies/<sha256>.zst`, `end.json`. The
end says how much there is, so that a file that was cut is told from a whole one. Rows come first: a body is stored
before its row, so whatever the rows of that moment rest on is there when the bodies are read after them.
"""

from __future__ import annotations

import io
import tarfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import IO, Any

import fsspec
import orjson
import sqlalchemy as sa
import zstandard
from sqlmodel import Session, SQLModel

from geo_tracker import __version__
from geo_tracker.errors import GeoTrackerError, UsageError
from geo_tracker.storage.archive import Archive, DamagedBody, MissingBody
from geo_tracker.storage.bodies import used_bodies
from geo_tracker.storage.database import newest_revision
from geo_tracker.storage.models import Revision

FORMAT = 1
ROWS = 1000
"""Rows in one member: a few MB of answers, the most that is in memory at once."""
OnProgress = Callable[[int, int], None]


@dataclass(slots=True)
class Saved:
    """What a backup holds."""

    rows: Counter[str] = field(default_factory=Counter)
    bodies: int = 0
    unread: list[str] = field(default_factory=list)
    """What is wrong with bodies that are missing, damaged or cannot be read: the backup is without them."""


def write_backup(engine: sa.Engine, archive: Archive, target: str, on_progress: OnProgress) -> Saved:
    """Write rows and bodies to a new file, while others go on working; raises `UsageError` where the file exists.

    `target` is a path or any address that fsspec knows, such as `s3://bucket/geo.tar`.
    """
    saved = Saved()
    with _new_file(target) as file, tarfile.open(fileobj=file, mode="w|") as tar:
        _add(tar, "manifest.json", orjson.dumps(_manifest()))
        used = _add_rows(tar, engine, saved)
        _add_bodies(tar, archive, saved, used, on_progress)
        _add(tar, "end.json", orjson.dumps({"rows": saved.rows, "bodies": saved.bodies}))
    return saved


@contextmanager
def _new_file(target: str) -> Iterator[IO[bytes]]:
    """A file that has its name once it is whole, and is gone where that fails."""
    files, path = fsspec.core.url_to_fs(target)  # type: ignore[no-untyped-call]
    if files.exists(path):
        raise UsageError(f"{target} exists: a backup never writes over another, name a new file")
    partial = f"{path}.part"
    try:
        with files.open(partial, "wb") as file:
            yield file
        files.mv(partial, path)
    except BaseException as error:
        if files.exists(partial):
            files.rm(partial)
        if isinstance(error, OSError):
            raise GeoTrackerError(f"{target} cannot be written: {error.strerror or error}") from None
        raise


def _manifest() -> dict[str, object]:
    return {
        "format": FORMAT,
        "revision": newest_revision(),
        "program": __version__,
        "made_at": datetime.now(UTC),
    }


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


def _add_rows(tar: tarfile.TarFile, engine: sa.Engine, saved: Saved) -> dict[bytes, str]:
    """Returns which bodies the rows of that moment rest on, each with one of them."""
    pack = zstandard.ZstdCompressor(level=3).compress
    with _one_moment(engine) as connection:
        for table in kept_tables():
            for number, rows in zip(count(1), _rows(connection, table)):
                lines = b"".join(orjson.dumps(row) + b"\n" for row in rows)
                _add(tar, f"rows/{table.name}/{number:06}.jsonl.zst", pack(lines))
                saved.rows[str(table.name)] += len(rows)
        with Session(connection) as session:
            return {sha.encode(): user for sha, user in used_bodies(session)}


def kept_tables() -> list[sa.Table]:
    """All tables but the number of the last change, which each database counts for itself."""
    return [
        table for table in SQLModel.metadata.sorted_tables if table is not sa.inspect(Revision).local_table
    ]


@contextmanager
def _one_moment(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection that sees the database as it is now, whatever others write: as every reader of SQLite does."""
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        yield connection


def _rows(connection: sa.Connection, table: sa.Table) -> Iterator[list[dict[str, Any]]]:
    found = connection.execution_options(yield_per=ROWS).execute(
        sa.select(table).order_by(*table.primary_key)
    )
    for rows in found.mappings().partitions():
        yield [dict(row) for row in rows]


def _add_bodies(
    tar: tarfile.TarFile, archive: Archive, saved: Saved, used: dict[bytes, str], on_progress: OnProgress
) -> None:
    for sha in archive.stored():
        used.pop(sha.encode(), None)
        try:
            packed, _ = archive.checked(sha)
        except (MissingBody, DamagedBody) as error:
            saved.unread.append(str(error))
            continue
        _add(tar, f"bodies/{sha}.zst", packed)
        saved.bodies += 1
        on_progress(saved.bodies, saved.bodies)  # how many there are is known at the end
    saved.unread += (f"no body {sha.decode()} in the archive, of {user}" for sha, user in used.items())
