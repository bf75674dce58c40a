"""The months that were frozen for clients."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlmodel import Session

from geo_tracker.api.reads.base import Page, Paged, Read, about, page_of
from geo_tracker.metrics.records import Selection
from geo_tracker.reports.frozen import list_frozen


class ReportsQuery(Paged):
    """Options of `reports`."""


class Figure(BaseModel):
    """A metric as the client was told it."""

    metric: str
    brand: str | None
    value: float | None
    low: float | None
    high: float | None
    n: int


class File(BaseModel):
    """A file that was sent, kept in the archive under its hash."""

    format: str
    name: str
    sha256: str
    bytes: int


class FrozenMonth(BaseModel):
    """One month in one language."""

    model_config = ConfigDict(use_attribute_docstrings=True)
    month: str
    language: str
    frozen_at: datetime | None
    complete: bool
    """False where the month's answers were still coming in."""
    figures: list[Figure]
    files: list[File]


class ReportsPage(Page):
    """Frozen months, newest first; `about` is what the workspace holds today."""

    reports: list[FrozenMonth]


class Reports(Read):
    """Months whose reports were frozen: the figures as the client was told them, whatever is counted anew since."""

    name = path = "reports"
    query = ReportsQuery
    result = ReportsPage

    @classmethod
    def read(cls, session: Session, slug: str, query: Any) -> ReportsPage:
        found = list_frozen(session, slug)
        shown = found[query.offset : query.offset + query.limit]
        return ReportsPage(
            about=about(session, Selection(slug, branded=True)),
            reports=[FrozenMonth.model_validate(row.model_dump()) for row in shown],
            **page_of(len(found), query),
        )
