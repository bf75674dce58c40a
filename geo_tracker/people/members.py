"""Members: who has which role where, and what that makes of somebody who has signed in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from geo_tracker.errors import UsageError
from geo_tracker.people.permissions import ROLES, Permission, Person
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.journal import LONGEST_NAME, note
from geo_tracker.storage.models import Member, Workspace

SUBJECT = "sub:"
NOBODY = "somebody unknown"
EMAIL = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+")


def identity(text: str) -> str:
    """How a member is known: an e-mail address in lower case, or `sub:` and a subject as the provider writes it.

    Raises `UsageError` for anything else.
    """
    text = text.strip()
    if len(text) > LONGEST_NAME:
        raise UsageError(f"a member's address has at most {LONGEST_NAME} characters")
    if text.startswith(SUBJECT) and len(text) > len(SUBJECT):
        return text
    if not EMAIL.fullmatch(text):
        raise UsageError(f"{text!r} is no e-mail address; a provider without them: sub:SUBJECT")
    return text.lower()


def add_member(session: Session, who: str, role: str, slug: str | None, *, by: str, now: datetime) -> Member:
    """Give somebody a role in a workspace, None for all; one they have there is replaced.

    Raises `UsageError` for an unknown role, address or workspace. Call inside a writing transaction.
    """
    if role not in ROLES:
        raise UsageError(f"no role {role!r}: there are {', '.join(ROLES)}")
    who, workspace = identity(who), workspace_named(session, slug) if slug else None
    row = _member(session, who, workspace)
    before = row.role if row else None
    row = row or Member(who=who, workspace_id=workspace.id if workspace else None, role=role)
    row.role, row.added_by, row.added_at = role, by, now
    session.add(row)
    if before != role:
        via = "change" if before else "add"
        note(session, workspace, by, now, "member", via, who, before=before, after=role)
    return row


def remove_member(session: Session, who: str, slug: str | None, *, by: str, now: datetime) -> None:
    """Take somebody's role in a workspace, None for the one in all; raises `UsageError` where they have none there."""
    who, workspace = identity(who), workspace_named(session, slug) if slug else None
    row = _member(session, who, workspace)
    if row is None:
        raise UsageError(
            f"{who} has no role of its own in {slug or 'all workspaces'}: 'member list' shows who has"
        )
    session.delete(row)
    note(session, workspace, by, now, "member", "remove", who, before=row.role)


def read_members(session: Session, slug: str | None = None) -> list[tuple[Member, str | None]]:
    """Members with the slug of their workspace, None for all of them; of one workspace with those of all."""
    rows = select(Member, Workspace.slug).outerjoin(Workspace, col(Workspace.id) == col(Member.workspace_id))
    if slug:
        mine = workspace_named(session, slug).id
        rows = rows.where(col(Member.workspace_id).is_(None) | (col(Member.workspace_id) == mine))
    ordered = rows.order_by(col(Workspace.slug), col(Member.who))
    return [(member, found) for member, found in session.exec(ordered).all()]


def names_of(claims: Mapping[str, Any]) -> list[str]:
    """What somebody may be listed as, by the claims of their identity token, best first.

    An address that the provider says it has not verified counts for nothing: anybody could have typed it.
    """
    names = []
    email, subject = claims.get("email"), claims.get("sub")
    if (
        isinstance(email, str)
        and EMAIL.fullmatch(email)
        and claims.get("email_verified", True) in (True, "true")
    ):
        names.append(email.lower())
    if isinstance(subject, str) and subject:
        names.append(f"{SUBJECT}{subject}")
    return names


def person_of(session: Session, claims: Mapping[str, Any]) -> Person:
    """Somebody who has signed in, with the roles that they have now; with none where the claims name nobody."""
    names = names_of(claims)
    rows = select(Member, Workspace.slug).outerjoin(Workspace, col(Workspace.id) == col(Member.workspace_id))
    granted: dict[str, frozenset[Permission]] = {}
    everywhere: frozenset[Permission] = frozenset()
    for member, slug in session.exec(rows.where(col(Member.who).in_(names))).all():
        has: frozenset[Permission] = next(
            (each for role, each in ROLES.items() if role == member.role), frozenset()
        )
        if member.workspace_id is None:
            everywhere |= has
        elif slug:
            granted[slug] = granted.get(slug, frozenset()) | has
    return Person(names[0] if names else NOBODY, granted, everywhere)


def _member(session: Session, who: str, workspace: Workspace | None) -> Member | None:
    where = Member.workspace_id == workspace.id if workspace else col(Member.workspace_id).is_(None)
    return session.exec(select(Member).where(Member.who == who, where)).first()
