"""Runs a spider in a process of its own: its crash, leak or hang cannot take the caller along."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import IO, Literal, Protocol

import sqlalchemy as sa
from sqlmodel import col, func, select

from geo_tracker.config import Settings
from geo_tracker.errors import GeoTrackerError
from geo_tracker.storage.answers import BY_HAND
from geo_tracker.storage.database import open_engine, reading, workspace_named
from geo_tracker.storage.models import Answer, AnswerStatus, Page, PageStatus
from geo_tracker.storage.pages import pages_of, to_crawl

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
        """Of two crawls, one after the other: what the first left, the second had before it."""
        counts = Counter({status: n for status, n in self.counts.items() if status != AnswerStatus.PLANNED})
        counts.update(other.counts)
        return Outcome(counts, (*self.messages, *other.messages))

    def __str__(self) -> str:
        return ", ".join(f"{number} {status}" for status, number in self.counts.items()) or "nothing to do"


def crawl(
    spider: Spider,
    workspace: str,
    settings: Settings,
    *,
    before: datetime | None = None,
    on_progress: OnProgress | None = None,
    options: Mapping[str, object] = MappingProxyType({}),
) -> Outcome:
    """Run a spider over the planned rows of a workspace until they have ended or must wait.

    Pages last asked for `before` a time are asked for again. `options` replace settings of `spiders.settings`.
    Raises `GeoTrackerError` with the last lines of its log if the spider crashed, `UsageError` for an unknown
    workspace. Interrupted, it ends the spider first; what was planned stays planned.
    """
    database = open_engine(settings.database_url)
    try:
        rows = _Answers(database, workspace) if spider == "answers" else _Pages(database, workspace, before)
        if not rows.planned:
            return Outcome({})
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
            with _running(
                _command(spider, workspace, before, options), _environment(settings), log
            ) as process:
                _watch(process, rows, on_progress)
            return _outcome(process, rows, _lines(log))
    finally:
        database.dispose()


def _command(
    spider: Spider, workspace: str, before: datetime | None, options: Mapping[str, object]
) -> list[str]:
    values = {"LOG_FORMAT": "%(message)s", **options}
    arguments = ["-a", f"workspace={workspace}", "-L", "WARNING"]
    if before:
        arguments += ["-a", f"before={before.isoformat()}"]
    for name, value in values.items():
        arguments += ["-s", f"{name}={value}"]
    # -P: a folder called `spiders` where the user stands is not ours.
    return [sys.executable, "-P", "-m", "scrapy", "crawl", spider, *arguments]


def _environment(settings: Settings) -> dict[str, str]:
    places = {"GEO_DATABASE_URL": settings.database_url, "GEO_ARCHIVE_URL": settings.archive_url}
    return {
        **settings.environment,
        **places,
        "GEO_SANDBOX_URL": settings.sandbox_url or "",
        "SCRAPY_SETTINGS_MODULE": "spiders.settings",
        "PYTHONSAFEPATH": "1",
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


class _Rows(Protocol):
    """The rows that are to be done when the spider begins, and what becomes of them."""

    planned: int

    def left(self) -> int:
        """How many of them are still to be done; asked again and again, so it looks at none that has ended."""
        ...

    def ended(self) -> dict[str, int]:
        """How many of them have which status now."""
        ...


class _Answers:
    def __init__(self, database: sa.Engine, slug: str) -> None:
        self._database = database
        with reading(database) as session:
            workspace = workspace_named(session, slug)
            by_hand = col(Answer.key).startswith(BY_HAND)
            mine = sa.and_(col(Answer.workspace_id) == workspace.id, ~by_hand)
            planned = select(func.count(), func.max(Answer.id)).where(
                mine, col(Answer.status) == AnswerStatus.PLANNED
            )
            self.planned, newest = session.exec(planned).one()
        self._them = sa.and_(mine, col(Answer.id) <= (newest or 0))
        self._before = self._counts()

    def _counts(self) -> Counter[str]:
        status = col(Answer.status)
        with reading(self._database) as session:
            return Counter(
                dict(session.exec(select(status, func.count()).where(self._them).group_by(status)).all())
            )

    def left(self) -> int:
        still = select(func.count()).where(self._them, col(Answer.status) == AnswerStatus.PLANNED)
        with reading(self._database) as session:
            return session.exec(still).one()

    def ended(self) -> dict[str, int]:
        now = self._counts()
        changes = {status: number - self._before[status] for status, number in now.items()}
        changes[AnswerStatus.PLANNED] = now[AnswerStatus.PLANNED]
        return {status: number for status, number in changes.items() if number > 0}


class _Pages:
    """A page that was fetched before and had not changed counts as `unchanged`, one that was away as `kept`."""

    def __init__(self, database: sa.Engine, slug: str, before: datetime | None) -> None:
        self._database, self._started = database, datetime.now(UTC)
        with reading(database) as session:
            mine = pages_of(workspace_named(session, slug))
            self._to_do = sa.and_(mine, to_crawl(before))
            first = select(func.count(), func.max(Page.id)).where(self._to_do)
            self.planned, newest = session.exec(first).one()
        old = col(Page.id) <= (newest or 0)
        moved = col(Page.target_id).in_(select(Page.id).where(mine))
        self._to_do = sa.and_(self._to_do, old)
        self._done = sa.and_(sa.or_(mine, moved), old, col(Page.checked_at) >= self._started)

    def left(self) -> int:
        with reading(self._database) as session:
            return session.exec(select(func.count()).select_from(Page).where(self._to_do)).one()

    def ended(self) -> dict[str, int]:
        as_it_was = sa.and_(col(Page.status) == PageStatus.FETCHED, col(Page.fetched_at) < self._started)
        became = sa.case(
            (sa.and_(as_it_was, col(Page.error).is_(None)), "unchanged"),
            (as_it_was, "kept"),
            else_=col(Page.status),
        ).label("became")
        with reading(self._database) as session:
            done = session.exec(select(became, func.count()).where(self._done).group_by(became)).all()
        left = self.left()
        return {**dict(done), **({PageStatus.PLANNED.value: left} if left else {})}


def _watch(process: subprocess.Popen[bytes], rows: _Rows, on_progress: OnProgress | None) -> None:
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(POLL)
        if on_progress:
            on_progress(rows.planned - rows.left(), rows.planned)
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
