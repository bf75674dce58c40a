"""What holds asking up: used-up budgets, and engines that rest because they fail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from geo_tracker.engines.base import ErrorKind
from geo_tracker.queries.runs import read_panels
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Answer, AnswerStatus, EnginePace
from geo_tracker.storage.paces import resting
from geo_tracker.storage.spending import Limit, limits, next_month


@dataclass(frozen=True, slots=True)
class Budget:
    """The limits of a workspace with what the month has used, and what waits for the next."""

    limits: tuple[Limit, ...]
    waiting: int
    """Planned answers that are asked in the next month, or when a limit is raised."""
    until: datetime
    """When the next month begins."""


def read_budget(session: Session, slug: str, now: datetime, *, sandbox: bool = False) -> Budget:
    """The workspace's budget of the month of a moment; no limits where it has none."""
    workspace = workspace_named(session, slug)
    waits = (Answer.workspace_id == workspace.id, col(Answer.status) == AnswerStatus.PLANNED)
    held_back = select(func.count(col(Answer.id))).where(*waits, col(Answer.error_kind) == ErrorKind.BUDGET)
    found = limits(session, workspace, now, sandbox=sandbox)
    return Budget(tuple(found), int(session.exec(held_back).one()), next_month(workspace, now))


def read_resting(session: Session, slug: str) -> list[EnginePace]:
    """The engines of the active panels that are slowed, paused or probed now, over all workers."""
    names = {name for panel in read_panels(session, slug) for name in panel.engines}
    return resting(session, sorted(names))


def is_held_up(session: Session, slug: str, now: datetime, *, sandbox: bool) -> bool:
    """Whether a limit of the workspace is used up or an engine of its panels rests."""
    budget = limits(session, workspace_named(session, slug), now, sandbox=sandbox)
    return any(limit.spent for limit in budget) or bool(read_resting(session, slug))
