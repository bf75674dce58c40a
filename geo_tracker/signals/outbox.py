"""What goes out to which channel: each signal once, a failure tried again and told."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlmodel import Session, col, select, update

from geo_tracker.delivery.sending import Message, Sent, Sleep, TextFile, send
from geo_tracker.delivery.targets import Target
from geo_tracker.i18n import translate
from geo_tracker.signals.channels import Channel, channels
from geo_tracker.signals.evidence_links import base_address, links
from geo_tracker.signals.kinds import KINDS
from geo_tracker.signals.life import LIVE
from geo_tracker.signals.listing import read_signals
from geo_tracker.signals.text import kind_text, sentence
from geo_tracker.storage.database import insert_returning, reading, writing
from geo_tracker.storage.models import DeliveryStatus, Signal, SignalDelivery, SignalStatus, Workspace

Why = Literal["now", "digest"]
OLDEST = timedelta(days=14)
"""A signal told longer ago does not go out any more: two weekly digests had room for it."""
AGAIN = timedelta(minutes=15)
"""From one failed attempt to the next."""
BROKEN_OFF = timedelta(hours=1)
"""A delivery that began so long ago and did not end was killed: it may have arrived."""
MOST = 30
"""Signals that one message spells out."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Signals that go to one channel in one message."""

    channel: Channel
    why: Why
    signals: tuple[Signal, ...]
    held: bool = False
    """Waits for the end of the quiet hours."""


def batches(session: Session, workspace: Workspace, channel: Channel, now: datetime) -> Iterator[Batch]:
    """What is due to a channel: at once what it chose, the rest when its digest is due; nothing where nothing is."""
    waiting = _waiting(session, workspace, channel, now)
    due = channel.last_due(now)
    at_once = [row for row in waiting if row.kind in channel.now and row.status in LIVE]
    rest = [row for row in waiting if row not in at_once and due and row.first_told and row.first_told <= due]
    groups: list[tuple[Why, list[Signal]]] = [("now", at_once), ("digest", rest)]
    for why, rows in groups:
        if rows:
            yield Batch(channel, why, tuple(rows), held=channel.is_quiet(now))


def has_due(session: Session, workspace: Workspace, now: datetime) -> bool:
    """Whether anything would go out now."""
    found = (each for of in channels(workspace) for each in batches(session, workspace, of, now))
    return any(not each.held for each in found)


def _waiting(session: Session, workspace: Workspace, channel: Channel, now: datetime) -> list[Signal]:
    """Signals that have not gone to the channel, the newest first."""
    failed = col(SignalDelivery.status) == DeliveryStatus.FAILED
    again = sa.and_(failed, col(SignalDelivery.at) <= now - AGAIN)
    done = select(SignalDelivery.signal_id).where(SignalDelivery.channel == channel.name, ~again)
    gone = set(session.exec(done).all())
    found = read_signals(session, workspace.slug)
    return [row for row in found if row.id not in gone and _is_news(row, now)]


def _is_news(of: Signal, now: datetime) -> bool:
    """What is open; and what was a state, such as an outage, also when it is over."""
    kind = KINDS.get(of.kind)
    is_over = of.status == SignalStatus.RESOLVED and kind is not None and kind.lasts == 0
    return (of.status in LIVE or is_over) and of.first_told is not None and now - of.first_told <= OLDEST


def message_of(batch: Batch, workspace: Workspace, environment: Mapping[str, str]) -> Message:
    """What is sent: a sentence and two addresses a signal."""
    channel = batch.channel
    t, base = translate(channel.language), base_address(environment)
    count = len(batch.signals)
    title = t(f"signal.message.{batch.why}", workspace=workspace.name, count=count)
    lines = [_lines(row, workspace, channel, base) for row in batch.signals[:MOST]]
    if count > MOST:
        lines.append(t("signal.message.more", count=count - MOST))
    body = "\n\n".join(lines)
    moment = max(row.first_told for row in batch.signals if row.first_told)
    name = f"signals-{workspace.slug}-{channel.language}-{batch.why}-{moment:%Y%m%dT%H%M%S}.txt"
    return Message(title, body, (TextFile(name, f"{title}\n\n{body}\n"),), attached=False)


