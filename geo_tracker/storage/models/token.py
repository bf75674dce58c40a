"""Who may read a workspace from outside."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from geo_tracker.storage.models.columns import primary_key, reference, time_column


class Token(SQLModel, table=True):
    """A bearer token of one workspace; what opens the door is not stored, only its hash."""

    __table_args__ = (UniqueConstraint("workspace_id", "name"),)
    id: int = primary_key()
    workspace_id: int = reference("workspace.id")
    name: str
    sha256: str = Field(unique=True)
    """Of the token, whose 256 random bits nobody can guess; a slow hash is for passwords, which people choose."""
    created_at: datetime | None = time_column()
    scope: str = "read"
    """What it opens: `read` the read API, `capture` the intake; never both."""
    revoked_at: datetime | None = time_column()
