"""One capture of the companion into a workspace: the body first, then the row, once however often it comes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlmodel import select

from geo_tracker.captures.base import BadRow, NoAnswer
from geo_tracker.captures.companion import UNREAD, CompanionCaptures, Seen
from geo_tracker.collect.imports import Imported, Importer, is_future
from geo_tracker.collect.readings import Reading, read, stored
from geo_tracker.collect.session import note_failure
from geo_tracker.engines.base import EngineError
from geo_tracker.errors import UsageError
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import insert_new, writing
from geo_tracker.storage.models import Body, Workspace

FUTURE = "future"
"""A capture is dated after today: the clock of its computer is wrong."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a capture."""

    outcome: str
    """new | updated | known | unread | failed."""
    engine: str | None = None
    reason: str | None = None
    """Why an app gave no answer."""
    warning: str | None = None
    """What the person should know of an answer that was stored: `FUTURE`, or nothing."""


def take_capture(
    engine: sa.Engine, archive: Archive, workspace: Workspace, body: bytes, *, sandbox: bool = False
) -> Taken:
    """Store a capture, filed under the row that waits for it; raises `UsageError` for what is no capture.

    A failure that the app reports is kept in the archive and noted on the row, which stays open.
    """
    try:
        seen = Seen.of(body.strip())
    except EngineError as error:
        raise UsageError(str(error)) from None
    archive.put(seen.line)
    captured = seen.answer()
    if isinstance(captured, NoAnswer):
        with writing(engine) as session:
            note_failure(session, workspace, captured)
        return Taken("failed", captured.engine, captured.reason)
    reading = captured if isinstance(captured, BadRow) else read(None, captured)
    if isinstance(reading, BadRow):
        raise UsageError(reading.reason)
    taken = _stored(engine, archive, workspace, replace(reading, raw=seen.line), sandbox=sandbox)
    if seen.has_picture and taken.outcome == "known":
        _keep_beside(engine, archive, workspace, reading, seen.line)
    return taken


def _keep_beside(
    engine: sa.Engine, archive: Archive, workspace: Workspace, reading: Reading, line: bytes
) -> None:
    """Keep a later capture of a stored answer, which brings a picture, as evidence that is never read again."""
    sha = archive.put(line)
    with writing(engine) as session:
        answer = stored(session, workspace, [reading])[reading.key].id
        have = session.exec(select(Body.sha256).where(Body.answer_id == answer)).all()
        if sha not in have:
            now = datetime.now(UTC)
            about = {"answer_id": answer, "step": len(have), "sha256": sha, "status": 200}
            insert_new(session, Body, [{**about, "received_at": now, "superseded": True}])


def _stored(
    engine: sa.Engine, archive: Archive, workspace: Workspace, reading: Reading, *, sandbox: bool
) -> Taken:
    done = Imported("companion", CompanionCaptures.name)
    importer = Importer(engine, archive, workspace, done, sandbox=sandbox)
    importer.take([reading], dry_run=False)
    importer.finish(dry_run=False)
    outcome = "new" if done.new else "updated" if done.updated else "known"
    unread = done.new and reading.failed == UNREAD
    future = FUTURE if done.new and is_future(reading, workspace) else None
    return Taken("unread" if unread else outcome, reading.asked.engine, warning=future)
