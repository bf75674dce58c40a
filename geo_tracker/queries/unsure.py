"""Mentions that may name a brand and do not count: for a person to decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from geo_tracker.extract.text.excerpts import quotation
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.selection import selected
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Answer, Brand, Mention, Prompt
from geo_tracker.workspaces.lessons import neighbour


@dataclass(frozen=True, slots=True)
class Unsure:
    """An unsure mention and the word that a decision on it would teach."""

    place: str
    """`ANSWER:START`, by which it is decided."""
    brand: str
    text: str
    confidence: float
    reason: str
    word: str
    """Empty where nothing beside the name tells it apart."""
    answer: int
    day: date
    engine: str
    sentence: str


def read_unsure(session: Session, filters: Selection, limit: int = 50) -> list[Unsure]:
    """Unsure mentions of the selected valid answers, the least certain decisions (near 0.5) first."""
    workspace = workspace_named(session, filters.workspace)
    columns: list[Any] = [Mention.start, Mention.end, Mention.text, Mention.confidence, Mention.reason]
    answer: list[Any] = [Answer.id, Answer.day, Answer.engine, Answer.text.label("whole")]  # type: ignore[union-attr]
    found = (
        sa.select(*columns, *answer, col(Brand.name))
        .select_from(Mention)
        .join(Answer, col(Answer.id) == col(Mention.answer_id))
        .join(Prompt, col(Prompt.id) == col(Answer.prompt_id))
        .join(Brand, col(Brand.id) == col(Mention.brand_id))
        .where(col(Mention.unsure), *selected(Answer, workspace, filters))
        .order_by(col(Mention.confidence).desc(), col(Answer.id).desc(), col(Mention.start))
        .limit(limit)
    )
    return [
        Unsure(
            place=f"{row.id}:{row.start}",
            brand=row.name,
            text=row.text,
            confidence=row.confidence,
            reason=row.reason,
            word=neighbour(row.whole or "", row.start, row.end),
            answer=row.id,
            day=row.day,
            engine=row.engine,
            sentence=quotation(row.whole or "", row.start, row.end),
        )
        for row in session.connection().execute(found)
    ]
