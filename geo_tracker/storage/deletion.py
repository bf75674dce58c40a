"""The end of a workspace: its rows, the pages that nobody else cites, and the bodies that they alone rested on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, delete, func, select

from geo_tracker.errors import UsageError
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.bodies import remove_unused, used_bodies
from geo_tracker.storage.database import reading, workspace_named, writing
from geo_tracker.storage.journal import LOCAL, note
from geo_tracker.storage.models import Answer, Citation, Offer, Page, PageReading, Workspace


@dataclass(frozen=True, slots=True)
class Deleted:
    """What is gone."""

    answers: int
    pages: int
    bodies: int


def delete_workspace(
    engine: sa.Engine, archive: Archive, slug: str, now: datetime, *, who: str = LOCAL
) -> Deleted:
    """Delete a workspace with everything that is its alone, so that no file holds its texts any longer.

    Raises `UsageError` for an unknown workspace and for one that a run works on. Killed in between, it leaves bodies
    that no row rests on, which `archive prune` removes.
    """
    with reading(engine) as session:
        before = {sha for sha, _ in used_bodies(session)}
    with writing(engine) as session:
        workspace = workspace_named(session, slug)
        answers = _refuse_busy(session, workspace, now)
        session.connection().execute(sa.delete(Workspace).where(col(Workspace.id) == workspace.id))
        pages = _delete_uncited(session)
        note(session, None, who, now, "workspace", "delete", slug, before=answers)
    with reading(engine) as session:
        bodies = remove_unused(session, archive, before)
    _forget(engine)
    return Deleted(answers, pages, bodies)


def _refuse_busy(session: Session, workspace: Workspace, now: datetime) -> int:
    """How many answers the workspace has; raises `UsageError` where a run holds one of them."""
    held = func.coalesce(func.sum(sa.case((col(Answer.claimed_until) > now, 1), else_=0)), 0)
    counted = select(func.count(), held).where(Answer.workspace_id == workspace.id)
    answers, busy = session.exec(counted).one()
    if busy:
        raise UsageError(
            f"{workspace.slug}: a run is asking {busy} of its answers: stop it first, or wait for its end"
        )
    return int(answers)


def _delete_uncited(session: Session) -> int:
    """Delete the pages that nothing leads to, then those that only they led to; returns how many."""
    ends = (Citation.page_id, Offer.page_id, Offer.target_id, PageReading.page_id, Page.target_id)
    wanted = [sa.exists().where(col(end) == sa.literal_column("page.id")) for end in ends[:-1]]
    ahead = sa.orm.aliased(Page)
    wanted.append(sa.exists().where(col(ahead.target_id) == col(Page.id)))
    deleted = 0
    while found := session.exec(delete(Page).where(sa.not_(sa.or_(*wanted)))).rowcount:
        deleted += found
    return deleted


def _forget(engine: sa.Engine) -> None:
    """Give freed space back, so that deleted texts do not stay in the files."""
    if engine.dialect.name == "sqlite":
        connection = (
            engine.raw_connection()
        )  # VACUUM is no part of a transaction, which `open_engine` always begins
        try:
            connection.cursor().execute("VACUUM")
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()
    else:
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as autocommit:
            autocommit.exec_driver_sql("VACUUM")
