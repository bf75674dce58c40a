"""The pace that all workers keep: turns, the breaker's rests and probes, and what is in flight anywhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from geo_tracker.storage.database import writing
from geo_tracker.storage.models import Answer, EnginePace, PaceState, Prompt, Run, Workspace
from geo_tracker.storage.paces import (
    Allowance,
    EngineLimits,
    Trouble,
    allowance,
    note_answer,
    note_failure,
    resting,
    turns,
)

T = TypeVar("T")
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
NUMBERS = count()
LIMITS = EngineLimits("kimi", "api.example", delay=0.5, concurrency=3, timeout=60)


class Clock:
    """Calls each function in a transaction of its own, at a time that the test sets."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self.now = NOW

    def __call__(self, job: Callable[[Session], T]) -> T:
        with writing(self._engine) as session:
            return job(session)

    def fails(
        self, reason: str = "HTTP 503", until: datetime | None = None, for_all: bool = False
    ) -> datetime | None:
        trouble = Trouble(reason, until, for_all)
        return self(lambda s: note_failure(s, LIMITS, trouble, self.now, failures=3, pause=30))

    def answers(self) -> bool:
        return self(lambda s: note_answer(s, LIMITS, self.now))

    def allowance(self, wanted: int = 3, workspace: int = 1) -> Allowance:
        return self(lambda s: allowance(s, LIMITS, wanted, self.now, workspace=workspace))

    def turn(self) -> datetime | None:
        return self(lambda s: turns(s, LIMITS, 1, self.now))[0].at

    def pace(self) -> EnginePace:
        return self(lambda s: s.exec(select(EnginePace)).one())


@pytest.fixture
def clock(engine: sa.Engine) -> Clock:
    return Clock(engine)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_turns_are_as_far_apart_as_the_engine_asks(clock: Clock) -> None:
    assert [clock.turn() for _ in range(3)] == [NOW, after(0.5), after(1.0)]
    clock.now = after(9)
    assert clock.turn() == after(9)
    together = clock(lambda s: turns(s, LIMITS, 3, clock.now))
    assert [turn.at for turn in together] == [after(9.5), after(10.0), after(10.5)]
    assert clock.turn() == after(11.0)


def test_a_rate_limit_slows_all_down_once_and_eases_off(clock: Clock) -> None:
    for _ in range(2):  # two that were in flight together
        assert clock.fails(until=after(5)) is None
    assert (clock.pace().state, clock.pace().delay) == (PaceState.SLOWED, 1.0)
    assert clock.allowance() == Allowance(0, after(5))
    assert [clock.turn() for _ in range(2)] == [after(5), after(6)]
    for _ in range(9):
        clock.answers()
    assert (clock.pace().state, clock.pace().delay) == (PaceState.OPEN, 0.0)
    clock.now = after(20)
    assert [clock.turn() for _ in range(2)] == [after(20), after(20.5)]


def test_failures_in_a_row_rest_an_engine_and_one_probe_wakes_it(clock: Clock) -> None:
    assert [clock.fails() for _ in range(2)] == [None, None]
    clock.answers()
    assert [clock.fails() for _ in range(3)] == [None, None, after(30)], "an answer between begins anew"
    assert clock.fails() == after(30), "what was in flight does not prolong the rest"
    assert clock.turn() is None
    assert clock.allowance() == Allowance(0, after(30))
    clock.now = after(31)
    assert clock.allowance() == Allowance(1)
    assert clock.allowance() == Allowance(0, after(33)), "one probes, the others look again soon"
    assert clock.fails() == after(31 + 60), "each rest is twice as long"
    clock.now = after(100)
    assert clock.allowance() == Allowance(1)
    clock.now = after(100 + 61)
    assert clock.allowance() == Allowance(1), "a probe of which nobody heard again is given up"
    assert clock.answers() is True
    assert (clock.pace().state, clock.pace().failures, clock.pace().pauses) == (PaceState.OPEN, 0, 0)
    assert clock.allowance() == Allowance(3)


def test_a_used_up_balance_rests_at_once_and_never_longer_than_half_an_hour(clock: Clock) -> None:
    rests = []
    for _ in range(9):
        rests.append((clock.fails("no balance", for_all=True) or NOW) - clock.now)
        clock.now = clock.pace().until or NOW
        clock.allowance()
    assert [rest.total_seconds() for rest in rests] == [30, 60, 120, 240, 480, 960, 1800, 1800, 1800]
    with_reason = clock(lambda s: [(each.engine, each.reason) for each in resting(s, ["kimi", "qwen"])])
    assert with_reason == [("kimi", "no balance")]


