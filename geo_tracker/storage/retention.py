"""Evidence that a workspace keeps no longer: raw bodies and page texts go, what was read from them stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select, update

from geo_tracker.storage.archive import Archive
from geo_tracker.storage.bodies import remove_unused
from geo_tracker.storage.database import reading, writing
from geo_tracker.storage.models import (
    Answer,
    AnswerStatus,
    Body,
    Citation,
    Offer,
    Page,
    PageVersion,
    Workspace,
)

BATCH = 500
Cutoffs = dict[int, datetime]
"""By workspace: of what is older, the evidence goes. A workspace that is not in it keeps all."""


@dataclass(slots=True)
class Removed:
    """What a pruning took away."""

    answers: int = 0
    """Answers whose raw bodies are gone."""
    pages: int = 0
    """Pages whose text and bodies are gone."""
    bodies: int = 0
    """Files of the archive."""


def cutoffs(workspaces: list[Workspace], part: str, now: datetime, days: int | None) -> Cutoffs:
    """Of `bodies` or `pages`, by each workspace's `retention` or, where given, so many days for all."""
    kept = {each.id: each.retention.get(part, 0) if days is None else days for each in workspaces}
    return {workspace: now - timedelta(days=age) for workspace, age in kept.items() if age}


def remove_evidence(
    engine: sa.Engine, archive: Archive, bodies: Cutoffs, pages: Cutoffs, now: datetime
) -> Removed:
    """Remove raw bodies of answers and texts of pages that are older than their workspaces keep them.

    Rows are marked before files go: killed in between, `archive prune` finds the files that no row rests on.
    """
    removed, shas = Removed(), set[str]()
    for ids in _batches(engine, _old_answers(bodies)):
        with writing(engine) as session:
            shas |= _mark(session, Body, col(Body.answer_id).in_(ids), now)
            removed.answers += len(ids)
    for ids in _batches(engine, _old_pages(pages)):
        with writing(engine) as session:
            shas |= _mark(session, PageVersion, col(PageVersion.page_id).in_(ids), now)
            shas |= _mark(session, Page, col(Page.id).in_(ids), now)
            gone = {"text": None, "etag": None, "last_modified": None}
            session.exec(update(Page).where(col(Page.id).in_(ids)).values(**gone))
            removed.pages += len(ids)
    with reading(engine) as session:
        removed.bodies = remove_unused(session, archive, shas)
    return removed


def _batches(engine: sa.Engine, ids: Any) -> Iterator[list[int]]:
    while True:
        with reading(engine) as session:
            found = list(session.exec(ids.limit(BATCH)).all())
        if not found:
            return
        yield found


def _mark(session: Session, table: Any, which: sa.ColumnElement[bool], now: datetime) -> set[str]:
    there = (which, col(table.removed_at).is_(None), col(table.sha256).is_not(None))
    shas = set(session.exec(select(table.sha256).where(*there)).all())
    session.exec(update(table).where(which).values(removed_at=now))
    return shas


def _is_old(of: Cutoffs) -> sa.ColumnElement[bool]:
    """Answers that are older than their workspace keeps what they rest on; of those not captured, by their day."""
    at = func.coalesce(col(Answer.captured_at), col(Answer.asked_at))
    parts = [sa.and_(col(Answer.workspace_id) == each, at < cutoff) for each, cutoff in of.items()]
    return sa.or_(sa.false(), *parts)


def _old_answers(of: Cutoffs) -> Any:
    kept = select(Body.id).where(col(Body.answer_id) == col(Answer.id), col(Body.removed_at).is_(None))
    ended = col(Answer.status) != AnswerStatus.PLANNED
    return select(Answer.id).where(ended, _is_old(of), kept.exists()).order_by(col(Answer.id))


def _old_pages(of: Cutoffs) -> Any:
    """Pages that only old answers cite. A product's page stays: an offer leads to it, whenever it was shown."""
    cited = select(Citation.id).join(Answer).where(col(Citation.page_id) == col(Page.id))
    fresh = cited.where(sa.not_(sa.func.coalesce(_is_old(of), sa.false())))
    offered = select(Offer.id).where(col(Offer.target_id) == col(Page.id))
    there = (col(Page.removed_at).is_(None), col(Page.sha256).is_not(None))
    return (
        select(Page.id)
        .where(*there, cited.exists(), ~fresh.exists(), ~offered.exists())
        .order_by(col(Page.id))
    )


def count_removed(session: Session, workspace: Workspace) -> Mapping[str, int]:
    """Answers and pages of a workspace whose evidence is gone: `answers`, `pages`."""
    answers = select(func.count(func.distinct(Body.answer_id))).join(Answer)
    mine = (col(Answer.workspace_id) == workspace.id,)
    pages = select(func.count(func.distinct(Page.id))).join(Citation, col(Citation.page_id) == col(Page.id))
    cited = pages.join(Answer, col(Answer.id) == col(Citation.answer_id))
    return {
        "answers": session.exec(answers.where(*mine, col(Body.removed_at).is_not(None))).one(),
        "pages": session.exec(cited.where(*mine, col(Page.removed_at).is_not(None))).one(),
    }
