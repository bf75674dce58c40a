"""The database: opening it, migrating it, and the writes of one answer and one page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields, is_dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col, delete, func, select, update

from geo_tracker.engines.base import EngineError, ErrorKind, ParsedAnswer
from geo_tracker.errors import UsageError
from geo_tracker.extract.records import PageContent
from geo_tracker.extract.urls import canonical, domain, is_public_http
from geo_tracker.models import (
    Answer,
    AnswerStatus,
    Body,
    Citation,
    Offer,
    Page,
    PageStatus,
    SearchQuery,
    Workspace,
)

UNSTORABLE = re.compile("[\0\ud800-\udfff]")
MAX_KEY = 2_500
"""Bytes of a text that PostgreSQL takes into a unique index, with room for the other columns."""
WHY_NOT_VALID = {
    AnswerStatus.EMPTY: (ErrorKind.EMPTY, "the engine returned no text"),
    AnswerStatus.CUT: (ErrorKind.CUT, "the answer stops before its end"),
}
STATUS_OF_ERROR = {ErrorKind.REFUSED: AnswerStatus.REFUSED, ErrorKind.EMPTY: AnswerStatus.EMPTY}


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
        return sa.create_engine(address, pool_pre_ping=True)
    if address.database and address.database != ":memory:":
        make_folder(Path(address.database).parent)
    engine = sa.create_engine(address)
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


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
        yield session


@contextmanager
def reading(engine: sa.Engine) -> Iterator[Session]:
    """One consistent view to read from."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


def migrate(engine: sa.Engine) -> None:
    """Bring the schema to the newest revision; does nothing where it is.

    Raises `UsageError` for a database that cannot be reached or read.
    """
    try:
        _upgrade(engine)
    except sa.exc.DatabaseError as error:
        where = engine.url.render_as_string(hide_password=True)
        reason = str(error.orig).strip().splitlines()[0]
        advice = "check GEO_DATABASE_URL, or run geo-tracker doctor"
        raise UsageError(f"the database {where} cannot be used: {reason} - {advice}") from None


def _upgrade(engine: sa.Engine) -> None:
    with engine.execution_options(writing=True).begin() as connection:
        if connection.dialect.name == "postgresql":  # SQLite's writers take turns by themselves
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(7364501)"))
        try:
            command.upgrade(migration_config(connection), "head")
        except CommandError as error:
            raise UsageError(
                f"the database is newer than this program: update the program ({error})"
            ) from None


