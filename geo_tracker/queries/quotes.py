"""Words that answers have for a brand: the clauses that their opinions rest on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from rapidfuzz import fuzz
from sqlmodel import Session, col, func

from geo_tracker.extract.text.excerpts import quotation
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.selection import selected
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Answer, AnswerStatus, Brand, Prompt, Score

POOL = 5
"""Answers read for each one quoted: many repeat what another said."""
ALIKE = 80.0
"""Of `partial_ratio`, in percent, from which two quotations say the same.

Of the most similar pairs in both demos (2026-11-27) those that shared their sentence had 80 or more, those that
shared only a fact 78 or less.
"""


@dataclass(frozen=True, slots=True)
class Opinion:
    """One answer's word on a brand."""

    polarity: str
    text: str
    """The sentence around the clause, on one line, without marks of layout."""
    engine: str
    surface: str
    day: date
    prompt: str
    answer: int
    """Its id."""


def read_opinions(
    session: Session, filters: Selection, brand: str, polarity: str, limit: int
) -> list[Opinion]:
    """The newest answers that speak so of a brand, one engine after the other: at most `limit`."""
    workspace = workspace_named(session, filters.workspace)
    at: Any = func.row_number().over(
        partition_by=(col(Answer.engine), col(Answer.surface)),
        order_by=(col(Answer.day).desc(), col(Answer.id).desc()),
    )
    ranked = (
        sa.select(col(Answer.id), col(Score.evidence_start), col(Score.evidence_end), at.label("at"))
        .join(Score, col(Score.answer_id) == col(Answer.id))
        .join(Brand, col(Brand.id) == col(Score.brand_id))
        .join(Prompt, col(Prompt.id) == col(Answer.prompt_id))
        .where(*selected(Answer, workspace, filters), col(Answer.status) == AnswerStatus.CAPTURED)
        .where(col(Brand.name) == brand, col(Score.polarity) == polarity, col(Score.mentions) > 0)
        .where(col(Score.evidence_start).is_not(None))
        .subquery()
    )
    columns: list[Any] = [Answer.id, Answer.text, Answer.engine, Answer.surface, Answer.day]
    columns += [col(Prompt.text).label("prompt"), ranked.c.evidence_start, ranked.c.evidence_end]
    chosen = sa.select(*columns).join(ranked, ranked.c.id == col(Answer.id)).join(Prompt)
    ordered = chosen.order_by(ranked.c.at, col(Answer.day).desc(), col(Answer.id).desc()).limit(limit * POOL)
    return _distinct([_opinion(row, polarity) for row in session.connection().execute(ordered)])[:limit]


def _opinion(row: Any, polarity: str) -> Opinion:
    text = quotation(row.text or "", row.evidence_start, row.evidence_end)
    return Opinion(polarity, text, row.engine, row.surface, row.day, row.prompt, row.id)


def _distinct(found: list[Opinion]) -> list[Opinion]:
    """Each wording once, the first of those that are nearly the same: engines repeat themselves and one another."""
    kept: list[Opinion] = []
    for each in found:
        if all(fuzz.partial_ratio(each.text, other.text) < ALIKE for other in kept):
            kept.append(each)
    return kept
