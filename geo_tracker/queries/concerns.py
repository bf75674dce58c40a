"""What answers say of a brand, statement by statement: the queue of bad ones, and what was decided on each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from geo_tracker.errors import UsageError
from geo_tracker.extract.text.excerpts import quotation
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.selection import selected
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.journal import note
from geo_tracker.storage.models import Answer, AnswerStatus, Brand, Prompt, Score, StatementMark

State = Literal["open", "seen", "untrue", "settled"]
STATES: tuple[State, ...] = ("open", "seen", "untrue", "settled")


@dataclass(frozen=True, slots=True)
class Statement:
    """What one answer says of one brand."""

    answer: int
    brand_id: int
    brand: str
    own: bool
    polarity: str
    """negative, or doubtful: mixed, or any where the answer advises against the brand."""
    advised_against: bool
    text: str
    """The sentence, as it is quoted."""
    engine: str
    surface: str
    day: date
    prompt: str
    state: State
    who: str
    at: datetime | None


def count_statements(session: Session, filters: Selection, brand: str, state: State) -> int:
    """How many statements `read_statements` can list."""
    counted = _statements(session, filters, brand, state, [func.count()])
    return int(session.connection().execute(counted).scalar_one())


def read_statements(
    session: Session, filters: Selection, brand: str, state: State, *, offset: int = 0, limit: int = 20
) -> list[Statement]:
    """Negative and doubtful statements of the selected valid answers in one state, the newest first."""
    columns: list[Any] = [Answer.id, Answer.text, Answer.engine, Answer.surface, Answer.day]
    columns += [col(Prompt.text).label("prompt"), col(Brand.id).label("brand_id"), Brand.name, Brand.own]
    columns += [Score.polarity, Score.recommended, Score.evidence_start, Score.evidence_end]
    columns += [StatementMark.state, StatementMark.who, StatementMark.at]
    ordered = _statements(session, filters, brand, state, columns).order_by(
        col(Answer.day).desc(), col(Answer.id).desc()
    )
    rows = session.connection().execute(ordered.offset(offset).limit(limit))
    return [_statement(row, state) for row in rows]


def _statements(session: Session, filters: Selection, brand: str, state: State, columns: list[Any]) -> Any:
    workspace = workspace_named(session, filters.workspace)
    joined = (
        sa.select(*columns)
        .select_from(Answer)
        .join(Score, col(Score.answer_id) == col(Answer.id))
        .join(Brand, col(Brand.id) == col(Score.brand_id))
        .join(Prompt, col(Prompt.id) == col(Answer.prompt_id))
        .outerjoin(StatementMark, _marked())
    )
    bad = sa.or_(col(Score.polarity).in_(("negative", "mixed")), col(Score.recommended).is_(False))
    kept = col(StatementMark.id).is_(None) if state == "open" else col(StatementMark.state) == state
    return joined.where(
        *selected(Answer, workspace, filters),
        col(Answer.status) == AnswerStatus.CAPTURED,
        col(Brand.name) == brand,
        *(col(Score.mentions) > 0, col(Score.evidence_start).is_not(None), bad, kept),
    )


def _marked() -> sa.ColumnElement[bool]:
    """A mark is on words: where scoring reads others now, nobody has decided anything on them."""
    words = func.substr(
        Answer.text, col(Score.evidence_start) + 1, col(Score.evidence_end) - col(Score.evidence_start)
    )
    return sa.and_(
        col(StatementMark.answer_id) == col(Answer.id),
        col(StatementMark.brand_id) == col(Brand.id),
        col(StatementMark.evidence) == words,
    )


def read_marks(session: Session, brand: str, answers: Collection[int]) -> dict[int, State]:
    """What was decided on what answers of one workspace say of a brand, by answer; undecided ones are left out."""
    found = (
        sa.select(col(Answer.id), col(StatementMark.state))
        .join(Score, col(Score.answer_id) == col(Answer.id))
        .join(Brand, col(Brand.id) == col(Score.brand_id))
        .join(StatementMark, _marked())
        .where(col(Answer.id).in_(answers), col(Brand.name) == brand)
    )
    return {row.id: row.state for row in session.connection().execute(found)}


def _statement(row: Any, state: State) -> Statement:
    return Statement(
        answer=row.id,
        brand_id=row.brand_id,
        brand=row.name,
        own=row.own,
        polarity="negative" if row.polarity == "negative" else "doubtful",
        advised_against=row.recommended is False,
        text=quotation(row.text or "", row.evidence_start, row.evidence_end),
        engine=row.engine,
        surface=row.surface,
        day=row.day,
        prompt=row.prompt,
        state=state,
        who=row.who or "",
        at=row.at,
    )


def mark_statement(
    session: Session, slug: str, answer_id: int, brand_id: int, state: State, *, who: str, now: datetime
) -> None:
    """Decide on a statement; `open` takes a decision back. Call inside a writing transaction.

    Raises `UsageError` where the answer of that workspace says nothing of the brand.
    """
    workspace = workspace_named(session, slug)
    scored = select(Score, Answer).join(Answer).where(Answer.workspace_id == workspace.id)
    row = session.exec(scored.where(Answer.id == answer_id, Score.brand_id == brand_id)).first()
    if row is None or row[0].evidence_start is None:
        raise UsageError(f"answer {answer_id} of workspace {slug!r} says nothing of that brand")
    score, answer = row
    same = select(StatementMark).where(
        StatementMark.answer_id == answer_id, StatementMark.brand_id == brand_id
    )
    mark = session.exec(same).first()
    was = mark.state if mark else "open"
    if was != state:
        key = f"answer {answer_id}, brand {brand_id}"
        note(session, workspace, who, now, "statement", "mark", key, before=was, after=state)
    if state == "open":
        if mark is not None:
            session.delete(mark)
        return
    mark = mark or StatementMark(
        workspace_id=workspace.id, answer_id=answer_id, brand_id=brand_id, evidence="", state=state
    )
    evidence = (answer.text or "")[score.evidence_start : score.evidence_end]
    mark.sqlmodel_update({"evidence": evidence, "state": state, "who": who, "at": now})
    session.add(mark)
