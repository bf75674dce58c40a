"""Run what the panels' cron makes due, for as long as it is left running."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Annotated

import sqlalchemy as sa
import typer
from sqlmodel import col, select

from geo_tracker.cli._children import Child, log
from geo_tracker.cli._console import Json
from geo_tracker.cli._place import Place
from geo_tracker.collect.schedule import has_work, pause_after
from geo_tracker.storage.database import reading, trouble
from geo_tracker.storage.models import Workspace

app = typer.Typer()

POLL = 5.0
"""Seconds between two looks at a running pass."""
TICK = 30.0
"""Seconds between two looks at what is due; one query a panel: 0.1 % of a core with ten workspaces."""


@app.command()
def worker(
    concurrency: Annotated[int, typer.Option(help="Workspaces that are run at once.", min=1, max=64)] = 1,
    once: Annotated[bool, typer.Option("--once", help="Run what is due now, then end.")] = False,
    jitter: Annotated[
        int,
        typer.Option(help="Seconds over which passes due at the same minute are spread.", min=0, max=3600),
    ] = 0,
    json: Json = False,
) -> None:
    """Plan, ask, crawl, score and tell whatever is due, in every workspace, until interrupted.

    Each pass is a `run --due` in a process of its own: what one breaks, the others do not notice. Several workers, on
    one machine or on many over one PostgreSQL, share the rows. Interrupted, it starts nothing more, lets the running
    passes put away what they have in hand, and ends. With --once, exit 1 if a pass failed.
    """
    stopping = Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stopping.set())
    passes = Passes(Place(), concurrency, timedelta(seconds=jitter), json)
    log("worker", f"started: {concurrency} at once", json=json)
    while not stopping.is_set():
        passes.start_due()
        while passes.running and not stopping.wait(0.2 if once else POLL):
            passes.collect()
        if once:
            break
        stopping.wait(TICK)
    passes.stop()
    log("worker", "ended", json=json)
    if once and passes.failed:
        raise typer.Exit(1)


@dataclass(slots=True)
class Resting:
    """A workspace whose last passes left work behind."""

    failures: int
    until: datetime


class Passes:
    """The passes that run now, and the workspaces that rest after one that failed."""

    def __init__(self, place: Place, concurrency: int, jitter: timedelta, json: bool) -> None:
        self.running: dict[str, Child] = {}
        self.failed = 0
        self._place, self._concurrency, self._jitter, self._json = place, concurrency, jitter, json
        self._resting: dict[str, Resting] = {}

    def start_due(self) -> None:
        """Start a pass for each workspace that has work, as many as may run at once."""
        try:
            for slug in self._wanted(datetime.now(UTC)):
                if len(self.running) < self._concurrency:
                    log("worker", f"{slug}: a pass begins", json=self._json)
                    self.running[slug] = Child(slug, ["run", "--due", "--workspace", slug], self._json)
        except sa.exc.OperationalError as error:
            log("worker", trouble(error), json=self._json)

    def _wanted(self, now: datetime) -> list[str]:
        with reading(self._place.engine) as session:
            workspaces = session.exec(select(Workspace).order_by(col(Workspace.slug))).all()
            awake = (
                each
                for each in workspaces
                if each.slug not in self.running and self._is_awake(each.slug, now)
            )
            return [each.slug for each in awake if has_work(session, each, now, self._jitter)]

    def _is_awake(self, slug: str, now: datetime) -> bool:
        return slug not in self._resting or self._resting[slug].until <= now

    def collect(self) -> None:
        """Take note of the passes that have ended, and start others in their place."""
        ended = {slug: code for slug, child in self.running.items() if (code := child.ended()) is not None}
        for slug, code in ended.items():
            del self.running[slug]
            self._note(slug, code)
        if ended:
            self.start_due()

    def _note(self, slug: str, code: int) -> None:
        """A workspace whose pass left rows that it could not ask is not tried again at once."""
        with reading(self._place.engine) as session:
            workspace = session.exec(select(Workspace).where(Workspace.slug == slug)).first()
            left = workspace is not None and has_work(session, workspace, datetime.now(UTC))
        self.failed += bool(code)
        log("worker", f"{slug}: {f'ended with code {code}' if code else 'done'}", json=self._json)
        if not left:
            self._resting.pop(slug, None)
            return
        failures = self._resting[slug].failures + 1 if slug in self._resting else 1
        pause = pause_after(failures)
        self._resting[slug] = Resting(failures, datetime.now(UTC) + pause)
        told = f"{slug}: rows are left that could not be asked; tried again in {pause.seconds // 60} min"
        log("worker", told, json=self._json)

    def stop(self) -> None:
        """End the passes: each puts away what it has in hand; what was planned stays planned."""
        for child in self.running.values():
            child.stop()
        for child in self.running.values():
            child.wait()
