"""Who works here: members with their roles, and the views that each has saved by name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from geo_tracker.storage.models.columns import json_column, primary_key, reference, time_column


class Member(SQLModel, table=True):
    """What somebody who signs in may do in a workspace, or in all of them."""

    __table_args__ = (UniqueConstraint("who", "workspace_id"),)
    id: int = primary_key()
    who: str
    """An e-mail address in lower case, or `sub:` and the subject that the provider knows them by."""
    workspace_id: int | None = Field(
        default=None, foreign_key="workspace.id", index=True, ondelete="CASCADE", nullable=True
    )
    """None: every workspace, those to come included."""
    role: str
    """viewer | editor | admin"""
    added_by: str = ""
    added_at: datetime | None = time_column()


class Bookmark(SQLModel, table=True):
    """A page with its filters, saved by one person under a name."""

    __table_args__ = (UniqueConstraint("who", "name"),)
    id: int = primary_key()
    who: str
    name: str
    workspace_id: int = reference("workspace.id", index=True)
    page: str
    address: dict[str, Any] = json_column(dict)
    """Parameter -> values, as they stand in the address."""
    saved_at: datetime | None = time_column()
