"""Bearer tokens: made once, kept as hashes, taken back by name."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlmodel import Session, col, select

from geo_tracker.errors import UsageError
from geo_tracker.storage.journal import LOCAL, note
from geo_tracker.storage.models import Token, Workspace

PREFIX = "geo_"
"""So that a token is known for what it is where it should not stand, such as in a repository."""
READ, CAPTURE = "read", "capture"
MAX_TOKEN = 200
"""Characters of what is looked at as a token: the ones made here have 47."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who a token lets in."""

    workspace: str
    """The slug of the only workspace that it opens."""
    token: str
    """Its name."""
    scope: str = READ
    """What of it: `READ` or `CAPTURE`."""


def create_token(
    session: Session,
    workspace: Workspace,
    name: str,
    now: datetime,
    *,
    scope: str = READ,
    who: str = LOCAL,
) -> str:
    """A new token, told once; raises `UsageError` where the workspace has one of that name in use."""
    if not name.strip():
        raise UsageError("a token needs a name, such as that of who uses it")
    known = _named(session, workspace, name)
    if known and not known.revoked_at:
        raise UsageError(f"{workspace.slug} has a token {name!r}: revoke it first, or give another --name")
    made = PREFIX + secrets.token_urlsafe(32)
    row = known or Token(workspace_id=workspace.id, name=name, sha256="")
    row.sha256, row.created_at, row.revoked_at = _hash(made), now, None
    row.scope = scope
    session.add(row)
    note(session, workspace, who, now, "token", "create", name, after=scope)
    return made


def read_tokens(session: Session, workspace: Workspace) -> Sequence[Token]:
    """All tokens of a workspace, the oldest first."""
    mine = select(Token).where(Token.workspace_id == workspace.id)
    return session.exec(mine.order_by(col(Token.created_at), col(Token.id))).all()


def revoke_token(
    session: Session, workspace: Workspace, name: str, now: datetime, *, who: str = LOCAL
) -> None:
    """Let nobody in by it any more; raises `UsageError` where there is none of that name in use."""
    row = _named(session, workspace, name)
    if row is None or row.revoked_at:
        used = [each.name for each in read_tokens(session, workspace) if not each.revoked_at]
        raise UsageError(
            f"{workspace.slug} has no token {name!r} in use; there are {', '.join(used) or 'none'}"
        )
    row.revoked_at = now
    session.add(row)
    note(session, workspace, who, now, "token", "revoke", name, before=row.scope)


def holder_of(session: Session, told: str) -> Holder | None:
    """Whom a token lets in; None for one that is unknown or revoked.

    It is looked up by its hash, so that how long the search takes says nothing of the token.
    """
    if len(told) > MAX_TOKEN:
        return None
    hashed = _hash(told)
    found = session.exec(
        select(Token, Workspace.slug)
        .join(Workspace, col(Workspace.id) == col(Token.workspace_id))
        .where(Token.sha256 == hashed, col(Token.revoked_at).is_(None))
    ).first()
    if found is None or not hmac.compare_digest(found[0].sha256, hashed):
        return None
    return Holder(workspace=found[1], token=found[0].name, scope=found[0].scope)


def _named(session: Session, workspace: Workspace, name: str) -> Token | None:
    return session.exec(select(Token).where(Token.workspace_id == workspace.id, Token.name == name)).first()


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()
