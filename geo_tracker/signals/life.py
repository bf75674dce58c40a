"""The life of a signal: told once, seen again, marked by people, ended when it no longer shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from geo_tracker.errors import UsageError
from geo_tracker.signals.findings import Finding, place
from geo_tracker.signals.history import History
from geo_tracker.signals.kinds import KINDS, find_all
from geo_tracker.storage.database import insert_returning, reading, workspace_named, writing
from geo_tracker.storage.journal import note
from geo_tracker.storage.models import Signal, SignalEvent, SignalStatus, Workspace

OURSELVES = "geo-tracker"
MARKS = (SignalStatus.SEEN, SignalStatus.EXPECTED, SignalStatus.RESOLVED)
"""What people may set; a signal is new only once."""
LIVE = (SignalStatus.NEW, SignalStatus.SEEN)
LONGEST_REASON = 500
NONE = timedelta()


def refresh(engine: sa.Engine, slug: str, now: datetime, until: date | None = None) -> list[Signal]:
    """Find what is worth telling up to a day (the last one with answers) and keep it; returns what is new.

    The same data tell the same again, under the same fingerprints, and add nothing.
    """
    with reading(engine) as session:
        history = History(session, slug, until)
        found = list(find_all(history))
    return tell(engine, history, found, now)


def tell(engine: sa.Engine, history: History, found: Iterable[Finding], now: datetime) -> list[Signal]:
    """Keep what was found in a history; returns what was not told before."""
    if history.last is None:
        return []
    with writing(engine) as session:
        workspace = workspace_named(session, history.slug)
        sandbox = history.of_sandbox(session)
        told = _keep(session, workspace, found, history.last, now, sandbox=sandbox)
        _end(session, workspace, history.last, now)
    return told


def _keep(
    session: Session,
    workspace: Workspace,
    found: Iterable[Finding],
    last: date,
    now: datetime,
    *,
    sandbox: bool,
) -> list[Signal]:
    """Note sights of what was told before, and add the rest."""
    known = _ongoing(session, workspace, last)
    rows = []
    for each in found:
        if before := known.get(each.subject):
            before.last_seen = max(before.last_seen, last)
            session.add(before)
        elif not _is_told_by_engine(each, known.values()):
            state = {"first_told": now, "last_seen": last, "sandbox": sandbox}
            key = {"workspace_id": workspace.id, "fingerprint": f"{each.subject}-{last:%Y%m%d}"}
            rows.append({**each.columns(), **state, **key})
    session.flush()
    ids = [row[0] for row in insert_returning(session, Signal, rows, ("id",))]
    session.add_all(SignalEvent(signal_id=id_, at=now, who=OURSELVES, status=SignalStatus.NEW) for id_ in ids)
    return list(session.exec(select(Signal).where(col(Signal.id).in_(ids)).order_by(col(Signal.id))).all())


def _ongoing(session: Session, workspace: Workspace, last: date) -> dict[str, Signal]:
    """What goes on, by subject, whoever resolved it meanwhile: a sight of the same is no news."""
    mine = (Signal.workspace_id == workspace.id, ~col(Signal.ended))
    rows = session.exec(select(Signal).where(*mine).order_by(col(Signal.last_seen))).all()
    return {row.subject: row for row in rows if _lasts(row) == NONE or last - row.last_seen <= _lasts(row)}


def _lasts(of: Signal) -> timedelta:
    """How long it may stay out of sight; a state, such as an outage, ends at the first look without it."""
    kind = KINDS.get(of.kind)
    return timedelta(days=kind.lasts) if kind else NONE


def _is_told_by_engine(found: Finding, known: Iterable[Signal]) -> bool:
    """Whether the same fall was told on an engine: over all engines it is no news."""
    if found.engine:
        return False
    return any(row.engine and place(row) == place(found) for row in known)


def _end(session: Session, workspace: Workspace, last: date, now: datetime) -> None:
    """Resolve what has not been seen for as long as its kind lasts."""
    mine = (Signal.workspace_id == workspace.id, ~col(Signal.ended))
    for row in session.exec(select(Signal).where(*mine)).all():
        if last - row.last_seen > _lasts(row):
            row.ended = True
            session.add(row)
            if row.status != SignalStatus.RESOLVED:
                _set(session, row, SignalStatus.RESOLVED, OURSELVES, "", now)


def mark(session: Session, slug: str, name: str, status: str, who: str, reason: str, now: datetime) -> Signal:
    """Set where a signal stands, `name` being its fingerprint or the start of it; inside a writing transaction.

    Raises `UsageError` for an unknown signal, one of several, an unknown status, or `expected` without a reason.
    """
    if status not in MARKS:
        raise UsageError(f"a signal is marked {', '.join(MARKS)}, not {status!r}")
    reason = " ".join(reason.split())
    if status == SignalStatus.EXPECTED and not reason:
        raise UsageError("expected needs a reason: --reason 'relaunch on 12 May'")
    if len(reason) > LONGEST_REASON:
        raise UsageError(f"a reason has at most {LONGEST_REASON} characters")
    row = _named(session, slug, name)
    _set(session, row, SignalStatus(status), who, reason, now)
    return row


def _named(session: Session, slug: str, name: str) -> Signal:
    workspace = workspace_named(session, slug)
    started = col(Signal.fingerprint).startswith(name, autoescape=True)
    found: Sequence[Signal] = session.exec(
        select(Signal).where(Signal.workspace_id == workspace.id, started).limit(2)
    ).all()
    if not name or not found:
        raise UsageError(f"no signal {name!r} in {slug}: 'geo-tracker signals -w {slug}' lists them")
    if len(found) > 1:
        raise UsageError(f"several signals of {slug} begin with {name!r}: give more of the fingerprint")
    return found[0]


def _set(session: Session, row: Signal, status: SignalStatus, who: str, reason: str, now: datetime) -> None:
    if (row.status, row.reason) == (status, reason):
        return
    was = row.status
    row.status, row.reason = status, reason
    session.add(row)
    session.add(SignalEvent(signal_id=row.id, at=now, who=who[:200], status=status, reason=reason))
    if who != OURSELVES:
        workspace = session.get_one(Workspace, row.workspace_id)
        told = (session, workspace, who, now, "signal", "mark", row.fingerprint)
        note(*told, before=was, after=status, reason=reason)