def migration_config(connection: sa.Connection) -> Config:
    """Alembic's configuration, bound to an open connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def workspace_named(session: Session, slug: str) -> Workspace:
    """The workspace of that slug; raises `UsageError` that lists the known ones."""
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
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    defaults = _defaults(table)
    done = connection.execute(
        insert(sa.inspect(table).local_table).on_conflict_do_nothing(),
        [{**defaults, **row} for row in rows],
        execution_options={"preserve_rowcount": True},
    )
    return done.rowcount


@cache
def _defaults(table: type[SQLModel]) -> dict[str, Any]:
    """What a row has where it says nothing; SQLModel itself only fills it in when it makes an object."""
    fields_ = {
        name: field for name, field in table.model_fields.items() if name != "id" and not field.is_required()
    }
    return {name: field.get_default(call_default_factory=True) for name, field in fields_.items()}


def save_bodies(session: Session, bodies: Sequence[Body]) -> None:
    """Record archived responses of engines, before anything parses them."""
    session.add_all(bodies)


def storable(value: Any) -> Any:
    """The same value with U+FFFD for each NUL and lone surrogate in its texts: no database stores those.

    Lengths stay, so that offsets hold; reads strings in tuples, lists, mappings and dataclasses.
    """
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value) if type(value) is str else value
    if isinstance(value, tuple | list):
        return type(value)(storable(each) for each in value)
    if isinstance(value, Mapping):
        return {storable(name): storable(each) for name, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: storable(getattr(value, each.name)) for each in fields(value)})
    return value


def supersede(session: Session, answer_id: int, step: int) -> None:
    """Mark the bodies of an answer from a step on as failures that were retried: evidence, never replayed."""
    retried = (col(Body.answer_id) == answer_id, col(Body.step) >= step)
    session.exec(update(Body).where(*retried).values(superseded=True))


def save_answer(session: Session, answer: Answer, parsed: ParsedAnswer, at: datetime | None) -> None:
    """Fill a row from a parsed answer and write its sources and queries anew."""
    save_answers(session, [(answer, parsed)], at)


def save_answers(session: Session, pairs: Sequence[tuple[Answer, ParsedAnswer]], at: datetime | None) -> None:
    """As `save_answer` for many rows in a few statements; all of them are of the sandbox, or none is."""
    pairs = [(answer, storable(parsed)) for answer, parsed in pairs]
    clear_answer(session, [answer.id for answer, _ in pairs if answer.captured_at])
    for answer, parsed in pairs:
        _fill(answer, parsed, at)
        session.add(answer)
    session.flush()
    urls = [cited.url for _, parsed in pairs for cited in parsed.citations]
    pages = plan_pages(session, urls, sandbox=any(answer.sandbox for answer, _ in pairs))
    domains = _domains(session, pages.values())
    insert_new(session, Citation, _rows(pairs, lambda parsed: _citations(parsed, pages, domains)))
    insert_new(session, SearchQuery, _rows(pairs, lambda parsed: ({"text": text} for text in parsed.queries)))


def _status(parsed: ParsedAnswer) -> AnswerStatus:
    if not parsed.text.strip():
        return AnswerStatus.EMPTY
    return AnswerStatus.CUT if parsed.cut else AnswerStatus.CAPTURED


def _fill(answer: Answer, parsed: ParsedAnswer, at: datetime | None) -> None:
    answer.status = _status(parsed)
    answer.captured_at = at
    answer.text = parsed.text
    answer.model = parsed.model
    answer.search = parsed.search
    answer.finish_reason = parsed.finish_reason
    answer.follow_ups = list(parsed.follow_ups)
    answer.cards = [asdict(card) for card in parsed.offers]
    answer.usage = dict(parsed.usage)
    answer.cost, answer.currency = parsed.cost, parsed.currency
    answer.unknown_blocks = [dict(block) for block in parsed.unknown_blocks]
    answer.error_kind, answer.error = WHY_NOT_VALID.get(answer.status, (None, None))
    answer.rules = None
    _release(answer)


def _rows(
    pairs: Sequence[tuple[Answer, ParsedAnswer]], parts: Callable[[ParsedAnswer], Iterable[dict[str, Any]]]
) -> list[dict[str, Any]]:
    return [
        {"answer_id": answer.id, "position": position, **part}
        for answer, parsed in pairs
        for position, part in enumerate(parts(parsed))
    ]


def _citations(
    parsed: ParsedAnswer, pages: Mapping[str, int], domains: Mapping[int, str]
) -> Iterator[dict[str, Any]]:
    """Sources as rows, on the domain of the page that they lead to, as far as that is known."""
    for cited in parsed.citations:
        address = canonical(cited.url)
        page_id = pages.get(address)
        yield {
            **asdict(cited),
            "spans": [list(span) for span in cited.spans],
            "page_id": page_id,
            "domain": domains.get(page_id or 0) or domain(address) or "",
        }


def clear_answer(session: Session, answer_ids: Sequence[int]) -> None:
    """Remove what was parsed from the bodies of answers."""
    for table in (Citation, SearchQuery, Offer) if answer_ids else ():
        session.exec(delete(table).where(col(table.answer_id).in_(answer_ids)))


def save_failure(session: Session, answer: Answer, error: EngineError, at: datetime) -> None:
    """End a row with the reason; it stays in coverage and never enters a denominator."""
    answer.status = STATUS_OF_ERROR.get(error.kind, AnswerStatus.FAILED)
    answer.error_kind = error.kind
    answer.error = storable(str(error)[:500])
    answer.captured_at = at
    _release(answer)
    session.add(answer)
    clear_answer(session, [answer.id])


def postpone(session: Session, answer: Answer, error: EngineError, until: datetime | None) -> None:
    """Leave a row planned with the reason of the last failure on it; None asks again in the next run."""
    answer.error_kind = error.kind
    answer.error = storable(str(error)[:500])
    answer.retry_at = until
    answer.claimed_by = answer.claimed_until = None
    session.add(answer)


def page_columns(content: PageContent) -> dict[str, Any]:
    """What a page that was read says, as columns of its row; a wall is a failure, never content."""
    names = ("title", "site", "author", "published", "language", "text")
    columns = {name: None if content.wall else getattr(content, name) for name in names}
    wall = f"shows a wall instead of its content: {content.wall}" if content.wall else None
    return {
        **columns,
        "types": [] if content.wall else list(content.types),
        "wall": content.wall,
        "status": PageStatus.FAILED if wall else PageStatus.FETCHED,
        "error": wall,
    }


def pages_of(workspace: Workspace) -> sa.ColumnElement[bool]:
    """Which pages are a workspace's to crawl: those that its answers cite, and those that its offers lead to."""
    cited = select(Citation.page_id).join(Answer).where(Answer.workspace_id == workspace.id)
    offered = select(Offer.target_id).where(
        Offer.workspace_id == workspace.id, col(Offer.target_id).is_not(None)
    )
    return sa.or_(col(Page.id).in_(cited), col(Page.id).in_(offered))


def _release(answer: Answer) -> None:
    answer.claimed_by = answer.claimed_until = answer.retry_at = None


def plan_pages(session: Session, urls: Iterable[str], *, sandbox: bool) -> dict[str, int]:
    """Plan each crawlable address once; returns page ids by canonical URL, of a moved one that of its target."""
    pages = dict.fromkeys(canonical(url) for url in urls if is_public_http(url))
    wanted = [page for page in pages if len(page) <= MAX_KEY and is_public_http(page)]
    rows = [
        {"url": url, "domain": domain(url) or "", "sandbox": sandbox, "status": PageStatus.PLANNED}
        for url in wanted
    ]
    insert_new(session, Page, rows)
    page_id = func.coalesce(Page.target_id, Page.id).label("id")
    # A page that is just moving is waited for: its citations are to be those of its target.
    known = sa.select(col(Page.url), page_id).where(col(Page.url).in_(wanted)).order_by(col(Page.id))
    return {row.url: row.id for row in session.connection().execute(known.with_for_update(read=True))}


def _domains(session: Session, page_ids: Iterable[int]) -> dict[int, str]:
    """Registrable domains by page id."""
    found = sa.select(col(Page.id), col(Page.domain)).where(col(Page.id).in_(set(page_ids)))
    return {row.id: row.domain for row in session.connection().execute(found)}