def _lines(row: Signal, workspace: Workspace, channel: Channel, base: str) -> str:
    t = translate(channel.language)
    over = "" if row.status in LIVE else t("text.gap") + t("signal.message.over")
    where = links(row, workspace.slug, channel.language, base)
    told = t("signal.message.item", kind=kind_text(row.kind, t), says=sentence(row, t))
    seen = (t(f"signal.message.{name}", address=where[name]) for name in ("view", "answers"))
    return "\n".join([told + over, *(seen if base else ())])


def deliver(
    engine: sa.Engine,
    workspace: Workspace,
    batch: Batch,
    environment: Mapping[str, str],
    now: datetime,
    sleep: Sleep = time.sleep,
) -> Sent | None:
    """Send a batch and keep how it went; None where another process has taken it meanwhile.

    Raises `UsageError`, and takes nothing, where the environment has no address for the channel.
    """
    target = batch.channel.target(environment)
    with writing(engine) as session:
        taken = _take(session, batch, now)
    mine = tuple(row for row in batch.signals if row.id in taken)
    if not mine:
        return None
    sent = _send(Batch(batch.channel, batch.why, mine), workspace, environment, target, sleep)
    with writing(engine) as session:
        status = DeliveryStatus.FAILED if sent.error else DeliveryStatus.SENT
        _note(session, batch.channel, taken, {"status": status, "error": sent.error[:500], "at": now})
    return sent


def _send(
    batch: Batch, workspace: Workspace, environment: Mapping[str, str], target: Target, sleep: Sleep
) -> Sent:
    return send(message_of(batch, workspace, environment), target, sleep)


def _take(session: Session, batch: Batch, now: datetime) -> set[int]:
    """Claim signals for this process: those never tried, and those that failed."""
    ids = [row.id for row in batch.signals]
    of_channel = (col(SignalDelivery.channel) == batch.channel.name, col(SignalDelivery.signal_id).in_(ids))
    again = (
        update(SignalDelivery)
        .where(*of_channel, col(SignalDelivery.status) == DeliveryStatus.FAILED)
        .values(status=DeliveryStatus.SENDING, at=now, tries=SignalDelivery.tries + 1)
        .returning(col(SignalDelivery.signal_id))
    )
    retried = {row[0] for row in session.connection().execute(again)}
    fresh = [
        {
            "signal_id": id_,
            "channel": batch.channel.name,
            "status": DeliveryStatus.SENDING,
            "at": now,
            "tries": 1,
        }
        for id_ in ids
    ]
    return retried | {row[0] for row in insert_returning(session, SignalDelivery, fresh, ("signal_id",))}


def _note(session: Session, channel: Channel, taken: set[int], values: Mapping[str, Any]) -> None:
    mine = (col(SignalDelivery.channel) == channel.name, col(SignalDelivery.signal_id).in_(taken))
    session.exec(update(SignalDelivery).where(*mine).values(**values))


def give_up(engine: sa.Engine, workspace: Workspace, now: datetime) -> list[SignalDelivery]:
    """End deliveries that were broken off or failed for too long; returns them, to be told."""
    mine = select(Signal.id).where(Signal.workspace_id == workspace.id)
    old = select(Signal.id).where(Signal.workspace_id == workspace.id, col(Signal.first_told) < now - OLDEST)
    broken = sa.and_(
        col(SignalDelivery.status) == DeliveryStatus.SENDING, col(SignalDelivery.at) < now - BROKEN_OFF
    )
    late = sa.and_(
        col(SignalDelivery.status) == DeliveryStatus.FAILED, col(SignalDelivery.signal_id).in_(old)
    )
    with writing(engine) as session:
        rows = session.exec(
            select(SignalDelivery).where(col(SignalDelivery.signal_id).in_(mine), sa.or_(broken, late))
        ).all()
        for row in rows:
            if row.status == DeliveryStatus.SENDING:
                row.error = "broken off: it may have arrived, so it is not sent again"
            row.status = DeliveryStatus.GIVEN_UP
            session.add(row)
    return list(rows)


def undelivered(engine: sa.Engine, workspace: Workspace) -> Sequence[tuple[SignalDelivery, Signal]]:
    """Deliveries that failed or were given up, with their signals, the newest first."""
    bad = (DeliveryStatus.FAILED, DeliveryStatus.GIVEN_UP)
    joined = select(SignalDelivery, Signal).join(Signal).where(Signal.workspace_id == workspace.id)
    with reading(engine) as session:
        found = joined.where(col(SignalDelivery.status).in_(bad)).order_by(col(SignalDelivery.id).desc())
        return session.exec(found.limit(50)).all()
