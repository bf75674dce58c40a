"""Group commit: what comes within a moment shares a transaction, and what is alike its statements.

Bodies of a group are archived side by side before its transaction begins: a row never names a body that may be lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlmodel import Session

from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import writing

T = TypeVar("T")
A = TypeVar("A")
Job = Callable[[Session, list[A]], None]
"""Writes a list of things of one kind."""
MOMENT = 0.02
"""Seconds that a group gathers: a transaction costs about as much for 20 rows as for one, an answer takes seconds."""


class Waiting(NamedTuple):
    """A thing to be written, and who waits for it."""

    job: Job[Any]
    thing: Any
    body: bytes | None
    future: asyncio.Future[None]


class Writer:
    """Runs jobs in writing transactions on a thread of its own; a job is done when its commit is."""

    def __init__(self, database: sa.Engine, archive: Archive) -> None:
        self._database = database
        self._archive = archive
        self._waiting: list[Waiting] = []
        self._committing: asyncio.Task[None] | None = None

    async def write(self, job: Job[A], thing: A, body: bytes | None = None) -> None:
        """Returns after the commit of what the job writes for this thing; raises what rolled it back.

        A body is in the archive before that transaction begins. A job may run twice: with one thing alone, if another
        broke the transaction they shared.
        """
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(Waiting(job, thing, body, future))
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit_all())
        await future

    async def run(self, job: Callable[[Session], T]) -> T:
        """The result of a job that is like no other, after its commit."""
        results: list[T] = []
        await self.write(lambda session, _: results.append(job(session)), None)
        return results[-1]

    async def _commit_all(self) -> None:
        while self._waiting:
            await asyncio.sleep(MOMENT)
            batch, self._waiting = self._waiting, []
            error = await self._commit(batch)
            for each in batch:
                _settle(each, await self._commit([each]) if error and len(batch) > 1 else error)

    async def _commit(self, batch: list[Waiting]) -> BaseException | None:
        (error,) = await asyncio.gather(asyncio.to_thread(self._transact, batch), return_exceptions=True)
        return error

    def _transact(self, batch: list[Waiting]) -> None:
        self._archive.put_all(each.body for each in batch if each.body is not None)
        alike: dict[Job[Any], list[Any]] = {}
        for each in batch:
            alike.setdefault(each.job, []).append(each.thing)
        with writing(self._database) as session:
            for job, things in alike.items():
                job(session, things)


def _settle(waiting: Waiting, error: BaseException | None) -> None:
    if waiting.future.cancelled():  # the run was stopped while this was written
        return
    future = waiting.future
    future.set_exception(error) if error else future.set_result(None)
