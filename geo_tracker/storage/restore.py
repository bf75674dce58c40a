"""From a backup to a database and an archive: all of it or nothing, and only where there is nothing yet."""

from __future__ import annotations

import re
import tarfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import fsspec
import orjson
import sqlalchemy as sa
import zstandard

from geo_tracker.errors import GeoTrackerError, UsageError
from geo_tracker.storage.archive import MAX_BODY, Archive, DamagedBody
from geo_tracker.storage.backup import FORMAT, OnProgress, kept_tables
from geo_tracker.storage.database import migrate, raise_revision, revisions, upgrade, writing

MEMBER = re.compile(r"rows/(?P<table>[a-z_]+)/\d{6,}\.jsonl\.zst|bodies/(?P<sha>[0-9a-f]{64})\.zst")


@dataclass(slots=True)
class Restored:
    """What came back."""

    rows: Counter[str] = field(default_factory=Counter)
    bodies: int = 0
    damaged: list[str] = field(default_factory=list)
    """sha256 of bodies that the backup holds damaged: their rows are there, their evidence is not."""


def restore_backup(engine: sa.Engine, archive: Archive, source: str, on_progress: OnProgress) -> Restored:
    """Bring back what `write_backup` wrote, then the schema to the newest.

    Raises `UsageError` for a file that is no backup or was made by a newer program, and for a database that holds
    anything; `GeoTrackerError` for a backup that was cut or damaged. Then no row is stored.
    """
    revision = _revision(source)
    _refuse_full(engine, revision)
    restored = Restored()
    end = _bring_bodies(archive, source, restored, on_progress)
    with engine.execution_options(writing=True).begin() as connection:
        upgrade(connection, revision)
        _bring_rows(connection, source, restored)
        if end["rows"] != dict(restored.rows):
            raise GeoTrackerError(f"{source} does not hold the rows that it counts: it is damaged")
    migrate(engine)
    with writing(engine) as session:
        raise_revision(session)
    return restored


def _refuse_full(engine: sa.Engine, revision: str) -> None:
    """Raise `UsageError` where the database holds rows, or has a schema that the backup's rows do not fit."""
    where = engine.url.render_as_string(hide_password=True)
    with engine.connect() as connection:
        there = set(sa.inspect(connection).get_table_names())
        for name in there & {table.name for table in kept_tables()}:
            if connection.execute(sa.select(sa.literal(1)).select_from(sa.table(name)).limit(1)).first():
                raise UsageError(
                    f"{where} holds rows: restore into an empty one (GEO_HOME or GEO_DATABASE_URL)"
                )
        if "alembic_version" in there:
            stands = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalars().all()
            if stands and stands != [revision]:
                raise UsageError(f"{where} has a newer schema than the backup: restore into one that is new")


def _revision(source: str) -> str:
    with _opened(source) as tar:
        first = tar.next()
        if first is None or first.name != "manifest.json":
            raise UsageError(f"{source} is no backup of 'geo-tracker backup'")
        manifest = orjson.loads(_content(tar, first))
    if manifest["format"] != FORMAT or manifest["revision"] not in revisions():
        raise UsageError(f"{source} was made by a newer program ({manifest['program']}): update this one")
    return str(manifest["revision"])


@contextmanager
def _opened(source: str) -> Iterator[tarfile.TarFile]:
    try:
        opened = fsspec.open(source, "rb")  # type: ignore[no-untyped-call]
        with opened as file, tarfile.open(fileobj=file, mode="r|") as tar:
            yield tar
    except FileNotFoundError:
        raise UsageError(f"{source}: no such file") from None
    except (tarfile.TarError, EOFError, orjson.JSONDecodeError, zstandard.ZstdError) as error:
        raise GeoTrackerError(
            f"{source} cannot be read to its end: it was cut or damaged ({error})"
        ) from None


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    if member.size > MAX_BODY:
        raise GeoTrackerError(f"{member.name} is larger than anything that a backup holds")
    file = tar.extractfile(member)
    content = file.read() if file else b""
    if len(content) != member.size:
        raise tarfile.ReadError(f"{member.name} is cut")
    return content


