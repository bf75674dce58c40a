"""What a workspace holds: the counts of `geo-tracker status`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Answer, AnswerStatus, Citation, Mention, Offer


@dataclass(frozen=True, slots=True)
class Status:
    """What a workspace holds; `planned` counts the answers still to be asked, coverage is of all."""

    workspace: str
    planned: int
    captured: int
    failed: int
    refused: int
    empty: int
    cut: int
    """Answers that stop before their end: shown, never counted."""
    coverage: float | None
    first_day: date | None
    last_day: date | None
    answers: int
    mentions: int
    citations: int
    pages: int
    offers: int


def read_status(session: Session, slug: str) -> Status:
    """The counts of a workspace; `answers` are the valid ones, `citations` those with role cited."""
    workspace = workspace_named(session, slug)
    mine = col(Answer.workspace_id) == workspace.id
    cited = (mine, Answer.status == AnswerStatus.CAPTURED, Citation.role == "cited")
    statement = select(Answer.status, func.count(), func.min(Answer.day), func.max(Answer.day))
    rows = session.exec(statement.where(mine).group_by(col(Answer.status))).all()
    count = defaultdict(int, {status: number for status, number, _, _ in rows})
    total, captured = sum(count.values()), count[AnswerStatus.CAPTURED]
    pages = select(Citation.page_id).join(Answer).where(*cited, col(Citation.page_id).is_not(None))
    answers = select(Answer.id).where(mine)
    offered = sa.or_(col(Offer.answer_id).in_(answers), col(Offer.page_id).in_(pages))
    return Status(
        workspace=slug,
        planned=count[AnswerStatus.PLANNED],
        captured=captured,
        failed=count[AnswerStatus.FAILED],
        refused=count[AnswerStatus.REFUSED],
        empty=count[AnswerStatus.EMPTY],
        cut=count[AnswerStatus.CUT],
        coverage=captured / total if total else None,
        first_day=min((first for _, _, first, _ in rows), default=None),
        last_day=max((last for _, _, _, last in rows), default=None),
        answers=captured,
        mentions=_count(
            session, select(func.count(col(Mention.id))).join(Answer).where(mine, ~col(Mention.unsure))
        ),
        citations=_count(session, select(func.count(col(Citation.id))).join(Answer).where(*cited)),
        pages=_count(session, select(func.count()).select_from(pages.distinct().subquery())),
        offers=_count(session, select(func.count(col(Offer.id))).where(offered)),
    )


def _count(session: Session, statement: Any) -> int:
    return int(session.exec(statement).one())
