"""Daily rows: the sums that every aggregate on screen is made of."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, delete, func, select

from geo_tracker.brands import Brands
from geo_tracker.models import Answer, AnswerStatus, Citation, Daily, Score, Workspace
from geo_tracker.store import insert_new

Cell = tuple[int, str, str]
"""prompt, engine, surface"""


@dataclass(slots=True)
class _Sums:
    """What all brands of a cell share, and what each has of its own."""

    sandbox: bool = False
    statuses: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    citations: int = 0
    with_citations: int = 0
    brands: dict[int, dict[str, float]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(float))
    )


def roll_up(session: Session, workspace: Workspace, day: date, brands: Brands) -> None:
    """Write the Daily rows of a day anew; call inside a writing transaction."""
    cells: dict[Cell, _Sums] = defaultdict(_Sums)
    _add_answers(session, workspace, day, cells)
    _add_scores(session, workspace, day, cells)
    session.exec(delete(Daily).where(col(Daily.workspace_id) == workspace.id, col(Daily.day) == day))
    tracked = brands.on(day)
    rows = [
        {"workspace_id": workspace.id, "day": day, **_row(cell, sums, brand.id)}
        for cell, sums in cells.items()
        for brand in tracked
    ]
    insert_new(session, Daily, rows)


def _add_answers(session: Session, workspace: Workspace, day: date, cells: dict[Cell, _Sums]) -> None:
    cited = (
        select(Citation.answer_id, func.count().label("n"))
        .join(Answer, col(Answer.id) == col(Citation.answer_id))
        .where(Answer.workspace_id == workspace.id, Answer.day == day, Citation.role == "cited")
        .group_by(col(Citation.answer_id))
        .subquery()
    )
    statement = (
        sa.select(
            *(col(Answer.prompt_id), col(Answer.engine), col(Answer.surface)),
            *(col(Answer.status), col(Answer.sandbox), cited.c.n),
        )
        .outerjoin(cited, cited.c.answer_id == Answer.id)
        .where(col(Answer.workspace_id) == workspace.id, col(Answer.day) == day)
    )
    for prompt, engine, surface, status, sandbox, citations in session.connection().execute(statement):
        sums = cells[prompt, engine, surface]
        sums.sandbox |= sandbox
        sums.statuses[status] += 1
        if status == AnswerStatus.CAPTURED:
            sums.citations += citations or 0
            sums.with_citations += bool(citations)


def _add_scores(session: Session, workspace: Workspace, day: date, cells: dict[Cell, _Sums]) -> None:
    statement = (
        select(Answer.prompt_id, Answer.engine, Answer.surface, Score)
        .join(Score, col(Score.answer_id) == col(Answer.id))
        .where(Answer.workspace_id == workspace.id, Answer.day == day)
    )
    for prompt, engine, surface, score in session.exec(statement).all():
        own = cells[prompt, engine, surface].brands[score.brand_id]
        own["absent"] += score.absent
        own["cited"] += bool(score.citations_owned)
        own["citations_owned"] += score.citations_owned
        if score.mentions:
            own["mentioned"] += 1
            own["mentions"] += score.mentions
            own["prominence"] += score.prominence or 0.0
            own["word_share"] += score.word_share or 0.0
            own["rank_sum"] += score.rank or 0
            own["top1"] += score.rank == 1
            own["top3"] += (score.rank or 99) <= 3
            own["recommended"] += score.recommended is True
            _add_opinion(own, score.polarity)


def _add_opinion(own: dict[str, Any], polarity: str | None) -> None:
    if polarity:
        own[polarity] += 1
        own["opinions"] += 1
        own["balance"] += (polarity == "positive") - (polarity == "negative")


def _row(cell: Cell, sums: _Sums, brand_id: int) -> dict[str, Any]:
    prompt, engine, surface = cell

    def of_all(column: str) -> Any:
        return sum(own[column] for own in sums.brands.values())

    return {
        "prompt_id": prompt,
        "engine": engine,
        "surface": surface,
        "brand_id": brand_id,
        "sandbox": sums.sandbox,
        "planned": sum(sums.statuses.values()),
        "answers": sums.statuses[AnswerStatus.CAPTURED],
        "failed": sums.statuses[AnswerStatus.FAILED],
        "refused": sums.statuses[AnswerStatus.REFUSED],
        "empty": sums.statuses[AnswerStatus.EMPTY],
        "mentions_all": of_all("mentions"),
        "mentioned_all": of_all("mentioned"),
        "prominence_all": of_all("prominence"),
        "citations_all": sums.citations,
        "answers_with_citations": sums.with_citations,
        **sums.brands[brand_id],
    }
