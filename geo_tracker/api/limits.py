"""How often somebody may ask, and answers kept for who asks the same again."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

MOST_CALLERS = 10_000
MOST_BYTES = 64 * 1024 * 1024
FRESH = 60
"""Seconds for which an answer is given again, as on the dashboard."""
Clock = Callable[[], float]


class Buckets:
    """A bucket of requests each, which fills again by `per_minute` a minute."""

    def __init__(self, per_minute: int, clock: Clock = time.monotonic) -> None:
        self._most, self._each, self._clock = float(per_minute), 60 / per_minute, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def take(self, caller: str) -> int:
        """Take one; gives 0, or the whole seconds until there is one again."""
        now = self._clock()
        with self._lock:
            left, at = self._left.pop(caller, (self._most, now))
            left = min(self._most, left + (now - at) / self._each)
            taken = left >= 1
            self._left[caller] = (left - 1 if taken else left, now)
            if len(self._left) > MOST_CALLERS:
                self._left.popitem(last=False)
        return 0 if taken else math.ceil((1 - left) * self._each)


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it was sent."""

    body: bytes
    etag: str
    at: float


class Fresh:
    """Answers of the last minute, the longest unused dropped first."""

    def __init__(self, seconds: float = FRESH, clock: Clock = time.monotonic) -> None:
        self._seconds, self._clock, self._lock = seconds, clock, Lock()
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._bytes = 0

    def get(self, key: str) -> Kept | None:
        with self._lock:
            found = self._kept.get(key)
            if found is None or self._clock() - found.at > self._seconds:
                return None
            self._kept.move_to_end(key)
            return found

    def put(self, key: str, body: bytes, etag: str) -> Kept:
        made = Kept(body, etag, self._clock())
        with self._lock:
            self._drop(key)
            self._kept[key] = made
            self._bytes += len(body)
            while self._bytes > MOST_BYTES:
                self._drop(next(iter(self._kept)))
        return made

    def _drop(self, key: str) -> None:
        found = self._kept.pop(key, None)
        self._bytes -= len(found.body) if found else 0
