"""The worker over PostgreSQL: Procrastinate says on which host a workspace goes next, the planned rows what it asks.

A job holds nothing but a workspace's name and which command to start. One that is lost is found missing at the next
look, because rows or panels are still due then; one that runs twice finds each row asked already.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import procrastinate
import sqlalchemy as sa
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Status
from procrastinate.schema import SchemaManager
from sqlmodel import col, select

from geo_tracker.cli._children import Child, log
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

VERSION = "_".join(procrastinate.__version__.split(".")[:2])
SCHEMA = f"procrastinate_{VERSION}"
"""Of the queue's own tables. Each version has its own: jobs are worth nothing, so none is carried over, and workers of
two versions side by side, as in an upgrade, share the planned rows alone."""
LOCK = 7364503
EVERY_TICK = "* * * * * */30"
"""In cron's terms, the sixth field being seconds."""
HEARTBEAT = 10.0
"""Seconds between two signs of life of a worker."""
STALLED = 60.0
"""Seconds without one after which a worker's jobs are taken for lost."""


class Queue:
    """One worker process: takes jobs, runs each as a command in a process of its own, and looks for what is due."""

    def __init__(self, place: Place, concurrency: int, jitter: timedelta, json: bool) -> None:
        self._place, self._concurrency, self._jitter, self._json = place, concurrency, jitter, json
        self._children: list[Child] = []
        self._stopping = False
        self._app: Any = procrastinate.App(connector=_connector(place.engine.url))
        self._look = self._task(self.look, "look", queueing_lock="look")
        self._go = self._task(self.go, "go")
        self._app.periodic(cron=EVERY_TICK)(self._look)

    def _task(self, call: Callable[..., Coroutine[Any, Any, None]], name: str, **options: Any) -> Any:
        return self._app.task(name=name, **options)(call)

    async def run(self) -> None:
        """Work until SIGTERM or SIGINT; running passes then put away what they have in hand."""
        await asyncio.to_thread(_make_schema, self._place.engine)
        loop = asyncio.get_running_loop()
        async with self._app.open_async():
            with suppress(AlreadyEnqueued):
                await self._look.defer_async(timestamp=0)
            working = asyncio.ensure_future(
                self._app.run_worker_async(
                    concurrency=self._concurrency,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    fetch_job_polling_interval=TICK,  # the database tells of new jobs by itself
                    abort_job_polling_interval=TICK,
                    update_heartbeat_interval=HEARTBEAT,
                    stalled_worker_timeout=STALLED,
                )
            )
            for each in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(each, self._drain, working)
            with suppress(asyncio.CancelledError):
                await working
        log("worker", "ended", json=self._json)

    def _drain(self, working: asyncio.Future[None]) -> None:
        self._stopping = True
        for child in self._children:
            child.stop()
        working.cancel()  # takes no further job and waits for those that run

    async def look(self, timestamp: int) -> None:
        """Queue each workspace that has something to do, and drop the jobs of workers that have died."""
        for job in await self._app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED):
            await self._app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
        try:
            due = await asyncio.to_thread(self._due)
        except sa.exc.OperationalError as error:
            log("worker", trouble(error), json=self._json)
            return
        for slug, command in due:
            await self._queue(slug, command)

    def _due(self) -> list[tuple[str, Command]]:
        free_what_died(self._place)
        now, found = datetime.now(UTC), []
        with reading(self._place.engine) as session:
            for each in session.exec(select(Workspace).order_by(col(Workspace.slug))).all():
                if has_work(session, each, now, self._jitter):
                    found.append((each.slug, RUN))
                if has_messages(session, each, now):
                    found.append((each.slug, SEND))
                if has_report(session, each, self._place.settings.environment, now):
                    found.append((each.slug, REPORT))
        return found

    async def _queue(
        self, slug: str, command: Command, failures: int = 0, after: timedelta = timedelta(0)
    ) -> None:
        """One waiting job a workspace and command, and one that runs: more workers would ask no faster."""
        name = f"{command[0]}/{slug}"
        options = {"queueing_lock": name, "lock": name, "schedule_in": {"seconds": after.total_seconds()}}
        with suppress(AlreadyEnqueued):
            job = self._go.configure(**options)
            await job.defer_async(slug=slug, command=list(command), failures=failures)

    async def go(self, slug: str, command: Sequence[str], failures: int) -> None:
        """Run a command for a workspace; what is left, it queues again for later."""
        wanted = tuple(command)
        if self._stopping or (slug, wanted) not in await asyncio.to_thread(self._due):
            return
        log("worker", f"{slug}: {BEGINS[wanted]}", json=self._json)
        child = Child(slug, [*wanted, "--workspace", slug], self._json)
        self._children.append(child)
        try:
            code = await asyncio.to_thread(child.process.wait)
        finally:
            self._children.remove(child)
        log("worker", f"{slug}: {f'ended with code {code}' if code else 'done'}", json=self._json)
        if not self._stopping:
            await self._after(slug, wanted, code, failures)

    async def _after(self, slug: str, command: Command, code: int, failures: int) -> None:
        if command != RUN:
            rest = SEND_AGAIN if code else timedelta(0)
        else:
            left = await asyncio.to_thread(left_behind, self._place, slug)
            rest = pause_after(failures + 1) if left else timedelta(0)
        if rest:
            told = (
                f"{slug}: something is left that could not be done; tried again in {rest.seconds // 60} min"
            )
            log("worker", told, json=self._json)
            await self._queue(slug, command, failures + 1, rest)


def _connector(url: sa.URL) -> procrastinate.PsycopgConnector:
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return procrastinate.PsycopgConnector(
        conninfo=address, kwargs={"options": f"-c search_path={SCHEMA}"}, min_size=1, max_size=4
    )


def _make_schema(engine: sa.Engine) -> None:
    """Make the queue's tables where they are not there yet."""
    statements = SchemaManager.get_schema()
    with engine.begin() as connection:
        connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        if not sa.inspect(connection).has_table("procrastinate_jobs", schema=SCHEMA):
            connection.execute(sa.text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
            connection.execute(sa.text(f"SET LOCAL search_path TO {SCHEMA}"))
            driver: Any = connection.connection.driver_connection
            driver.execute(statements)  # many statements at once, which only the driver itself takes


def run_queue(place: Place, concurrency: int, jitter: timedelta, json: bool) -> None:
    """Work as one of any number of workers over one PostgreSQL, until interrupted."""
    asyncio.run(Queue(place, concurrency, jitter, json).run())
