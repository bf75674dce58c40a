"""The journal of what people do: who, when, what, and the reading of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from geo_tracker.storage.models import Audit, Workspace

LOCAL = "local"
"""Who did it where nobody signs in: whoever uses this machine."""
LONGEST_NAME = 200


def note(
    session: Session,
    workspace: Workspace | None,
    who: str,
    at: datetime,
    kind: str,
    via: str,
    key: str,
    *,
    before: Any = None,
    after: Any = None,
    reason: str = "",
) -> None:
    """Write down what somebody does, in the transaction in which it is done: neither stands without the other.

    `workspace` is None of what concerns all of them. `before` is None of what is new, `after` of what is gone.
    """
    change = {"section": kind, "key": key, "before": before, "after": after}
    row = Audit(workspace_id=workspace.id if workspace else None, kind=kind, via=via, at=at)
    row.who, row.reason, row.changes = who[:LONGEST_NAME] or LOCAL, reason, [change]
    session.add(row)


def read_journal(
    session: Session, slugs: Collection[str], *, everywhere: bool, offset: int = 0, limit: int = 50
) -> list[tuple[Audit, str | None]]:
    """What was done in some workspaces, the newest first, each with its workspace's slug.

    `everywhere` adds what concerns all workspaces, whose slug is None.
    """
    rows = select(Audit, Workspace.slug).outerjoin(Workspace, col(Workspace.id) == col(Audit.workspace_id))
    chosen = rows.where(_among(slugs, everywhere=everywhere)).order_by(col(Audit.id).desc())
    return [(row, slug) for row, slug in session.exec(chosen.offset(offset).limit(limit)).all()]


def count_journal(session: Session, slugs: Collection[str], *, everywhere: bool) -> int:
    """How many rows `read_journal` can list."""
    rows = select(func.count(col(Audit.id))).outerjoin(
        Workspace, col(Workspace.id) == col(Audit.workspace_id)
    )
    return int(session.exec(rows.where(_among(slugs, everywhere=everywhere))).one())


def _among(slugs: Collection[str], *, everywhere: bool) -> sa.ColumnElement[bool]:
    mine = col(Workspace.slug).in_(slugs)
    return sa.or_(mine, col(Audit.workspace_id).is_(None)) if everywhere else mine
