"""What ran and how it ended: runs, and why answers failed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Answer, AnswerStatus, Panel, Run


@dataclass(frozen=True, slots=True)
class RunRow:
    """One pass of a panel, or one imported batch."""

    id: int
    panel: str | None
    """None for an import."""
    label: str | None
    due_at: datetime | None
    sandbox: bool
    counts: Mapping[str, int]
    """Answers by status."""
    costs: Mapping[str, float]
    """By currency, as far as engines tell."""
    last: datetime | None
    """When its newest answer came in."""

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        """Answers that are final."""
        return self.total - self.counts.get(AnswerStatus.PLANNED, 0)


@dataclass(frozen=True, slots=True)
class Failure:
    """One class of failures of one engine in a run."""

    engine: str
    kind: str
    answers: int
    example: str
    """One of their messages."""


def read_runs(session: Session, slug: str, *, offset: int = 0, limit: int = 10) -> list[RunRow]:
    """Runs of a workspace, the newest first; the database counts their answers."""
    workspace = workspace_named(session, slug)
    mine = select(Run, Panel.name).outerjoin(Panel, col(Panel.id) == col(Run.panel_id))
    newest = mine.where(Run.workspace_id == workspace.id).order_by(col(Run.id).desc())
    rows = session.exec(newest.offset(offset).limit(limit)).all()
    ids = [run.id for run, _ in rows]
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    last: dict[int, datetime] = {}
    by_status = sa.select(col(Answer.run_id), col(Answer.status), func.count(), func.max(Answer.captured_at))
    of_runs = by_status.where(col(Answer.run_id).in_(ids)).group_by(col(Answer.run_id), col(Answer.status))
    for found in session.connection().execute(of_runs):
        run_id, status, count, at = found
        counts[run_id][str(AnswerStatus(status))] = count
        if at is not None:
            last[run_id] = max(at, last.get(run_id, at))
    costs = _costs(session, ids)
    return [
        RunRow(
            run.id, panel, run.label, run.due_at, run.sandbox, counts[run.id], costs[run.id], last.get(run.id)
        )
        for run, panel in rows
    ]


def _costs(session: Session, ids: list[int]) -> dict[int, dict[str, float]]:
    found: dict[int, dict[str, float]] = defaultdict(dict)
    keys: list[Any] = [Answer.run_id, Answer.currency]
    spent = sa.select(*keys, func.sum(Answer.cost)).where(col(Answer.cost).is_not(None))
    rows = session.connection().execute(spent.where(col(Answer.run_id).in_(ids)).group_by(*keys))
    for row in rows:
        found[row[0]][row[1] or ""] = float(row[2])
    return found


def count_runs(session: Session, slug: str) -> int:
    """How many runs `read_runs` can list."""
    workspace = workspace_named(session, slug)
    return int(session.exec(select(func.count(col(Run.id))).where(Run.workspace_id == workspace.id)).one())


def read_failures(session: Session, slug: str, run_id: int) -> list[Failure]:
    """Why answers of a run failed, by engine and class, most first."""
    workspace = workspace_named(session, slug)
    keys: list[Any] = [Answer.engine, func.coalesce(Answer.error_kind, "")]
    counted = sa.select(*keys, func.count(), func.max(Answer.error)).where(
        col(Answer.workspace_id) == workspace.id,
        col(Answer.run_id) == run_id,
        col(Answer.status).not_in((AnswerStatus.CAPTURED, AnswerStatus.PLANNED)),
    )
    rows = session.connection().execute(
        counted.group_by(*keys).order_by(func.count().desc(), keys[0], keys[1])
    )
    return [Failure(row[0], row[1], row[2], (row[3] or "")[:300]) for row in rows]


def read_panels(session: Session, slug: str) -> list[Panel]:
    """The active panels."""
    workspace = workspace_named(session, slug)
    active = (Panel.workspace_id == workspace.id, col(Panel.archived_at).is_(None))
    return list(session.exec(select(Panel).where(*active).order_by(col(Panel.id))).all())
