"""What a worker starts in a workspace: a pass where one is due, else messages or a month's report that are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlmodel import Session, select

from geo_tracker.cli._place import Place
from geo_tracker.collect.schedule import has_work
from geo_tracker.delivery.targets import MONTHLY, setting
from geo_tracker.storage.database import reading, writing
from geo_tracker.storage.leases import release_dead
from geo_tracker.storage.models import Answer, Page, Workspace

Command = tuple[str, ...]
RUN: Command = ("run", "--due")
SEND: Command = ("signals", "send")
REPORT: Command = ("report", "due")
BEGINS: dict[Command, str] = {
    RUN: "a pass begins",
    SEND: "messages go out",
    REPORT: "the month's report goes out",
}
SEND_AGAIN = timedelta(minutes=15)
TICK = 30.0
"""Seconds between two looks at what is due; one query a panel: 0.1 % of a core with ten workspaces."""


def has_messages(session: Session, workspace: Workspace, now: datetime) -> bool:
    """Whether a channel of the workspace is due."""
    if not workspace.signals.get("channels"):
        return False
    from geo_tracker.signals.outbox import has_due  # only where somebody is told: it loads pandas

    return has_due(session, workspace, now)


def has_report(session: Session, workspace: Workspace, environment: Mapping[str, str], now: datetime) -> bool:
    """Whether the report of the month that is over is due."""
    if not setting(environment, MONTHLY, workspace.slug):
        return False
    from geo_tracker.reports.monthly import has_due  # only where reports are scheduled: it loads pandas

    return has_due(session, workspace, environment, now)


def left_behind(place: Place, slug: str) -> bool:
    """Whether a pass that has ended left rows that could be asked now."""
    with reading(place.engine) as session:
        workspace = session.exec(select(Workspace).where(Workspace.slug == slug)).first()
        return workspace is not None and has_work(session, workspace, datetime.now(UTC))


def free_what_died(place: Place) -> None:
    """Give back what processes of this host held when they died, so that it counts as work again."""
    with writing(place.engine) as session:
        for table in (Answer, Page):
            release_dead(session, table)
