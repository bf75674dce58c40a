"""One planned answer on its route: its row, its engine's generator and the step it has come to."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from geo_tracker.engines import base
from geo_tracker.engines.base import (
    Access,
    Engine,
    EngineError,
    EngineRequest,
    EngineResponse,
    ErrorKind,
    ParsedAnswer,
)
from geo_tracker.storage.answers import BY_HAND
from geo_tracker.storage.leases import claim
from geo_tracker.storage.models import Answer, AnswerStatus, Body, Prompt, Run, UtcDateTime, Workspace
from geo_tracker.storage.paces import EngineLimits, Turn, turns
from geo_tracker.storage.spending import Limit, lock_spending, take_calls

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claimed row with all that is needed to ask it."""

    answer: Answer
    prompt: Prompt
    due_at: datetime | None
    bodies: Sequence[Body]
    """Stored responses that a new asking starts from, by step."""

    @property
    def sandbox_headers(self) -> dict[str, str]:
        """What the sandbox's simulated clock and dice go by."""
        return {"X-Sandbox-Date": str(self.answer.day), "X-Sandbox-Repeat": str(self.answer.repeat)}


@dataclass(slots=True)
class Asking:
    """Drives an adapter's generator; `step` counts the responses it has taken."""

    row: Claimed
    engine: Engine
    access: Access = field(repr=False)
    step: int = 0
    _generator: base.Asking = field(init=False, repr=False)

    def __post_init__(self) -> None:
        prompt = self.row.prompt
        asked = base.Prompt(prompt.text, language=prompt.language or None, country=prompt.country or None)
        self._generator = self.engine.ask(asked, self.access)

    def advance(self, response: EngineResponse | None) -> EngineRequest | ParsedAnswer:
        """The next request or the answer, after a response (None to begin); raises `EngineError`."""
        try:
            outcome = self._generator.send(response)  # type: ignore[arg-type]
        except StopIteration as stop:
            answer: ParsedAnswer = stop.value
            return answer
        except EngineError:
            raise
        except Exception as error:
            logger.exception("%s: the adapter failed", self.engine.name)
            raise EngineError(ErrorKind.MALFORMED, f"{type(error).__name__}: {error}") from error
        self.step += response is not None
        return outcome


def askable(workspace: Workspace, sandbox: bool) -> list[sa.ColumnElement[bool]]:
    """Planned rows of a workspace, but for those that people ask by hand.

    A sandbox spider never sees a real one, nor the other way round.
    """
    return [
        col(Answer.workspace_id) == workspace.id,
        col(Answer.status) == AnswerStatus.PLANNED,
        col(Answer.sandbox).is_(sandbox),
        ~col(Answer.key).startswith(BY_HAND),
    ]


def claim_answers(
    session: Session, wanted: Sequence[sa.ColumnElement[bool]], room: Mapping[str, int], now: datetime
) -> list[Claimed]:
    """Take rows that may be asked now, as many of each engine as there is room for."""
    due = sa.or_(col(Answer.retry_at).is_(None), col(Answer.retry_at) <= now)
    answers = [
        answer
        for engine, limit in room.items()
        for answer in claim(session, Answer, [*wanted, col(Answer.engine) == engine, due], limit, now)
    ]
    bodies: dict[int, list[Body]] = {answer.id: [] for answer in answers}
    stored = select(Body).where(col(Body.answer_id).in_(bodies), col(Body.superseded).is_(False))
    for body in session.exec(stored.order_by(col(Body.step), col(Body.id))).all():
        bodies[body.answer_id].append(body)
    asked_in = select(Answer.id, Prompt, Run.due_at).join(Prompt).join(Run, col(Answer.run_id) == col(Run.id))
    about = session.exec(asked_in.where(col(Answer.id).in_(bodies))).all()
    prompts = {row_id: (prompt, due_at) for row_id, prompt, due_at in about}
    return [Claimed(answer, *prompts[answer.id], bodies[answer.id]) for answer in answers]


def next_tries(
    session: Session, wanted: Sequence[sa.ColumnElement[bool]], now: datetime
) -> dict[str, datetime]:
    """Per engine, when the first row that nobody holds may be asked."""
    free = sa.or_(col(Answer.claimed_until).is_(None), col(Answer.claimed_until) < now)
    first = func.min(func.coalesce(Answer.retry_at, now))
    return dict(session.exec(select(Answer.engine, first).where(*wanted, free).group_by(Answer.engine)).all())


@dataclass(slots=True)
class Ask:
    """A request that is about to be sent."""

    answer_id: int
    engine: str
    at: datetime | None
    """When the answer was asked for; None for a later step of it."""
    counts: bool = True
    """False of one that only looks whether an answer that was asked for is ready."""
    barred: Limit | None = None
    """What forbids it."""
    turn: Turn | None = None
    """When it may be sent; None where nobody has to wait."""

    @property
    def rests(self) -> bool:
        """Whether the engine is not to be asked now."""
        return self.turn is not None and self.turn.at is None


def mark_asked(
    session: Session,
    asks: Sequence[Ask],
    workspace: Workspace,
    engines: Mapping[str, EngineLimits],
    now: datetime,
    *,
    sandbox: bool,
) -> None:
    """Give requests their turns and count them, as far as engines and budget allow; the others are told why not."""
    lock_spending(session, workspace)
    for engine, group in groupby(sorted(asks, key=lambda ask: ask.engine), key=lambda ask: ask.engine):
        if limits := engines.get(engine):
            alike = list(group)
            for ask, turn in zip(alike, turns(session, limits, len(alike), now), strict=True):
                ask.turn = turn
    counted = [ask for ask in asks if ask.counts and not ask.rests]
    barring = take_calls(session, workspace, [ask.engine for ask in counted], now, sandbox=sandbox)
    for ask, limit in zip(counted, barring, strict=True):
        ask.barred = limit
    answer = sa.inspect(Answer).local_table.c
    values = {
        "attempts": answer.attempts + 1,
        "asked_at": func.coalesce(sa.bindparam("at", type_=UtcDateTime), answer.asked_at),
    }
    statement = sa.update(answer.id.table).where(answer.id == sa.bindparam("row_id")).values(values)
    rows = [{"row_id": ask.answer_id, "at": ask.at} for ask in asks if not (ask.barred or ask.rests)]
    if rows:
        session.connection().execute(statement, rows)
