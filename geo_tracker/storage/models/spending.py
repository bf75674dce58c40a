"""What bounds the asking of engines: what a month has used, and the pace that all workers keep together."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from geo_tracker.storage.models.columns import time_column


class Spending(SQLModel, table=True):
    """What a workspace has used of an engine in a month: requests, and money by currency."""

    workspace_id: int = Field(foreign_key="workspace.id", primary_key=True, ondelete="CASCADE")
    month: date = Field(primary_key=True)
    """Its first day, in the workspace's timezone."""
    engine: str = Field(primary_key=True)
    sandbox: bool = Field(primary_key=True)
    currency: str = Field(primary_key=True)
    """Empty in the row that counts requests."""
    calls: int = 0
    money: float = 0.0


class PaceState(StrEnum):
    """How an engine may be asked."""

    OPEN = "open"
    SLOWED = "slowed"
    """Asked more slowly than usual, from `until` on."""
    PAUSED = "paused"
    """Not asked before `until`, then by one request."""
    PROBING = "probing"
    """One request is on its way to see whether it answers again; given up at `until`."""


class EnginePace(SQLModel, table=True):
    """The pace of one engine at one host, over all workers and workspaces; no row until it was first asked."""

    __tablename__ = "engine_pace"
    engine: str = Field(primary_key=True)
    host: str = Field(primary_key=True)
    state: PaceState = Field(default=PaceState.OPEN, sa_column=Column(sa.String(16), nullable=False))
    delay: float = 0.0
    """Seconds between two requests; the adapter's own delay is the least."""
    next_at: datetime | None = time_column()
    """The first moment of which no request has been given leave."""
    until: datetime | None = time_column()
    failures: int = 0
    """In a row: too many requests, server errors, broken connections."""
    pauses: int = 0
    """Since it last answered: each is twice as long as the one before."""
    reason: str = ""
    """The last failure."""
    changed_at: datetime | None = time_column()
    """When it came into its state."""
    waiting: int | None = None
    """The workspace that has the next free place of this engine, as it had less than its share."""
    waiting_until: datetime | None = time_column()
