"""The pace of an engine that all workers keep together: turns, and a circuit breaker that rests it while it fails.

An engine's row is locked until the commit. So that no two transactions wait for each other, whoever locks several goes
by the engines' names, and takes the lock of a workspace's spending before, never after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from geo_tracker.storage.database import insert_new
from geo_tracker.storage.leases import release_dead
from geo_tracker.storage.models import Answer, AnswerStatus, EnginePace, PaceState

LONGEST_PAUSE = timedelta(minutes=30)
SLOWEST = 60.0
"""Seconds between two requests."""
LOOK_AGAIN = timedelta(seconds=1)
"""Between two looks for a free place."""
AT_REST = (PaceState.PAUSED, PaceState.PROBING)


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """Where an engine is asked, and how it wants to be asked."""

    engine: str
    host: str
    delay: float
    """Seconds between requests that the adapter asks for."""
    concurrency: int
    timeout: float
    """Seconds that a request may take."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many requests may begin now, else when to look again."""

    requests: int
    again_at: datetime | None = None


def allowance(
    session: Session, limits: EngineLimits, wanted: int, now: datetime, *, workspace: int
) -> Allowance:
    """How many of the wanted answers of an engine may be claimed; of one at rest one, when its rest is over."""
    pace = _pace(session, limits)
    if pace.state in AT_REST:
        if pace.until and pace.until > now:
            soon = now + timedelta(seconds=2)  # another worker's probe may end any moment
            return Allowance(0, pace.until if pace.state is PaceState.PAUSED else min(soon, pace.until))
        _turn(pace, PaceState.PROBING, now)
        pace.until = now + timedelta(seconds=limits.timeout)
        session.add(pace)
        return Allowance(min(1, wanted))
    if pace.until and pace.until > now:
        return Allowance(0, pace.until)
    held = _in_flight(session, limits.engine, now)
    if sum(held.values()) >= limits.concurrency and release_dead(session, Answer):
        held = _in_flight(session, limits.engine, now)
    free = _fair(pace, held, limits.concurrency, workspace, now)
    session.add(pace)
    return Allowance(min(wanted, free)) if free > 0 else Allowance(0, now + LOOK_AGAIN)


