"""The database: opening it, migrating it, and the writes of one answer and one page."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
import sqlalchemy as sa
from sqlmodel import Session, SQLModel, select

from geo_tracker.errors import UsageError
from geo_tracker.storage.models import Revision, Workspace
from geo_tracker.storage.models.revision import ONLY

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
KNOWN = "known"
CHANGED = "changed"
Found = TypeVar("Found")
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def open_engine(url: str) -> sa.Engine:
    """Connect to SQLite or PostgreSQL; raises `UsageError` for any other address."""
    try:
        address = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise UsageError(
            "GEO_DATABASE_URL is not a database address: use sqlite:///FILE or postgresql://…"
        ) from None
    if address.drivername in ("postgresql", "postgres"):
        address = address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() not in ("sqlite", "postgresql"):
        raise UsageError(f"databases are SQLite or PostgreSQL, not {address.get_backend_name()}")
    if address.get_backend_name() == "postgresql":
        return _noting_changes(sa.create_engine(address, pool_pre_ping=True, **JSON))
    if address.database and address.database != ":memory:":
        make_folder(Path(address.database).parent)
    engine = sa.create_engine(address, **JSON)
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return _noting_changes(engine)


def _to_json(value: Any) -> str:
    """JSON without spaces and escapes: two thirds of the bytes of Python's own, half of them where it is Chinese."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # whole numbers beyond 64 bits, keys that are no texts
        return json.dumps(value)


def _from_json(text: str | bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:  # NaN, which Python's own writes
        return json.loads(text)


JSON: dict[str, Any] = {"json_serializer": _to_json, "json_deserializer": _from_json}
"""How columns of JSON are written and read."""


def _noting_changes(engine: sa.Engine) -> sa.Engine:
    sa.event.listen(engine, "after_execute", _note_change)
    return engine


def _note_change(connection: sa.Connection, statement: Any, *rest: Any) -> None:
    """Note on the connection whether its transaction changed a row; statements that met none change nothing."""
    if isinstance(statement, sa.sql.dml.UpdateBase) and rest[-1].rowcount != 0:
        connection.info[CHANGED] = True


def make_folder(path: Path) -> None:
    """Make a folder and those above it; raises `UsageError` where that cannot be done."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{path}: cannot be made a folder: {error.strerror}") from None


def _prepare_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # pysqlite begins late and deferred; `_begin_sqlite` does it instead
    for pragma in ("busy_timeout=60000", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    # A deferred transaction that turns to writing fails at once where another writer came between.
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def writing(engine: sa.Engine) -> Iterator[Session]:
    """One transaction that writes: committed at the end, rolled back by any exception."""
    with Session(engine.execution_options(writing=True), expire_on_commit=False) as session, session.begin():
        connection = session.connection()
        connection.info[CHANGED] = False
        yield session
        session.flush()
        if connection.info[CHANGED]:
            raise_revision(session)


def raise_revision(session: Session) -> None:
    """Count a change, last in its transaction: whoever else writes waits from here on."""
    insert_adding(session, Revision, [{"id": ONLY, "number": 1}], ("number",))


def revision_of(session: Session) -> int:
    """The number that every change raises; what was read at one holds as long as it stands."""
    return once(session, ("revision",), lambda: session.exec(select(Revision.number)).first() or 0)


@contextmanager
def reading(engine: sa.Engine) -> Iterator[Session]:
    """One consistent view to read from: what others write meanwhile is not seen, so `once` may remember."""
    # SQLite's transactions are so by themselves.
    same = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with Session(engine.execution_options(**same), expire_on_commit=False) as session:
        session.info[KNOWN] = {}
        yield session


def once(session: Session, key: Hashable, read: Callable[[], Found]) -> Found:
    """What `read` gives, asked once in a `reading`; always anew where the session may write."""
    known = session.info.get(KNOWN)
    if known is None:
        return read()
    if key not in known:
        known[key] = read()
    found: Found = known[key]
    return found


def migrate(engine: sa.Engine) -> None:
    """Bring the schema to the newest revision; does nothing where it is.

    Raises `UsageError` for a database that cannot be reached or read.
    """
    try:
        with engine.connect() as connection:
            current = _is_newest(connection)
        if not current:
            _upgrade(engine)
    except sa.exc.DatabaseError as error:
        where = engine.url.render_as_string(hide_password=True)
        reason = str(error.orig).strip().splitlines()[0]
        advice = "check GEO_DATABASE_URL, or run geo-tracker doctor"
        raise UsageError(f"the database {where} cannot be used: {reason} - {advice}") from None


ADVICE = {
    "full": "its disk is full: free space, then run the command again",
    "no space": "its disk is full: free space, then run the command again",
    "locked": "another process has been writing for a minute: wait for it, then run the command again",
    "readonly": "it may not be written: mend its permissions",
    "malformed": "its file is damaged: restore it from a backup",
    "disk i/o": "its disk cannot be read or written: look at the disk, or restore a backup elsewhere",
}
"""What to do, by a word of the database's own message."""


def trouble(error: Exception) -> str:
    """A sentence about a database that failed in the middle of work, and what to do; without values of the rows."""
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    reason = (str(cause).strip().splitlines() or ["no reason given"])[0]
    advice = next((advice for word, advice in ADVICE.items() if word in reason.lower()), None)
    return (
        f"the database failed: {reason} - {advice or 'see that it runs, then run the command again'}; "
        "what was stored before stays, nothing is half-written"
    )


def _is_newest(connection: sa.Connection) -> bool:
    """Asked without Alembic, which takes longer to load than most commands take."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return False
    revisions = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalars().all()
    return revisions == [newest_revision()]


def newest_revision() -> str:
    """The number that the file of the last migration begins with."""
    return revisions()[-1]


def revisions() -> list[str]:
    """The numbers that the files of all migrations begin with, oldest first."""
    return sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _upgrade(engine: sa.Engine) -> None:
    with engine.execution_options(writing=True).begin() as connection:
        upgrade(connection, "head")


def upgrade(connection: sa.Connection, revision: str) -> None:
    """Bring the schema up to a revision within the caller's transaction; raises `UsageError` where it is not known."""
    from alembic import command
    from alembic.util import CommandError

    if connection.dialect.name == "postgresql":  # SQLite's writers take turns by themselves
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(7364501)"))
    try:
        command.upgrade(migration_config(connection), revision)
    except CommandError as error:
        raise UsageError(f"the database is newer than this program: update the program ({error})") from None


def migration_config(connection: sa.Connection) -> Config:
    """Alembic's configuration, bound to an open connection."""
    from alembic.config import Config

    config = Config(stdout=sys.stdout)  # its default is what stdout was when Alembic was imported
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def workspace_named(session: Session, slug: str) -> Workspace:
    """The workspace of that slug; raises `UsageError` that lists the known ones."""
    return once(session, ("workspace", slug), lambda: _workspace_named(session, slug))


def _workspace_named(session: Session, slug: str) -> Workspace:
    found = session.exec(select(Workspace).where(Workspace.slug == slug)).first()
    if found is None:
        known = ", ".join(session.exec(select(Workspace.slug).order_by(Workspace.slug)).all()) or "none yet"
        raise UsageError(f"no workspace {slug!r}; known: {known}. Create one with 'geo-tracker apply FILE'")
    return found


def insert_new(session: Session, table: type[SQLModel], rows: Sequence[dict[str, Any]]) -> int:
    """Insert rows, skip those that break a unique constraint; returns how many were new."""
    if not rows:
        return 0
    connection = session.connection()
    defaults = _defaults(table)
    done = connection.execute(
        _insert(connection, table).on_conflict_do_nothing(),
        [{**defaults, **row} for row in rows],
        execution_options={"preserve_rowcount": True},
    )
    return done.rowcount


def insert_returning(
    session: Session, table: type[SQLModel], rows: Sequence[dict[str, Any]], names: Sequence[str]
) -> list[Any]:
    """As `insert_new`; returns these columns of the rows that were new, in no order."""
    if not rows:
        return []
    connection = session.connection()
    insert = _insert(connection, table).on_conflict_do_nothing()
    wanted = [insert.table.c[name] for name in names]
    defaults = _defaults(table)
    return list(connection.execute(insert.returning(*wanted), [{**defaults, **row} for row in rows]).all())


def update_rows(session: Session, table: type[SQLModel], rows: Mapping[int, Mapping[str, Any]]) -> None:
    """Set columns of rows by their ids; all rows name the same columns."""
    if rows:
        columns = sa.inspect(table).local_table.c
        names: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in next(iter(rows.values()))}
        change = sa.update(columns.id.table).where(columns.id == sa.bindparam("row_id")).values(names)
        values = [
            {"row_id": key, **{f"new_{name}": value for name, value in row.items()}}
            for key, row in rows.items()
        ]
        session.connection().execute(change, values)


