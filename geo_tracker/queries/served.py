"""Which models and extraction rules stand behind a selection's answers, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func

from geo_tracker.metrics.records import Selection
from geo_tracker.queries.selection import selected
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Answer, AnswerStatus, DailyCell, Prompt


@dataclass(frozen=True, slots=True)
class Served:
    """A model as an engine named it in its answers; None where it said nothing."""

    engine: str
    surface: str
    model: str | None
    first: date
    last: date
    answers: int


@dataclass(frozen=True, slots=True)
class Ruled:
    """Versions of the extraction rules that scored a stretch of days."""

    rules: str
    first: date
    last: date


def read_models(session: Session, filters: Selection) -> list[Served]:
    """The models of the selected valid answers, by engine and by the day each was first seen."""
    workspace = workspace_named(session, filters.workspace)
    keys: list[Any] = [col(Answer.engine), col(Answer.surface), col(Answer.model)]
    days = func.min(Answer.day), func.max(Answer.day)
    chosen = (*selected(Answer, workspace, filters), col(Answer.status) == AnswerStatus.CAPTURED)
    counted = sa.select(*keys, *days, func.count()).join(Prompt).where(*chosen).group_by(*keys)
    ordered = counted.order_by(*keys[:2], days[0], keys[2])
    rows: Any = session.connection().execute(ordered)
    return [Served(*row) for row in rows]


def read_rules(session: Session, filters: Selection) -> list[Ruled]:
    """The rules of the selected days, oldest first."""
    workspace = workspace_named(session, filters.workspace)
    days = func.min(DailyCell.day), func.max(DailyCell.day)
    chosen = sa.select(col(DailyCell.rules), *days).join(Prompt)
    grouped = chosen.where(*selected(DailyCell, workspace, filters)).group_by(col(DailyCell.rules))
    return [Ruled(*row) for row in session.connection().execute(grouped.order_by(days[0])) if row[0]]