def _bring_bodies(
    archive: Archive, source: str, restored: Restored, on_progress: OnProgress
) -> dict[str, Any]:
    """Store the bodies; returns what the end of the file says that it holds."""
    with _opened(source) as tar:
        for member in tar:
            found = MEMBER.fullmatch(member.name)
            if found and found["sha"]:
                _bring_body(archive, found["sha"], _content(tar, member), restored)
                on_progress(restored.bodies, restored.bodies)
            elif member.name == "end.json":
                return dict(orjson.loads(_content(tar, member)))
    raise GeoTrackerError(f"{source} has no end: it was cut")


def _bring_body(archive: Archive, sha: str, packed: bytes, restored: Restored) -> None:
    try:
        archive.put_packed(sha, packed)
        restored.bodies += 1
    except DamagedBody:
        restored.damaged.append(sha)


def _bring_rows(connection: sa.Connection, source: str, restored: Restored) -> None:
    """Insert all rows into the tables as they were at the backup's revision."""
    known = sa.MetaData()
    known.reflect(connection)
    later: list[tuple[sa.Column[Any], list[dict[str, Any]]]] = []
    with _opened(source) as tar:
        for member in tar:
            found = MEMBER.fullmatch(member.name)
            if found and found["table"]:
                table = known.tables[found["table"]]
                rows = [_typed(table, row) for row in _lines(_content(tar, member))]
                later += _set_aside(table, rows)
                connection.execute(sa.insert(table), rows)
                restored.rows[str(table.name)] += len(rows)
    for column, links in later:
        _link(connection, column, links)
    _go_on_counting(connection, known)


def _lines(packed: bytes) -> Iterator[dict[str, Any]]:
    with zstandard.ZstdDecompressor().stream_reader(packed) as reader:
        lines = reader.read(MAX_BODY)
    return (orjson.loads(line) for line in lines.splitlines())


def _typed(table: sa.Table, row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(table.c[name].type, value) for name, value in row.items()}


def _value(kind: sa.types.TypeEngine[Any], value: Any) -> Any:
    match kind:
        case sa.DateTime() if value is not None:
            return datetime.fromisoformat(value)
        case sa.Date() if value is not None:
            return date.fromisoformat(value)
        case _:
            return value


def _set_aside(
    table: sa.Table, rows: list[dict[str, Any]]
) -> Iterator[tuple[sa.Column[Any], list[dict[str, Any]]]]:
    """References of rows to rows of the same table, taken out: what they lead to may come later."""
    (key,) = table.primary_key if len(table.primary_key) == 1 else (None,)
    for column in table.c:
        if key is not None and any(each.column is key for each in column.foreign_keys):
            links = [
                {"row": row[key.name], "to": row[column.name]} for row in rows if row[column.name] is not None
            ]
            for row in rows:
                row[column.name] = None
            if links:
                yield column, links


def _link(connection: sa.Connection, column: sa.Column[Any], links: list[dict[str, Any]]) -> None:
    table = column.table
    (key,) = table.primary_key
    change = sa.update(table).where(key == sa.bindparam("row")).values({column.name: sa.bindparam("to")})
    connection.execute(change, links)


def _go_on_counting(connection: sa.Connection, known: sa.MetaData) -> None:
    """PostgreSQL's counters of ids stand where they stood: rows that bring their ids do not move them."""
    if connection.dialect.name != "postgresql":
        return
    for table in known.tables.values():
        if "id" in table.c and (sequence := _sequence(connection, table)):
            highest = sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0) + 1).scalar_subquery()
            connection.execute(sa.select(sa.func.setval(sequence, highest, False)))


def _sequence(connection: sa.Connection, table: sa.Table) -> str | None:
    found: str | None = connection.execute(
        sa.select(sa.func.pg_get_serial_sequence(f'"{table.name}"', "id"))
    ).scalar_one()
    return found
