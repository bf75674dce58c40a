"""Changes worth telling: what was told, what became of it, and to whom it went."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from geo_tracker.storage.models.columns import json_column, primary_key, reference, time_column


class SignalStatus(StrEnum):
    """Where a signal stands in its life."""

    NEW = "new"
    SEEN = "seen"
    EXPECTED = "expected"
    """Muted, with a reason: never sent, not on the Overview."""
    RESOLVED = "resolved"


class Signal(SQLModel, table=True):
    """One thing that was told, with the numbers as they were then; seen again, only `last_seen` moves."""

    __table_args__ = (UniqueConstraint("workspace_id", "fingerprint"),)
    id: int = primary_key()
    workspace_id: int = reference("workspace.id")
    subject: str = Field(index=True)
    """What it is about, hashed: the same fall on the same engine has the same."""
    fingerprint: str
    """`subject` and the day it was first told on: the same when everything is computed again."""
    kind: str
    """Of `geo_tracker.signals.kinds`."""
    brand: str = ""
    engine: str = ""
    """Empty where it is about all engines of the surface."""
    surface: str = ""
    metric: str = ""
    what: str = ""
    """A source, rival, name, model or version that it is about."""
    about: dict[str, Any] = json_column(dict)
    """More that its sentence needs; see docs/signals.md."""
    before_start: date | None = None
    before_end: date | None = None
    start: date
    end: date
    before: float | None = None
    after: float | None = None
    value: float | None = None
    """The change over what both windows share."""
    low: float | None = None
    high: float | None = None
    """Bounds of the 95 % interval of the change."""
    q: float | None = None
    n: int = 0
    """Answers of the later window that it rests on."""
    coverage: float | None = None
    verdict: str = ""
    sandbox: bool = False
    first_told: datetime | None = time_column()
    last_seen: date
    """The newest day of answers on which it still showed."""
    ended: bool = False
    """No longer shows: the next sight of the same is another signal."""
    status: SignalStatus = Field(default=SignalStatus.NEW, sa_column=Column(sa.String(16), nullable=False))
    reason: str = ""
    """Why it stands where it does, as the one who marked it wrote."""


class SignalEvent(SQLModel, table=True):
    """A step in the life of a signal."""

    __tablename__ = "signal_event"
    id: int = primary_key()
    signal_id: int = reference("signal.id", index=True)
    at: datetime | None = time_column()
    who: str
    status: SignalStatus = Field(sa_column=Column(sa.String(16), nullable=False))
    reason: str = ""


class DeliveryStatus(StrEnum):
    """Where a delivery stands. One that was broken off may have arrived: it is told, never repeated."""

    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    GIVEN_UP = "given up"


class SignalDelivery(SQLModel, table=True):
    """One signal on its way to one channel, once."""

    __tablename__ = "signal_delivery"
    __table_args__ = (UniqueConstraint("signal_id", "channel"),)
    id: int = primary_key()
    signal_id: int = reference("signal.id")
    channel: str
    """Its name in the workspace file; the address is in the environment only."""
    status: DeliveryStatus = Field(sa_column=Column(sa.String(16), nullable=False))
    at: datetime | None = time_column()
    """Of the last attempt."""
    tries: int = 0
    """Attempts, each of several requests."""
    error: str = ""
