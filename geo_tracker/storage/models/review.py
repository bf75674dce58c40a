"""What people decide and do: marks on statements, and who did what and when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from geo_tracker.storage.models.columns import json_column, primary_key, reference, time_column


class StatementMark(SQLModel, table=True):
    """What somebody decided on what an answer says of a brand; survives scoring while the words are the same."""

    __tablename__ = "statement_mark"
    __table_args__ = (UniqueConstraint("answer_id", "brand_id"),)
    id: int = primary_key()
    workspace_id: int = reference("workspace.id", index=True)
    answer_id: int = reference("answer.id")
    brand_id: int = reference("brand.id")
    evidence: str
    """The clause as it was read: of other words nobody has decided anything."""
    state: str
    """seen | untrue | settled"""
    who: str = ""
    at: datetime | None = time_column()


class Audit(SQLModel, table=True):
    """One thing that somebody did: who, when, what."""

    id: int = primary_key()
    workspace_id: int | None = Field(
        default=None, foreign_key="workspace.id", index=True, ondelete="CASCADE", nullable=True
    )
    """None of what concerns all of them, such as a member of every workspace."""
    at: datetime | None = time_column()
    kind: str = "workspace"
    """workspace (what it declares: these can be undone) | member | token | report | run | statement | signal"""
    who: str = ""
    """A member's address; `local` or empty where nobody signs in."""
    via: str = ""
    """How: apply | dashboard | undo of a workspace; of the others what was done, such as add, start or mark."""
    reason: str = ""
    """Why, where it is known, such as the search that became a prompt."""
    changes: list[dict[str, Any]] = json_column(list)
    """{section, key, before, after}: before is None of what is new, after of what is gone."""
    undone: bool = False
    """A later row took it back."""
