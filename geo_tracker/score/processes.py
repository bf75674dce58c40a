"""Pure work spread over the cores; what comes of it does not depend on how many there are."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import (
    BaseContext,
    ForkServerContext,
    ForkServerProcess,
    SpawnContext,
    SpawnProcess,
)
from types import ModuleType, TracebackType
from typing import Any, Generic, Self, TypeVar

from geo_tracker.errors import GeoTrackerError

CHUNK = 25
"""Jobs sent to a process at once: sending one takes about as long as a tenth of it."""
WORTH = 1_000
"""Jobs from which a pool pays: it takes about 2 s to start, in which one process does several hundred answers."""

AHEAD = 2
"""Batches in work while one is written."""

J = TypeVar("J")
R = TypeVar("R")
S = TypeVar("S")


def cores() -> int:
    """Processes that may run at once here."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def ahead(begun: Iterable[J]) -> Iterator[J]:
    """The same batches, the next ones begun while one is written."""
    waiting: deque[J] = deque()
    for batch in begun:
        waiting.append(batch)
        if len(waiting) > AHEAD:
            yield waiting.popleft()
    yield from waiting


class Pending(Generic[R]):
    """The results of some jobs, in their order, as soon as somebody asks."""

    def __init__(self, chunks: Iterable[Callable[[], list[R]]]) -> None:
        self._chunks = list(chunks)

    def results(self) -> list[R]:
        """Waits for them; raises what a job raised, `GeoTrackerError` where a process died."""
        try:
            return [result for chunk in self._chunks for result in chunk()]
        except BrokenProcessPool:
            raise GeoTrackerError(
                "a process that analyses texts was ended, perhaps for want of memory; nothing of "
                "what it had in hand is written: run again to resume"
            ) from None


class Processes(Generic[S]):
    """A pool whose processes each make a state of the same pickled values once; with one, work is done right here.

    It starts at the first jobs. Interrupted or killed, the caller leaves no process behind.
    """

    def __init__(self, count: int, make: Callable[..., S], *values: Any) -> None:
        self._count = count
        self._make, self._values = make, values
        self._pool: ProcessPoolExecutor | None = None
        self._own: S | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool:
            self._pool.shutdown(wait=kind is None, cancel_futures=True)

    @property
    def state(self) -> S:
        """That of this process."""
        if self._own is None:
            self._own = self._make(*self._values)
        return self._own

    def run(self, work: Callable[[S, J], R], jobs: Sequence[J]) -> Pending[R]:
        """Have `work`, a function of a module, done on every job."""
        if self._count < 2:
            return Pending([lambda: [work(self.state, job) for job in jobs]])
        if self._pool is None:
            self._pool = pool(self._count, self._make, *self._values)
        chunks = [jobs[at : at + CHUNK] for at in range(0, len(jobs), CHUNK)]
        futures: list[Future[list[R]]] = [self._pool.submit(worked, work, chunk) for chunk in chunks]
        return Pending([future.result for future in futures])


def clean_context(*preload: str) -> BaseContext:
    """How processes start here: from a server that has loaded `preload`, without running the main program again.

    Forking a process with threads, a reactor or a database is not safe; a server forks from a clean one, and fast.
    """
    # A process that Python starts with `-c` would look for modules in the working directory first.
    os.environ["PYTHONSAFEPATH"] = "1"
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return _Spawning()
    context = _Forking()
    context.set_forkserver_preload(list(preload))
    return context


def _start_without_main(start: Callable[[], None]) -> None:
    # A child runs the main program's file again, to find what it defines. Within the dashboard that file is a page.
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        start()
    finally:
        sys.modules["__main__"] = main


class _ForkedProcess(ForkServerProcess):
    def start(self) -> None:
        _start_without_main(super().start)


class _SpawnedProcess(SpawnProcess):
    def start(self) -> None:
        _start_without_main(super().start)


class _Forking(ForkServerContext):
    Process = _ForkedProcess


class _Spawning(SpawnContext):
    Process = _SpawnedProcess


def pool(
    count: int, make: Callable[..., Any], *values: Any, preload: Sequence[str] = ()
) -> ProcessPoolExecutor:
    """Processes for `worked`, each with a state of its own; none outlives the caller, however that ends."""
    context = clean_context(make.__module__, *preload)
    return ProcessPoolExecutor(count, mp_context=context, initializer=_begin, initargs=(make, values))


_state: Any = None


def _begin(make: Callable[..., Any], values: tuple[Any, ...]) -> None:
    global _state
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _state = make(*values)
    # What is loaded by now stays: looking through it again and again for garbage finds none, and unshares its memory.
    gc.freeze()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def worked(work: Callable[[S, J], R], jobs: Sequence[J]) -> list[R]:
    """What `work` makes of each job with the state of the process that it is called in."""
    return [work(_state, job) for job in jobs]
