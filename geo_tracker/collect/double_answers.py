"""Imported answers that are stored twice because their names were written in two ways, and how they become one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, delete, select, update

from geo_tracker.captures.base import CapturedAnswer
from geo_tracker.captures.canonical import key, load
from geo_tracker.score.answers import Progress, no_progress
from geo_tracker.score.rollup import grouped, roll_up, take_turns
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import reading, writing
from geo_tracker.storage.models import Answer, AnswerStatus, Body, Workspace
from geo_tracker.workspaces.brands import Brands

IMPORTED = "import:%"
BATCH = 500


@dataclass(frozen=True, slots=True)
class Same:
    """Rows that are one answer."""

    key: str
    """Under which it is kept."""
    ids: tuple[int, ...]
    """The one that is kept first: a valid one, else the oldest."""
    prompt: str
    engine: str


def find_duplicates(
    engine: sa.Engine, archive: Archive, workspace: Workspace, on_progress: Progress = no_progress
) -> list[Same]:
    """The imported answers of a workspace that are stored more than once, by what their archived bodies say.

    Raises `GeoTrackerError` where a body is missing or damaged.
    """
    with reading(engine) as session:
        rows = _imported(session, workspace)
    found: dict[str, list[tuple[bool, int, CapturedAnswer]]] = defaultdict(list)
    for done, (answer, status, sha) in enumerate(rows, 1):
        captured = load(archive.get(sha))
        found[key(captured)].append((status != AnswerStatus.CAPTURED, answer, captured))
        on_progress(done, len(rows))
    return [_same(name, each) for name, each in found.items() if len(each) > 1]


def _same(name: str, rows: list[tuple[bool, int, CapturedAnswer]]) -> Same:
    ordered = sorted(rows, key=lambda row: row[:2])
    return Same(name, tuple(row[1] for row in ordered), ordered[0][2].prompt, ordered[0][2].engine)


def _imported(session: Session, workspace: Workspace) -> Sequence[Any]:
    of = sa.and_(col(Body.answer_id) == col(Answer.id), col(Body.step) == 0, col(Body.superseded).is_(False))
    columns: list[Any] = [Answer.id, Answer.status, Body.sha256]
    rows = sa.select(*columns).join(Body, of)
    mine = rows.where(col(Answer.workspace_id) == workspace.id, col(Answer.key).like(IMPORTED))
    return session.connection().execute(mine.order_by(col(Answer.id))).all()


def merge_duplicates(engine: sa.Engine, workspace: Workspace, found: Sequence[Same]) -> int:
    """Keep one row of each answer and add its days up anew; returns how many rows went.

    The bodies of the others stay with the kept one as evidence.
    """
    for batch in (found[at : at + BATCH] for at in range(0, len(found), BATCH)):
        with writing(engine) as session:
            take_turns(session, workspace)
            days = {day for same in batch for day in _merge(session, same)}
            brands = Brands(session, workspace)
            for group in grouped(session, workspace, sorted(days)):
                roll_up(session, workspace, group, brands)
    return sum(len(same.ids) - 1 for same in found)


def _merge(session: Session, same: Same) -> Iterator[date]:
    kept, *others = same.ids
    days = session.exec(select(col(Answer.day)).where(col(Answer.id).in_(same.ids))).all()
    moved = update(Body).where(col(Body.answer_id).in_(others)).values(answer_id=kept, superseded=True)
    session.exec(moved)
    session.exec(delete(Answer).where(col(Answer.id).in_(others)))
    session.exec(update(Answer).where(col(Answer.id) == kept).values(key=same.key))
    yield from days
