"""Reports that were frozen: what a client was told, whatever is counted anew since."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from geo_tracker.storage.models.columns import json_column, primary_key, reference, time_column


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
