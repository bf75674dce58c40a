"""How fast an engine may be asked, and how long a failed answer waits for its next try."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from geo_tracker.engines.base import EngineError

SLOWEST = 60.0
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Pace:
    """One engine's pace: its delay doubles with a rate limit and eases back with each answer."""

    usual: float
    """Seconds between requests that the adapter asks for."""
    concurrency: int
    delay: float = 0.0
    resume_at: datetime = LONG_AGO
    closed: EngineError | None = None
    """Why this engine is not asked any more in this run: its key or its balance."""

    def __post_init__(self) -> None:
        self.delay = self.usual

    def slow_down(self, now: datetime, until: datetime) -> None:
        """Pause until then; the requests that were in flight together slow the pace once."""
        if self.resume_at <= now:
            self.delay = min(SLOWEST, max(0.1, 2 * self.delay))
        self.resume_at = max(self.resume_at, until)

    def speed_up(self) -> None:
        eased = 0.9 * self.delay
        self.delay = self.usual if eased < max(0.1, self.usual) else eased


def wait_before_retry(failures: int, asked_for: float | None, first: float, longest: float) -> timedelta:
    """Exponential backoff with jitter, and never less than the engine asked for.

    `failures` counts from 1; the jitter keeps answers that failed together from coming back together.
    """
    own = min(longest, first * 2 ** (failures - 1)) * random.uniform(0.5, 1.5)  # noqa: S311
    if asked_for is None:
        return timedelta(seconds=own)
    return timedelta(seconds=asked_for * random.uniform(1.0, 1.1) + min(own, 1.0))  # noqa: S311


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that a response asks to wait: `retry-after-ms`, or `retry-after` as seconds or HTTP date."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "").strip()
        if value.replace(".", "", 1).isdecimal() and value.isascii():
            return float(value) * unit
    try:
        date = parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return None
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds())