def insert_adding(
    session: Session, table: type[SQLModel], rows: Sequence[dict[str, Any]], sums: Sequence[str]
) -> None:
    """Insert rows; where the key of one is there, add its `sums` to those of the row that stands."""
    if rows:
        connection = session.connection()
        insert = _insert(connection, table)
        keys = [column.name for column in insert.table.primary_key]
        added = {name: insert.table.c[name] + insert.excluded[name] for name in sums}
        connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=added), rows)


def _insert(connection: sa.Connection, table: type[SQLModel]) -> Any:
    # Loaded by its name: the dialect that is not used would cost every start 20 ms.
    dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
    return dialect.insert(sa.inspect(table).local_table)


@cache
def _defaults(table: type[SQLModel]) -> dict[str, Any]:
    """What a row has where it says nothing; SQLModel itself only fills it in when it makes an object."""
    fields_ = {
        name: field for name, field in table.model_fields.items() if name != "id" and not field.is_required()
    }
    return {name: field.get_default(call_default_factory=True) for name, field in fields_.items()}


def storable(value: Any) -> Any:
    """The same value with U+FFFD for each NUL and lone surrogate in its texts: no database stores those.

    Lengths stay, so that offsets hold; reads strings in tuples, lists, mappings and dataclasses.
    """
    return value if _is_storable(value) else _replaced(value)


def _is_storable(value: Any) -> bool:
    """Whether the value has none for sure: JSON escapes a NUL and takes no surrogate, and is written fast."""
    try:
        return b"\\u0000" not in orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:
        return False


def _replaced(value: Any) -> Any:
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value) if type(value) is str else value
    if isinstance(value, tuple | list):
        return type(value)(_replaced(each) for each in value)
    if isinstance(value, Mapping):
        return {_replaced(name): _replaced(each) for name, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: _replaced(getattr(value, each.name)) for each in fields(value)})
    return value
