"""Reads pages in processes of their own: one core each, and a page that breaks its reader breaks nothing else."""

from __future__ import annotations

import asyncio
import signal
import traceback
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, NamedTuple

from geo_tracker.errors import GeoTrackerError
from geo_tracker.score.processes import pool, worked
from geo_tracker.storage.archive import Archive

if TYPE_CHECKING:
    from geo_tracker.extract.records import PageContent

PRELOAD = ("spiders.reading", "geo_tracker.extract.pages.page")
"""What a reader needs, loaded once for all of them."""
LONGEST = 60.0
"""Seconds that a page may take to be read."""


class Reading(NamedTuple):
    """What a body says, or why it says nothing; it is in the archive either way."""

    sha256: str
    content: PageContent | None
    error: str | None = None
    trace: str | None = None
    """Where the reader broke, for its authors."""


class Job(NamedTuple):
    """A body that came from an address."""

    body: bytes
    url: str
    content_type: str


def archive_and_read(archive: Archive, job: Job) -> Reading:
    """Put a body into the archive, then read it; raises what the archive raises."""
    # Takes as long to load as Scrapy itself, and only the readers need it.
    from geo_tracker.extract.pages import page as pages

    sha = archive.put(job.body)
    try:
        return Reading(sha, pages.read_page(*job))
    except GeoTrackerError as error:
        return Reading(sha, None, str(error))
    except Exception as error:  # noqa: BLE001 - the page's row says so, whatever it was
        return Reading(sha, None, f"could not be read: {type(error).__name__}", traceback.format_exc())


class Readers:
    """A pool of reading processes, started as they are needed."""

    def __init__(self, archive_url: str, processes: int) -> None:
        self._archive_url = archive_url
        self._processes = processes
        self._pool = self._started(processes)
        self._alone = asyncio.Lock()

    def _started(self, processes: int) -> ProcessPoolExecutor:
        return pool(processes, Archive, self._archive_url, preload=PRELOAD)

    async def read(self, body: bytes, url: str, content_type: str) -> Reading:
        """Archive and read a body; one that its reader does not survive comes back with an error."""
        job = Job(body, url, content_type)
        processes = self._pool
        try:
            return await _read(processes, job)
        except BrokenProcessPool:
            if self._pool is processes:
                self._pool = self._started(self._processes)
            return await self._read_alone(job)

    async def _read_alone(self, job: Job) -> Reading:
        """In a process that no other page shares, to tell the page that broke the pool from the others."""
        async with self._alone:
            sha = await asyncio.to_thread(Archive(self._archive_url).put, job.body)
            process = self._started(1)
            try:
                return await _read(process, job)
            except BrokenProcessPool:
                return Reading(sha, None, "could not be read: it takes too long or breaks the reader")
            finally:
                process.shutdown(wait=False)

    def close(self) -> None:
        """End the processes; what they have in hand is read again by the next crawl."""
        self._pool.shutdown(wait=False, cancel_futures=True)


async def _read(processes: ProcessPoolExecutor, job: Job) -> Reading:
    (found,) = await asyncio.wrap_future(processes.submit(worked, _timed, [job]))
    return found


def _timed(archive: Archive, job: Job) -> Reading:
    if not hasattr(signal, "setitimer"):
        return archive_and_read(archive, job)
    # Nothing catches the alarm: it ends the process, even within a parser's own code.
    signal.setitimer(signal.ITIMER_REAL, LONGEST)
    try:
        return archive_and_read(archive, job)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
