"""Reports that were frozen: what a client was told, whatever is counted anew since."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from geo_tracker.storage.models.columns import json_column, primary_key, reference, time_column
from geo_tracker.storage.models.signal import DeliveryStatus


class FrozenReport(SQLModel, table=True):
    """One month of one workspace in one language."""

    __tablename__ = "frozen_report"
    __table_args__ = (UniqueConstraint("workspace_id", "month", "language"),)
    id: int = primary_key()
    workspace_id: int = reference("workspace.id")
    month: str = Field(max_length=7)
    """YYYY-MM"""
    language: str
    frozen_at: datetime | None = time_column()
    complete: bool = True
    """False where the month's answers were still coming in: it may be frozen again."""
    report: str
    """sha256 of the packed report in the archive."""
    figures: list[dict[str, Any]] = json_column(list)
    """Every metric of every brand: {metric, brand, value, low, high, n}."""
    rests_on: dict[str, str] = json_column(dict)
    """What the figures were made of, each as a sha256: answers, sums, brands, rules."""
    files: list[dict[str, Any]] = json_column(list)
    """{format, name, sha256, bytes}: in the archive under their sha256."""


class ReportDelivery(SQLModel, table=True):
    """One frozen month on its way to one target, once."""

    __tablename__ = "report_delivery"
    __table_args__ = (UniqueConstraint("report_id", "target"),)
    id: int = primary_key()
    report_id: int = reference("frozen_report.id")
    target: str
    """sha256 of the address, which may hold a secret and is in the environment only."""
    shown: str
    """The target without what may be secret."""
    status: DeliveryStatus = Field(sa_column=Column(sa.String(16), nullable=False))
    at: datetime | None = time_column()
    """Of the last attempt."""
    tries: int = 0
    """Attempts, each of several requests."""
    error: str = ""
