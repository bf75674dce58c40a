"""Views saved by name: a page of the dashboard with its filters, each for the one person who saved it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, col, func, select

from geo_tracker.errors import UsageError
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Bookmark, Workspace

LONGEST = 60
MOST = 50
"""Of one person: more than a sidebar can show is a search, not a list."""


def save_bookmark(
    session: Session,
    who: str,
    name: str,
    slug: str,
    page: str,
    address: Mapping[str, Sequence[str]],
    now: datetime,
) -> Bookmark:
    """Save a page under a name; what the person had under it is replaced. Call inside a writing transaction."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST:
        raise UsageError(f"a name has 1 to {LONGEST} characters")
    row = session.exec(select(Bookmark).where(Bookmark.who == who, Bookmark.name == name)).first()
    if row is None and _count(session, who) >= MOST:
        raise UsageError(f"there are {MOST} saved views already: remove one first")
    row = row or Bookmark(who=who, name=name, workspace_id=0, page="")
    row.workspace_id, row.page, row.saved_at = workspace_named(session, slug).id, page, now
    row.address = {key: list(values) for key, values in address.items()}
    session.add(row)
    return row


def remove_bookmark(session: Session, who: str, name: str) -> None:
    """Forget a saved view; nothing happens where there is none of that name."""
    row = session.exec(select(Bookmark).where(Bookmark.who == who, Bookmark.name == name)).first()
    if row:
        session.delete(row)


def read_bookmarks(session: Session, who: str, slugs: Collection[str]) -> list[tuple[Bookmark, str]]:
    """What somebody saved of some workspaces, by name, each with the slug of its workspace."""
    rows = select(Bookmark, Workspace.slug).join(Workspace, col(Workspace.id) == col(Bookmark.workspace_id))
    mine = rows.where(Bookmark.who == who, col(Workspace.slug).in_(slugs))
    return [(row, slug) for row, slug in session.exec(mine.order_by(col(Bookmark.name))).all()]


def _count(session: Session, who: str) -> int:
    return int(session.exec(select(func.count(col(Bookmark.id))).where(Bookmark.who == who)).one())
