"""What a user did and when: events, of which some are experiments."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from geo_tracker.storage.models.columns import json_column, primary_key, reference, time_column


class Event(SQLModel, table=True):
    """Something that was done on a day and should move some prompts and pages; an experiment has `window`."""

    __table_args__ = (UniqueConstraint("workspace_id", "name"),)
    id: int = primary_key()
    workspace_id: int = reference("workspace.id")
    name: str
    day: date
    """In the workspace's timezone; an experiment's first day after."""
    kind: str = ""
    note: str = ""
    moves: list[int] = json_column(list)
    """Prompts that it should move."""
    controls: list[int] = json_column(list)
    """Prompts that it should not."""
    pages: list[str] = json_column(list)
    """Addresses that it should move."""
    window: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True), nullable=True)
    )
    """Of an experiment: {before, after, metric, brand, detectable}, fixed before its day; detectable is {points,
    power, days}, or None where the history was too short."""
    made_at: datetime | None = time_column()
