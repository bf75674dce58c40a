"""Run what the panels' cron makes due, for as long as it is left running."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Annotated

import sqlalchemy as sa
import typer
from sqlmodel import Session, col, select

from geo_tracker.cli._children import Child, log
from geo_tracker.cli._console import Json
from geo_tracker.cli._due import (
    BEGINS,
    REPORT,
    RUN,
    SEND,
    SEND_AGAIN,
    TICK,
    Command,
    free_what_died,
    has_messages,
    has_report,
    left_behind,
)
from geo_tracker.cli._place import Place
from geo_tracker.collect.schedule import has_work, pause_after
from geo_tracker.storage.database import reading, trouble
from geo_tracker.storage.models import Workspace

app = typer.Typer()

POLL = 5.0
"""Seconds between two looks at a running pass."""


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
    """Plan, ask, crawl, score, tell and report whatever is due, in every workspace, until interrupted.

    Each pass is a `run --due` in a process of its own: what one breaks, the others do not notice. Over PostgreSQL any
    number of workers on any number of hosts share the work through a queue of Procrastinate. Interrupted, it starts
    nothing more, lets the running passes put away what they have in hand, and ends. With --once, exit 1 if a pass
    failed.
    """
    place, spread = Place(), timedelta(seconds=jitter)
    log("worker", f"started: {concurrency} at once", json=json)
    if place.engine.dialect.name == "postgresql" and not once:
        from geo_tracker.cli._queue import run_queue  # of the extra `postgres`

        run_queue(place, concurrency, spread, json)
    else:
        _run_here(Passes(place, concurrency, spread, json), once=once, json=json)


def _run_here(passes: Passes, *, once: bool, json: bool) -> None:
    """Look and run in this one process, which no other knows of."""
    stopping = Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stopping.set())
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
class Backoff:
    """A workspace whose last passes left work behind."""

    failures: int
    until: datetime


class Passes:
    """The passes that run now, and the workspaces that rest after one that failed."""

    def __init__(self, place: Place, concurrency: int, jitter: timedelta, json: bool) -> None:
        self.running: dict[str, Child] = {}
        self.failed = 0
        self._place, self._concurrency, self._jitter, self._json = place, concurrency, jitter, json
        self._backoffs: dict[str, Backoff] = {}
        self._sending: set[str] = set()
        self._unsent: dict[str, datetime] = {}
        self._turns: dict[str, int] = {}

    def start_due(self) -> None:
        """Start a pass for each workspace that has work, as many as may run at once."""
        try:
            for slug, command in sorted(self._wanted(datetime.now(UTC)), key=self._turn):
                if len(self.running) < self._concurrency:
                    self._turns[slug] = max(self._turns.values(), default=0) + 1
                    log("worker", f"{slug}: {BEGINS[command]}", json=self._json)
                    self.running[slug] = Child(slug, [*command, "--workspace", slug], self._json)
                    self._sending = self._sending - {slug} | ({slug} if command != RUN else set())
        except sa.exc.OperationalError as error:
            log("worker", trouble(error), json=self._json)

    def _turn(self, wanted: tuple[str, Command]) -> int:
        """Who has waited longest comes first: a workspace that always has work keeps none of the others waiting."""
        return self._turns.get(wanted[0], 0)

    def _wanted(self, now: datetime) -> list[tuple[str, Command]]:
        """What to start in which workspace: a pass where one is due, else messages or a report that are."""
        free_what_died(self._place)
        with reading(self._place.engine) as session:
            found = session.exec(select(Workspace).order_by(col(Workspace.slug))).all()
            free = [each for each in found if each.slug not in self.running]
            commands = {each.slug: self._command(session, each, now) for each in free}
        return [(slug, command) for slug, command in commands.items() if command]

    def _command(self, session: Session, of: Workspace, now: datetime) -> Command:
        if self._is_awake(of.slug, now) and has_work(session, of, now, self._jitter):
            return RUN
        if self._unsent.get(of.slug, now) > now:
            return ()
        if has_messages(session, of, now):
            return SEND
        return REPORT if has_report(session, of, self._place.settings.environment, now) else ()

    def _is_awake(self, slug: str, now: datetime) -> bool:
        return slug not in self._backoffs or self._backoffs[slug].until <= now

    def collect(self) -> None:
        """Take note of the passes that have ended, and start others in their place."""
        ended = {slug: code for slug, child in self.running.items() if (code := child.ended()) is not None}
        for slug, code in ended.items():
            del self.running[slug]
            if slug in self._sending:
                self._note_sending(slug, code)
            else:
                self._note(slug, code)
        if ended:
            self.start_due()

    def _note_sending(self, slug: str, code: int) -> None:
        """What could not be sent, for want of an address perhaps, is not tried again at every look."""
        if code:
            self.failed += 1
            self._unsent[slug] = datetime.now(UTC) + SEND_AGAIN
            log(
                "worker",
                f"{slug}: something was not sent: tried again in {SEND_AGAIN.seconds // 60} min",
                json=self._json,
            )

    def _note(self, slug: str, code: int) -> None:
        """A workspace whose pass left rows that it could not ask is not tried again at once."""
        left = left_behind(self._place, slug)
        self.failed += bool(code)
        log("worker", f"{slug}: {f'ended with code {code}' if code else 'done'}", json=self._json)
        if not left:
            self._backoffs.pop(slug, None)
            return
        failures = self._backoffs[slug].failures + 1 if slug in self._backoffs else 1
        pause = pause_after(failures)
        self._backoffs[slug] = Backoff(failures, datetime.now(UTC) + pause)
        told = f"{slug}: rows are left that could not be asked; tried again in {pause.seconds // 60} min"
        log("worker", told, json=self._json)

    def stop(self) -> None:
        """End the passes: each puts away what it has in hand; what was planned stays planned."""
        for child in self.running.values():
            child.stop()
        for child in self.running.values():
            child.wait()
