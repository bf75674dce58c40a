"""Runs a spider in a process of its own: its crash, leak or hang cannot take the caller along."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import IO, Literal

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from geo_tracker.config import Settings
from geo_tracker.errors import GeoTrackerError
from geo_tracker.models import Answer, AnswerStatus, Page, Workspace
from geo_tracker.store import open_engine, pages_of, reading, workspace_named

Spider = Literal["answers", "references"]
OnProgress = Callable[[int, int], None]
"""Called with rows ended and rows to do."""
POLL = 0.25
GRACE = 10.0
"""Seconds that an interrupted spider gets to put away what it has in hand."""
TAIL = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the rows that were planned when the spider began."""

    counts: Mapping[str, int]
    """Rows by the status they have now."""
    messages: tuple[str, ...] = ()
    """What the spider had to say: engines without a key, rows that wait."""

    @property
    def ok(self) -> bool:
        """No row failed and none is left; a refused or empty answer is a result, and so is a blocked page."""
        return not (self.counts.get(AnswerStatus.FAILED) or self.left)

    @property
    def left(self) -> int:
        """Rows still planned."""
        return self.counts.get(AnswerStatus.PLANNED, 0)

    def __add__(self, other: Outcome) -> Outcome:
        counts = Counter(self.counts)
        counts.update(other.counts)
        return Outcome(counts, (*self.messages, *other.messages))

    def __str__(self) -> str:
        return ", ".join(f"{number} {status}" for status, number in self.counts.items()) or "nothing to do"


def crawl(
    spider: Spider,
    workspace: str,
    settings: Settings,
    *,
    on_progress: OnProgress | None = None,
    options: Mapping[str, object] = MappingProxyType({}),
) -> Outcome:
    """Run a spider over the planned rows of a workspace until they have ended or must wait.

    `options` replace settings of `spiders.settings`. Raises `GeoTrackerError` with the last lines of its log if
    the spider crashed, `UsageError` for an unknown workspace. Interrupted, it ends the spider first; what was
    planned stays planned.
    """
    database = open_engine(settings.database_url)
    try:
        rows = _Rows(database, spider, workspace)
        if not rows.planned:
            return Outcome({})
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
            with _running(_command(spider, workspace, options), _environment(settings), log) as process:
                _watch(process, rows, on_progress)
            return _outcome(process, rows, _lines(log))
    finally:
        database.dispose()


def _command(spider: Spider, workspace: str, options: Mapping[str, object]) -> list[str]:
    values = {"LOG_FORMAT": "%(message)s", **options}
    arguments = ["-a", f"workspace={workspace}", "-L", "WARNING"]
    for name, value in values.items():
        arguments += ["-s", f"{name}={value}"]
    return [sys.executable, "-m", "scrapy", "crawl", spider, *arguments]


def _environment(settings: Settings) -> dict[str, str]:
    places = {"GEO_DATABASE_URL": settings.database_url, "GEO_ARCHIVE_URL": settings.archive_url}
    return {
        **settings.environment,
        **places,
        "GEO_SANDBOX_URL": settings.sandbox_url or "",
        "SCRAPY_SETTINGS_MODULE": "spiders.settings",
    }


@contextmanager
def _running(
    command: list[str], environment: Mapping[str, str], log: IO[str]
) -> Iterator[subprocess.Popen[bytes]]:
    # Its own session: a Ctrl-C reaches the caller alone, and a log in a file never blocks or breaks the
    # spider, which goes on to finish its rows if the caller is killed.
    process = subprocess.Popen(  # noqa: S603 - our own command
        command, env=environment, stdout=subprocess.DEVNULL, stderr=log, start_new_session=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class _Rows:
    """The rows that are planned when the spider begins, and what becomes of them."""

    def __init__(self, database: sa.Engine, spider: Spider, slug: str) -> None:
        self._database, self._table = database, Answer if spider == "answers" else Page
        with reading(database) as session:
            self._of_workspace = self._condition(session, workspace_named(session, slug))
            planned = col(self._table.status) == AnswerStatus.PLANNED
            found = session.exec(
                select(func.count(), func.max(self._table.id)).where(self._of_workspace, planned)
            )
            self.planned, self._newest = found.one()
        self._before = self._counts()

    def _condition(self, session: Session, workspace: Workspace) -> sa.ColumnElement[bool]:
        if self._table is Answer:
            return col(Answer.workspace_id) == workspace.id
        return pages_of(workspace)

    def _counts(self) -> Counter[str]:
        status = col(self._table.status)
        statement = select(status, func.count()).where(
            self._of_workspace, col(self._table.id) <= (self._newest or 0)
        )
        with reading(self._database) as session:
            return Counter(dict(session.exec(statement.group_by(status)).all()))

    def ended(self) -> dict[str, int]:
        """How many of them have which status now."""
        now = self._counts()
        changes = {status: number - self._before[status] for status, number in now.items()}
        changes[AnswerStatus.PLANNED] = now[AnswerStatus.PLANNED]
        return {status: number for status, number in changes.items() if number > 0}


def _watch(process: subprocess.Popen[bytes], rows: _Rows, on_progress: OnProgress | None) -> None:
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(POLL)
        if on_progress:
            on_progress(rows.planned - rows.ended().get(AnswerStatus.PLANNED, 0), rows.planned)
        if process.poll() is not None:
            return


def _outcome(process: subprocess.Popen[bytes], rows: _Rows, log: list[str]) -> Outcome:
    if process.returncode:
        last = "\n".join(log[-TAIL:]) or "it left no message"
        raise GeoTrackerError(
            f"the spider ended with code {process.returncode}; run again to resume:\n{last}"
        )
    return Outcome(rows.ended(), tuple(log))


def _lines(log: IO[str]) -> list[str]:
    log.seek(0)
    return [line.rstrip() for line in log if line.strip()]
