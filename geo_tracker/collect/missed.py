"""Passes that were due and never ran: rows that failed, so that coverage counts the days without answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlmodel import Session, func, select

from geo_tracker.collect.plan import last_due, rows_of_pass, unsent
from geo_tracker.engines.base import ErrorKind
from geo_tracker.storage.database import insert_new
from geo_tracker.storage.models import Answer, Panel, Run, Workspace

MOST = 60
"""Passes that are noted at once: two months by day; a panel that rests for longer is taken to have been off."""
REASON = "the pass was due and nothing ran: is the crontab or the worker on?"


def note_missed(
    session: Session, workspace: Workspace, panel: Panel, now: datetime, *, sandbox: bool
) -> list[datetime]:
    """Write the passes that were due after the panel's last one and did not run as failed; returns when they were due.

    The newest due time is not among them: the run that calls this stands for it. Call inside a writing transaction.
    """
    last = session.exec(select(func.max(Run.due_at)).where(Run.panel_id == panel.id)).one()
    if last is None or not panel.cron:
        return []
    missed = sorted(due for due in _missed(panel, workspace, last, now) if not _rested(panel, due))
    for due_at in missed:
        _, rows = rows_of_pass(session, workspace, panel, due_at, panel.engines, sandbox=sandbox)
        insert_new(session, Answer, [{**row, **unsent(ErrorKind.NOT_RUN, REASON)} for row in rows])
    return missed


def _rested(panel: Panel, due: datetime) -> bool:
    """Whether the panel was paused then; of several rests the last one is known."""
    return (
        panel.paused_at is not None
        and panel.paused_at <= due
        and (panel.paused or due <= (panel.resumed_at or due))
    )


def _missed(panel: Panel, workspace: Workspace, last: datetime, now: datetime) -> Iterator[datetime]:
    due = last_due(panel, workspace, now)
    for _ in range(MOST):
        due = due and last_due(panel, workspace, due - timedelta(minutes=1))
        if due is None or due <= last:
            return
        yield due