def _fair(pace: EnginePace, held: Mapping[int, int], concurrency: int, workspace: int, now: datetime) -> int:
    """The places of an engine that a workspace may take: nobody's while none waits, else up to its share of them.

    Who has less than its share and finds no place waits for the next; it says so in the engine's row.
    """
    free, mine = concurrency - sum(held.values()), held.get(workspace, 0)
    waiting = pace.waiting if pace.waiting_until and pace.waiting_until > now else None
    share = -(-concurrency // len({*held, workspace, *filter(None, [waiting])}))
    if waiting not in (None, workspace):
        return min(free - 1, share - mine)
    waits = free <= 0 and mine < share
    pace.waiting, pace.waiting_until = (workspace, now + 3 * LOOK_AGAIN) if waits else (None, None)
    return free


def _in_flight(session: Session, engine: str, now: datetime) -> dict[int, int]:
    """Answers of an engine that any worker holds, by workspace."""
    held = (
        col(Answer.status) == AnswerStatus.PLANNED,
        col(Answer.claimed_until) > now,
        col(Answer.engine) == engine,
        col(Answer.sandbox).is_(False),
    )
    counted = select(Answer.workspace_id, func.count()).where(*held).group_by(col(Answer.workspace_id))
    return {int(each): int(count) for each, count in session.exec(counted).all()}


@dataclass(frozen=True, slots=True)
class Turn:
    """When a request may be sent."""

    at: datetime | None
    """Kept free for it; None where the engine rests meanwhile."""
    troubled: bool = False
    """The engine failed of late: an answer is to be noted."""


def turns(session: Session, limits: EngineLimits, count: int, now: datetime) -> list[Turn]:
    """The next moments that are free for so many requests to an engine."""
    pace = _pace(session, limits)
    troubled = bool(pace.failures or pace.delay) or pace.state is not PaceState.OPEN
    if pace.state is PaceState.PAUSED and pace.until and pace.until > now:
        return [Turn(None, troubled)] * count
    slowed_until = pace.until if pace.state is PaceState.SLOWED else None
    taken = pace.next_at or now
    if taken > now + timedelta(seconds=2 * SLOWEST):  # by a clock that was wrong
        taken = now
    apart = timedelta(seconds=max(pace.delay, limits.delay))
    first = max(now, taken, slowed_until or now)
    pace.next_at = first + count * apart
    session.add(pace)
    return [Turn(first + at * apart, troubled) for at in range(count)]


def note_answer(session: Session, limits: EngineLimits, now: datetime) -> bool:
    """The engine answered: failures begin anew, a rest ends, its pace eases back. True where a rest ended."""
    pace = _pace(session, limits)
    ended = pace.state in AT_REST
    eased = 0.9 * pace.delay
    pace.delay = 0.0 if eased < max(0.1, limits.delay) else eased
    pace.failures = pace.pauses = 0
    if ended or (pace.state is PaceState.SLOWED and not pace.delay):
        _turn(pace, PaceState.SLOWED if pace.delay else PaceState.OPEN, now)
        pace.until = None
    session.add(pace)
    return ended


@dataclass(frozen=True, slots=True)
class Trouble:
    """A failure of an engine that other answers share."""

    reason: str
    until: datetime | None = None
    """Of a rate limit: when the engine may be asked again."""
    for_all: bool = False
    """It rests at once, whatever came before: its balance is used up."""


def note_failure(
    session: Session, limits: EngineLimits, trouble: Trouble, now: datetime, *, failures: int, pause: float
) -> datetime | None:
    """One more failure in a row; the end of the rest that it begins or that has begun, None while there is none.

    An engine rests after so many `failures`, for `pause` seconds, then twice as long each time until it answers.
    """
    pace = _pace(session, limits)
    pace.failures += 1
    pace.reason = trouble.reason[:500]
    session.add(pace)
    if pace.state is PaceState.PAUSED and pace.until and pace.until > now:
        return pace.until
    if trouble.until:
        _slow_down(pace, limits, trouble.until, now)
    if not trouble.for_all and pace.state is not PaceState.PROBING and pace.failures < failures:
        return None
    rest = now + min(timedelta(seconds=pause * 2 ** min(pace.pauses, 20)), LONGEST_PAUSE)
    pace.until = max(rest, trouble.until or rest)
    pace.pauses += 1
    _turn(pace, PaceState.PAUSED, now)
    return pace.until


def _slow_down(pace: EnginePace, limits: EngineLimits, until: datetime, now: datetime) -> None:
    """Nobody asks before then, and all more slowly; the requests that were in flight together slow it once."""
    if not pace.until or pace.until <= now:
        pace.delay = min(SLOWEST, max(0.1, 2 * max(pace.delay, limits.delay)))
    if pace.state is PaceState.OPEN:
        _turn(pace, PaceState.SLOWED, now)
    if pace.state is PaceState.SLOWED:
        pace.until = max(until, pace.until or until)


def resting(session: Session, engines: Sequence[str]) -> list[EnginePace]:
    """Those of these engines that are asked more slowly or not at all."""
    slow = (col(EnginePace.engine).in_(engines), col(EnginePace.state) != PaceState.OPEN)
    return list(session.exec(select(EnginePace).where(*slow).order_by(col(EnginePace.engine))).all())


def _turn(pace: EnginePace, state: PaceState, now: datetime) -> None:
    if pace.state is not state:
        pace.state, pace.changed_at = state, now


def _pace(session: Session, limits: EngineLimits) -> EnginePace:
    """The engine's row, locked; made where there is none."""
    one = select(EnginePace).where(EnginePace.engine == limits.engine, EnginePace.host == limits.host)
    locked = one.with_for_update().execution_options(populate_existing=True)
    found = session.exec(locked).first()
    if found is None:
        insert_new(session, EnginePace, [{"engine": limits.engine, "host": limits.host}])
        found = session.exec(locked).one()
    found.state = PaceState(found.state)
    return found
