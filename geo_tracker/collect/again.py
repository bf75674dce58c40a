"""Answers that a person had made again in one conversation of an app: all of them are one answer, the newest."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from geo_tracker.captures.companion import conversation_of
from geo_tracker.captures.folding import folded
from geo_tracker.collect.readings import RAW, Reading, Stored, current, stored_of
from geo_tracker.collect.session import fitting, open_rows
from geo_tracker.errors import GeoTrackerError
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.models import Answer, AnswerStatus, Prompt, Workspace

LATEST = timedelta(days=1)
"""How long after an answer one of the same conversation still takes its place. Set, 2026-11-27: a pass is a day."""
MOST = 20
"""Answers to a prompt whose conversations are looked at, the newest first."""


class Before(NamedTuple):
    """A stored answer of the conversation that a capture is of."""

    stored: Stored
    asked_at: datetime

    def gives_way(self, new: Reading) -> bool:
        """Whether the capture takes its place: it came later, and is whole or no worse than what is there."""
        later = new.asked.asked_at is not None and new.asked.asked_at > self.asked_at
        return later and (new.failed is None or self.stored.status != AnswerStatus.CAPTURED)


def before(session: Session, archive: Archive, workspace: Workspace, new: Reading) -> Before | None:
    """The stored answer to the same prompt in the same conversation of the same app; None where there is none.

    One of an earlier pass is none: a row that waits since then is what the capture fills.
    """
    place, at = conversation_of(new.raw or b""), new.asked.asked_at
    if not place or at is None:
        return None
    since = _due_since(session, workspace, new) or at - LATEST
    rows = _candidates(session, workspace, new, max(since, at - LATEST), at + LATEST)
    same = (row for row in rows if folded(row.text) == folded(new.asked.prompt))
    for row in islice(same, MOST):
        if place & _conversation(archive, row.sha256):
            return Before(stored_of(session, workspace, row.id), row.asked_at)
    return None


def _due_since(session: Session, workspace: Workspace, new: Reading) -> datetime | None:
    waiting = open_rows(session, workspace, new.asked.engine)
    due = {row: due_at for row, _, due_at in waiting}
    row = fitting(waiting, new.asked.prompt, new.asked.asked_at)
    return due[row] if row is not None else None


def _candidates(
    session: Session, workspace: Workspace, new: Reading, first: datetime, last: datetime
) -> list[Any]:
    columns: Any = (Answer.id, Answer.asked_at, Prompt.text, RAW.sha256)
    found = (
        sa.select(*columns)
        .join(Prompt, col(Prompt.id) == col(Answer.prompt_id))
        .join(RAW, current(RAW, step=1))
        .where(
            col(Answer.workspace_id) == workspace.id,
            col(Answer.engine) == new.asked.engine,
            col(Answer.asked_at).between(first, last),
            col(RAW.removed_at).is_(None),
        )
        .order_by(col(Answer.asked_at).desc(), col(Answer.id).desc())
    )
    return list(session.connection().execute(found).all())


def _conversation(archive: Archive, sha: str) -> frozenset[str]:
    """Of a stored capture; empty where its body is lost, which `geo-tracker archive verify` tells."""
    try:
        return conversation_of(archive.get(sha))
    except GeoTrackerError:
        return frozenset()
