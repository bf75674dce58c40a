"""Days of the sandbox's markets, imported and scored by the product: quiet ones, or the story with what it plants."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa

from geo_tracker.collect.imports import import_file
from geo_tracker.engines import engine_named
from geo_tracker.sandbox.answering import AnswerEngine
from geo_tracker.sandbox.capturing import apps_of
from geo_tracker.sandbox.records import marked
from geo_tracker.sandbox.web import Web
from geo_tracker.sandbox.wire.base import numbered
from geo_tracker.score.answers import score
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine, reading, workspace_named, writing
from geo_tracker.workspaces.apply import apply
from geo_tracker.workspaces.file import WorkspaceFile, read_workspace

FIRST = date(2026, 6, 1)
QUIET_DAY = 7
"""The day of the story at which a quiet market stands still: before anything planted shows."""


class QuietWeb(Web):
    """The sandbox's web on which every day is the same day of the story; chance still differs by date."""

    def day_of(self, day: date) -> int:
        return QUIET_DAY


@dataclass(frozen=True)
class Market:
    """What is asked, of whom, and how often."""

    slug: str
    engines: Sequence[str]
    repeats: int = 1
    seed: int = 1
    apps: bool = False
    """With what people capture of the assistants' own apps."""

    @property
    def file(self) -> WorkspaceFile:
        with as_file(files("geo_tracker.sandbox").joinpath(f"{self.slug}.yaml")) as path:
            return read_workspace(path)


ENGLISH = Market("demo-en", ("openai", "perplexity", "gemini", "claude"), repeats=2)
CHINESE = Market(
    "demo-zh", ("doubao", "yuanbao", "wenxiaoyan", "kimi", "tongyi", "nano-ai", "deepseek"), repeats=1
)


def rows(of: Market, days: Iterable[date], *, quiet: bool) -> Iterator[dict[str, Any]]:
    """Rows of an import, as the demo's engines would answer on the days."""
    engine = _answering(of, quiet=quiet)
    for day in days:
        for prompt in _prompts(of):
            for name in of.engines:
                for repeat in range(1, of.repeats + 1):
                    answer = engine.answer(name, prompt, day, repeat)
                    if answer.segments:
                        yield _row(answer, name, day, repeat)


def _answering(of: Market, *, quiet: bool) -> AnswerEngine:
    return AnswerEngine(QuietWeb(FIRST) if quiet else Web(FIRST), of.seed)


def _prompts(of: Market) -> list[str]:
    return [prompt.text for prompt in of.file.prompts or () if "branded" not in prompt.tags]


def _row(answer: Any, engine: str, day: date, repeat: int) -> dict[str, Any]:
    text, marks = marked(answer, numbered("[{n}]"))
    sources = [
        {
            "url": source.url,
            "title": source.title,
            "ordinal": number + 1,
            "role": "cited" if number in answer.cited else "retrieved",
            "spans": [[mark.start, mark.end] for mark in marks if mark.source == number],
        }
        for number, source in enumerate(answer.sources)
    ]
    asked = datetime(day.year, day.month, day.day, 12, tzinfo=UTC).isoformat()
    surface = engine_named(engine).surface
    told = {"prompt": answer.prompt, "engine": engine, "surface": surface, "language": answer.language}
    return {**told, "asked_at": asked, "repeat": repeat, "text": text, "citations": sources}


def _files(of: Market, days: Sequence[date], *, quiet: bool) -> Iterator[tuple[str, str]]:
    """What is imported of the days: a file of the engines' answers, and one of each app."""
    lines = (json.dumps(row, ensure_ascii=False) for row in rows(of, days, quiet=quiet))
    yield f"{of.slug}.jsonl", "".join(f"{line}\n" for line in lines)
    times = [datetime(day.year, day.month, day.day, 12, tzinfo=UTC) for day in days]
    for app in apps_of(of.file.workspace.locale.partition("-")[0]) if of.apps else ():
        yield app.file, app.capture(_answering(of, quiet=quiet), _prompts(of), times)


def fill(engine: sa.Engine, folder: Path, of: Market, days: Sequence[date], *, quiet: bool) -> None:
    """Import and score days of a market."""
    with writing(engine) as session:
        apply(session, of.file, datetime.now(UTC))
    archive = Archive((folder / "archive").as_uri())
    with reading(engine) as session:
        workspace = workspace_named(session, of.slug)
    for name, text in _files(of, days, quiet=quiet):
        (folder / name).write_text(text, "utf-8")
        import_file(engine, archive, workspace, folder / name, sandbox=True)
    score(engine, archive, workspace)


@contextmanager
def market_days(of: Market, days: int, *, quiet: bool, start: int = 0) -> Iterator[sa.Engine]:
    """A database of its own with the days of a market from `start` days after `FIRST` up to `days` after it."""
    with TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/geo.db")
        migrate(engine)
        asked = [FIRST + timedelta(days=at) for at in range(start, days)]
        fill(engine, Path(folder), of, asked, quiet=quiet)
        yield engine
        engine.dispose()
