"""Which answers are to be scored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from geo_tracker.extract.scores import RULES_VERSION
from geo_tracker.storage.models import Answer, AnswerStatus, Citation, Offer, Page, Workspace


def pending_answers(session: Session, workspace: Workspace) -> dict[date, list[int]]:
    """Ids of the answers to score, by day."""
    stale = sa.or_(col(Answer.rules).is_(None), col(Answer.rules) != RULES_VERSION)
    ids = sa.select(col(Answer.id)).where(*_ended(workspace), stale).union(*_with_newer_pages(workspace))
    ordered = select(col(Answer.day), col(Answer.id)).where(col(Answer.id).in_(ids))
    pending: dict[date, list[int]] = defaultdict(list)
    for day, answer_id in session.exec(ordered.order_by(col(Answer.day), col(Answer.id))).all():
        pending[day].append(answer_id)
    return pending


def _ended(workspace: Workspace) -> tuple[sa.ColumnElement[bool], ...]:
    return col(Answer.workspace_id) == workspace.id, col(Answer.status) != AnswerStatus.PLANNED


def _with_newer_pages(workspace: Workspace) -> Iterator[sa.Select[Any]]:
    """Answers scored before a page was fetched: one they cite, or one that an offer of theirs or of those leads to.

    Each starts from the rows that lead to pages, not from the answers: asked for every answer, SQLite would look
    through all offers of the workspace each time.
    """
    mine = col(Offer.workspace_id) == workspace.id
    offered = sa.select(col(Answer.id)).join(Offer, col(Offer.answer_id) == col(Answer.id))
    offered = offered.join(Page, col(Page.id) == col(Offer.target_id))
    yield offered.where(mine, *_ended(workspace), col(Page.fetched_at) >= col(Answer.scored_at))
    led = sa.select(col(Offer.page_id), sa.func.max(Page.fetched_at).label("fetched_at")).where(mine)
    latest = led.join(Page, col(Page.id) == col(Offer.target_id)).group_by(col(Offer.page_id)).subquery()
    cited = sa.select(col(Answer.id)).join(Citation, col(Citation.answer_id) == col(Answer.id))
    cited = cited.join(Page, col(Page.id) == col(Citation.page_id))
    cited = cited.outerjoin(latest, latest.c.page_id == Citation.page_id)
    newer = (times >= col(Answer.scored_at) for times in (col(Page.fetched_at), latest.c.fetched_at))
    yield cited.where(*_ended(workspace), sa.or_(*newer))
