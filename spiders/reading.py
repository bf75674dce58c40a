"""Reads pages in processes of their own: one core each, and a page that breaks its reader breaks nothing else."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
import traceback
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from geo_tracker.errors import GeoTrackerError
from geo_tracker.score.processes import clean_context
from geo_tracker.storage.archive import Archive

if TYPE_CHECKING:
    from geo_tracker.extract.records import PageContent

LONGEST = 60.0
"""Seconds that a page may take to be read."""


class Reading(NamedTuple):
    """What a body says, or why it says nothing; it is in the archive either route."""

    sha256: str
    content: PageContent | None
    error: str | None = None
    trace: str | None = None
    """Where the reader broke, for its authors."""


def archive_and_read(archive_url: str, body: bytes, url: str, content_type: str) -> Reading:
    """Put a body into the archive, then read it; raises what the archive raises."""
    # Takes as long to load as Scrapy itself, and only the readers need it.
    from geo_tracker.extract.pages import page as pages

    sha = _archive(archive_url).put(body)
    try:
        return Reading(sha, pages.read_page(body, url, content_type))
    except GeoTrackerError as error:
        return Reading(sha, None, str(error))
    except Exception as error:  # noqa: BLE001 - the page's row says so, whatever it was
        return Reading(sha, None, f"could not be read: {type(error).__name__}", traceback.format_exc())


class Readers:
    """A pool of reading processes, started as they are needed."""

    def __init__(self, archive_url: str, processes: int) -> None:
        self._archive_url = archive_url
        self._processes = processes
        self._pool = _pool(processes)
        self._alone = asyncio.Lock()

    async def read(self, body: bytes, url: str, content_type: str) -> Reading:
        """Archive and read a body; one that its reader does not survive comes back with an error."""
        job = (self._archive_url, body, url, content_type)
        pool = self._pool
        try:
            return await asyncio.wrap_future(pool.submit(_timed, *job))
        except BrokenProcessPool:
            if self._pool is pool:
                self._pool = _pool(self._processes)
            return await self._read_alone(*job)

    async def _read_alone(self, archive_url: str, body: bytes, url: str, content_type: str) -> Reading:
        """In a process that no other page shares, to tell the page that broke the pool from the others."""
        async with self._alone:
            sha = await asyncio.to_thread(_archive(archive_url).put, body)
            pool = _pool(1)
            try:
                return await asyncio.wrap_future(pool.submit(_timed, archive_url, body, url, content_type))
            except BrokenProcessPool:
                return Reading(sha, None, "could not be read: it takes too long or breaks the reader")
            finally:
                pool.shutdown(wait=False)

    def close(self) -> None:
        """End the processes; what they have in hand is read again by the next crawl."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _pool(processes: int) -> ProcessPoolExecutor:
    context = clean_context("spiders.reading", "geo_tracker.extract.pages.page")
    return ProcessPoolExecutor(processes, mp_context=context, initializer=_begin)


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A killed crawl leaves nobody behind."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _timed(archive_url: str, body: bytes, url: str, content_type: str) -> Reading:
    if not hasattr(signal, "setitimer"):
        return archive_and_read(archive_url, body, url, content_type)
    # Nothing catches the alarm: it ends the process, even within a parser's own code.
    signal.setitimer(signal.ITIMER_REAL, LONGEST)
    try:
        return archive_and_read(archive_url, body, url, content_type)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@cache
def _archive(url: str) -> Archive:
    return Archive(url)
