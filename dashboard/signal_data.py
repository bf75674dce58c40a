"""What the pages Signals and Session read and store, kept as in `dashboard.data`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from dashboard import person
from dashboard.caching import database, reading_run
from geo_tracker.collect.session import Due, plan_by_hand, read_session, retry, skip
from geo_tracker.signals.life import mark, refresh
from geo_tracker.signals.listing import read_events as read_steps
from geo_tracker.signals.listing import read_signals
from geo_tracker.signals.outbox import undelivered
from geo_tracker.storage.database import reading, workspace_named
from geo_tracker.storage.models import Signal, SignalDelivery, SignalEvent


def signals(url: str, slug: str) -> list[Signal]:
    """All signals of a workspace, the newest first."""
    with reading_run(url) as session:
        return read_signals(session, slug)


def signal_steps(url: str, signal_id: int) -> list[SignalEvent]:
    with reading_run(url) as session:
        return read_steps(session, signal_id)


def look_for_signals(url: str, slug: str) -> int:
    """Look for what is new; how many signals that are."""
    person.required(url, slug, "mark")
    return len(refresh(database(url), slug, datetime.now(UTC)))


def mark_signal(url: str, slug: str, fingerprint: str, status: str, reason: str) -> None:
    with person.changing(url, slug, "mark") as (session, who):
        mark(session, slug, fingerprint, status, who, reason, datetime.now(UTC))


def undelivered_signals(url: str, slug: str) -> Sequence[tuple[SignalDelivery, Signal]]:
    engine = database(url)
    with reading(engine) as session:
        workspace = workspace_named(session, slug)
    return undelivered(engine, workspace)


def session(url: str, slug: str) -> list[Due]:
    """What is to be asked by hand, planned where it is due by now; never cached: two people may be at it.

    Who may only look finds what others have planned.
    """
    now = datetime.now(UTC)
    if not person.allowed("run", slug):
        with reading_run(url) as seen:
            return read_session(seen, workspace_named(seen, slug), now)
    with person.changing(url, slug, "run") as (within, _):
        workspace = workspace_named(within, slug)
        plan_by_hand(within, workspace, now)
        return read_session(within, workspace, now)


def skip_due(url: str, slug: str, row: int, reason: str) -> None:
    with person.changing(url, slug, "run") as (within, _):
        skip(within, workspace_named(within, slug), row, reason, datetime.now(UTC))


def retry_due(url: str, slug: str, row: int) -> None:
    with person.changing(url, slug, "run") as (within, _):
        retry(within, workspace_named(within, slug), row)
