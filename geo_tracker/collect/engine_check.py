"""An engine on check: questions through the real spider, in a database and an archive that are thrown away."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session, col, select

from geo_tracker.collect.worker import OnProgress, crawl
from geo_tracker.config import Settings
from geo_tracker.engines.base import Engine, EngineResponse, ErrorKind, ParsedAnswer, Prompt, answer_from
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine, reading, writing
from geo_tracker.storage.models import Answer, AnswerStatus, Body, Run, Workspace
from geo_tracker.storage.models import Prompt as PromptRow

SLUG = "engine-check"
OPTIONS: Mapping[str, object] = {"ANSWER_PATIENCE": 0}
"""A question that fails is not asked again: the reason is what is wanted."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer."""

    kind: str
    message: str
    retry_after: float | None = None
    """About the seconds after which the engine wants to be asked again."""


@dataclass(frozen=True, slots=True)
class EngineCheck:
    """What became of the question: an answer or a failure."""

    answer: ParsedAnswer | None = None
    failure: Failure | None = None
    seconds: float | None = None
    """From the first request to the last response."""
    bodies: tuple[EngineResponse, ...] = ()
    """What the engine sent, in order."""
    messages: tuple[str, ...] = ()
    """What the spider had to say."""


def check_engine(
    engine: Engine, prompt: Prompt, settings: Settings, on_progress: OnProgress | None = None
) -> EngineCheck:
    """Ask an engine one question, once; costs what one answer costs and leaves nothing behind."""
    (check,) = check_prompts(engine, [prompt], settings, on_progress)
    return check


def check_prompts(
    engine: Engine, prompts: Sequence[Prompt], settings: Settings, on_progress: OnProgress | None = None
) -> list[EngineCheck]:
    """Ask an engine different questions, each once; the checks are in the order of the prompts."""
    if reason := settings.unready(engine):
        return [EngineCheck(failure=Failure(ErrorKind.AUTH, reason)) for _ in prompts]
    with tempfile.TemporaryDirectory(prefix="geo-tracker-") as folder:
        place = _place(settings, Path(folder))
        database = open_engine(place.database_url)
        try:
            migrate(database)
            with writing(database) as session:
                _plan(session, engine, prompts, sandbox=bool(settings.sandbox_url))
            outcome = crawl("answers", SLUG, place, on_progress=on_progress, options=OPTIONS)
            checks = _read(database, place, engine, prompts)
            return [replace(check, messages=outcome.messages) for check in checks]
        finally:
            database.dispose()


def _place(settings: Settings, folder: Path) -> Settings:
    return replace(
        settings,
        database_url=f"sqlite:///{folder / 'check.db'}",
        archive_url=(folder / "archive").as_uri(),
    )


def _plan(session: Session, engine: Engine, prompts: Sequence[Prompt], *, sandbox: bool) -> None:
    """The planned rows; their run belongs to no panel and is due at no time, so they are asked now."""
    workspace = Workspace(slug=SLUG, name=SLUG)
    session.add(workspace)
    session.flush()
    run = Run(workspace_id=workspace.id, label=SLUG, sandbox=sandbox)
    session.add(run)
    for number, prompt in enumerate(prompts):
        asked = PromptRow(
            workspace_id=workspace.id,
            text=prompt.text,
            language=prompt.language or "",
            country=prompt.country or "",
        )
        session.add(asked)
        session.flush()
        answer = Answer(
            workspace_id=workspace.id,
            run_id=run.id,
            prompt_id=asked.id,
            engine=engine.name,
            surface=engine.surface,
            key=f"{SLUG}-{number}",
            sandbox=sandbox,
            day=datetime.now(UTC).date(),
        )
        session.add(answer)
        session.flush()


def _read(
    database: sa.Engine, place: Settings, engine: Engine, prompts: Sequence[Prompt]
) -> list[EngineCheck]:
    archive = Archive(place.archive_url)
    with reading(database) as session:
        rows = session.exec(select(Answer).order_by(col(Answer.id))).all()
        return [
            _check(session, archive, engine, row, prompt) for row, prompt in zip(rows, prompts, strict=True)
        ]


def _check(session: Session, archive: Archive, engine: Engine, row: Answer, prompt: Prompt) -> EngineCheck:
    stored = session.exec(select(Body).where(Body.answer_id == row.id).order_by(col(Body.id))).all()
    bodies = tuple(EngineResponse(body.status, archive.get(body.sha256)) for body in stored)
    last = stored[-1].received_at if stored else None
    seconds = (last - row.asked_at).total_seconds() if last and row.asked_at else None
    if AnswerStatus(row.status).has_text:
        return EngineCheck(answer_from(engine, bodies, prompt), None, seconds, bodies)
    return EngineCheck(None, _failure(row, last), seconds, bodies)


def _failure(row: Answer, last: datetime | None) -> Failure:
    limited = row.error_kind == ErrorKind.RATE_LIMIT
    wait = (row.retry_at - last).total_seconds() if limited and row.retry_at and last else None
    return Failure(row.error_kind or ErrorKind.TRANSIENT, row.error or "it was not asked", wait)
