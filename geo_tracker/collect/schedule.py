"""When a workspace has something to do: a panel that is due, or rows that an earlier pass left."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from geo_tracker.collect.plan import due_now
from geo_tracker.storage.models import Answer, AnswerStatus, Panel, Run, Workspace

LONGEST = timedelta(minutes=30)
"""Between two passes that find rows but can end none of them, as where a key is refused."""


def has_work(session: Session, workspace: Workspace, now: datetime, jitter: timedelta = timedelta(0)) -> bool:
    """Whether a pass would plan or ask something now.

    `jitter` spreads the panels that are due at the same minute: each starts up to that much later, always the same.
    """
    return _is_due(session, workspace, now, jitter) or _has_open(session, workspace, now)


def _is_due(session: Session, workspace: Workspace, now: datetime, jitter: timedelta) -> bool:
    active = (Panel.workspace_id == workspace.id, col(Panel.archived_at).is_(None))
    for panel in session.exec(select(Panel).where(*active)).all():
        due_at = due_now(panel, workspace, now)
        if (
            due_at
            and now >= due_at + _share(workspace, panel) * jitter
            and not _is_planned(session, panel, due_at)
        ):
            return True
    return False


def _share(workspace: Workspace, panel: Panel) -> float:
    """A number from 0 to 1 that is always the same for a panel."""
    name = f"{workspace.slug}/{panel.name}".encode()
    return int.from_bytes(hashlib.sha256(name).digest()[:4], "big") / 2**32


def _is_planned(session: Session, panel: Panel, due_at: datetime) -> bool:
    passes = select(Run.id).where(Run.panel_id == panel.id, Run.due_at == due_at)
    return session.exec(passes.limit(1)).first() is not None


def _has_open(session: Session, workspace: Workspace, now: datetime) -> bool:
    open_ = (
        Answer.workspace_id == workspace.id,
        col(Answer.status) == AnswerStatus.PLANNED,
        sa.or_(col(Answer.claimed_until).is_(None), col(Answer.claimed_until) < now),
        sa.or_(col(Answer.retry_at).is_(None), col(Answer.retry_at) <= now),
    )
    return session.exec(select(Answer.id).where(*open_).limit(1)).first() is not None


def pause_after(failures: int) -> timedelta:
    """How long a workspace rests after so many passes in a row that left work behind: 1, 2, 4 … minutes."""
    return min(timedelta(minutes=2 ** min(failures - 1, 10)), LONGEST) if failures else timedelta(0)