def hold(
    session: Session, workspace: int, engine: str, *, sandbox: bool = False, seconds: float = 60
) -> Answer:
    """Have a worker hold an answer of a workspace."""
    if session.get(Workspace, workspace) is None:
        session.add(Workspace(id=workspace, slug=f"w{workspace}", name="W"))
        session.flush()
        session.add(Prompt(id=workspace, workspace_id=workspace, text="?"))
        session.add(Run(id=workspace, workspace_id=workspace))
        session.flush()
    at = next(NUMBERS)
    own: dict[str, Any] = dict.fromkeys(("workspace_id", "run_id", "prompt_id"), workspace)
    held: dict[str, Any] = {
        "claimed_by": f"host/{4_000_000 + at}/1.00",
        "claimed_until": after(seconds),
    }
    answer = Answer(**own, **held, day=date(2026, 11, 24), engine=engine, sandbox=sandbox, key=str(at))
    session.add(answer)
    session.flush()
    return answer


def test_workspaces_that_ask_one_engine_at_once_share_its_places(clock: Clock) -> None:
    held: dict[int, list[int]] = {1: [], 2: []}

    def take(workspace: int) -> Allowance:
        given = clock.allowance(3 - len(held[workspace]), workspace)
        for _ in range(given.requests):
            held[workspace].append(clock(lambda s: hold(s, workspace, "kimi").id))
        return given

    def answered(workspace: int) -> None:
        gone = held[workspace].pop()
        clock(lambda s: s.delete(s.get_one(Answer, gone)))

    assert take(1) == Allowance(3), "nobody else is there"
    assert take(2) == Allowance(0, after(1))
    answered(1)
    assert take(1) == Allowance(0, after(1)), "the next place is for who waits"
    assert take(2) == Allowance(1)
    answered(1)
    assert take(1) == Allowance(1), "nobody waits any more"
    assert take(2) == Allowance(0, after(1)), "one is less than its share of three places, two"
    answered(1)
    assert take(1) == Allowance(0, after(1))
    assert (take(2), take(2)) == (Allowance(1), Allowance(0, after(1)))
    assert (len(held[1]), len(held[2])) == (1, 2)
    assert take(2) == Allowance(0, after(1))
    answered(1)
    assert take(1) == Allowance(1), "who has its share waits for nothing, and holds up nobody"


def test_who_has_its_share_leaves_what_is_free_to_who_waits(clock: Clock) -> None:
    six = EngineLimits("qwen", "h", 0, 6, 60)

    def ask(workspace: int) -> int:
        return clock(lambda s: allowance(s, six, 6, clock.now, workspace=workspace)).requests

    held = [clock(lambda s: hold(s, 1, "qwen").id) for _ in range(6)]
    assert ask(2) == 0
    for gone in held[:3]:
        clock(lambda s, gone=gone: s.delete(s.get_one(Answer, gone)))  # type: ignore[misc]
    assert (ask(1), ask(2)) == (0, 3)


def test_one_place_goes_round_and_nobody_is_waited_for_who_does_not_come_back(clock: Clock) -> None:
    only = EngineLimits("qwen", "h", 0, 1, 60)

    def ask(workspace: int) -> int:
        return clock(lambda s: allowance(s, only, 3, clock.now, workspace=workspace)).requests

    def answered(answer: int) -> None:
        clock(lambda s: s.delete(s.get_one(Answer, answer)))

    first = clock(lambda s: hold(s, 1, "qwen").id)
    assert ask(2) == 0
    answered(first)
    assert ask(1) == 0, "it has had its turn"
    assert ask(3) == 0
    assert ask(2) == 1
    second = clock(lambda s: hold(s, 2, "qwen").id)
    assert ask(1) == 0
    answered(second)
    assert ask(2) == 0
    clock.now = after(4)
    assert ask(2) == 1


def test_what_others_hold_counts(clock: Clock) -> None:
    def others(session: Session) -> None:
        for engine, sandbox, seconds in (
            ("kimi", False, 60),
            ("kimi", False, 60),
            ("kimi", False, -1),
            ("kimi", True, 60),
            ("qwen", False, 60),
        ):
            hold(session, 1, engine, sandbox=sandbox, seconds=seconds)

    clock(others)
    assert clock.allowance() == Allowance(1)
    assert clock(
        lambda s: allowance(s, EngineLimits("qwen", "h", 0, 1, 60), 5, NOW, workspace=1)
    ) == Allowance(0, after(1))
    with pytest.MonkeyPatch.context() as patch:  # unless they are of this host and have died
        patch.setattr("socket.gethostname", lambda: "host")
        assert clock(
            lambda s: allowance(s, EngineLimits("qwen", "h", 0, 1, 60), 5, NOW, workspace=1)
        ) == Allowance(1)
