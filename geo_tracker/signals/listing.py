"""Reading signals for people: which, in which order, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from geo_tracker.signals.kinds import KINDS
from geo_tracker.signals.life import LIVE
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Signal, SignalEvent, SignalStatus
from geo_tracker.words.values import is_better

NEVER = datetime.min.replace(tzinfo=UTC)


def read_signals(
    session: Session, slug: str, since: date | None = None, statuses: Sequence[str] = ()
) -> list[Signal]:
    """The signals of a workspace that were told since a day there, the newest first, then in the order of kinds."""
    workspace = workspace_named(session, slug)
    chosen: list[Any] = [Signal.workspace_id == workspace.id]
    if since:
        start = datetime.combine(since, time(), ZoneInfo(workspace.timezone))
        chosen.append(col(Signal.first_told) >= start)
    if statuses:
        chosen.append(col(Signal.status).in_(statuses))
    rows = session.exec(select(Signal).where(*chosen).order_by(col(Signal.id))).all()
    order = list(KINDS)
    ordered = sorted(rows, key=lambda row: order.index(row.kind) if row.kind in order else len(order))
    return sorted(ordered, key=lambda row: row.first_told or NEVER, reverse=True)


def most_pressing(signals: Sequence[Signal], most: int) -> list[Signal]:
    """Those that are still open: new before seen, bad news first, the surest first."""
    open_ones = [row for row in signals if row.status in LIVE]
    tones = ("worse", "better", "neutral")

    def pressing(row: Signal) -> tuple[bool, int, float]:
        return row.status != SignalStatus.NEW, tones.index(tone(row)), row.q if row.q is not None else 0.0

    return sorted(open_ones, key=pressing)[:most]


def tone(of: Signal) -> str:
    """better, worse or neutral."""
    kind = KINDS.get(of.kind)
    if kind is None or kind.tone != "by value":
        return kind.tone if kind else "neutral"
    better = is_better(of.metric, of.value)
    return "neutral" if better is None else "better" if better else "worse"


def read_events(session: Session, signal_id: int) -> list[SignalEvent]:
    """The steps of a signal's life, the first first."""
    mine = select(SignalEvent).where(SignalEvent.signal_id == signal_id)
    return list(session.exec(mine.order_by(col(SignalEvent.id))).all())
