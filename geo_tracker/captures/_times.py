"""When an answer was asked, in the ways that files write it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

DATE_HOUR = 10
"""UTC hour of a date without a time: the same day from Honolulu to Auckland."""
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
MILLISECONDS = 100_000_000_000
"""A Unix time above this is in milliseconds (as seconds: the year 5138)."""

_YEAR_FIRST = r"(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?"
_YEAR_OR_MONTH = r"(?P<year>\d{4})(?:[-/.年](?P<month>\d{1,2})月?)?"
_MONTH_FIRST = r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})"
_CLOCK = r"(?:[T\s]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?)?"
_WRITTEN = [re.compile(date + _CLOCK + r"\s*(?:UTC|GMT|Z)?") for date in (_YEAR_FIRST, _MONTH_FIRST)]
_WRITTEN.append(re.compile(_YEAR_OR_MONTH))


def read_time(value: Any) -> datetime | None:
    """An aware time from ISO 8601, a date, Unix seconds or milliseconds; None for an empty value.

    A time without an offset is UTC; a year or month alone is its first day. Dates with slashes are year/month/day
    or, as Excel writes them in the United States, month/day/year. Raises `ValueError` for everything else, also for
    times before 2000 or after 2100.
    """
    if value is None or value == "":
        return None
    try:
        time = _from_number(float(value)) if _is_number(value) else _from_text(str(value))
    except (ValueError, OverflowError, OSError, TypeError):
        time = None
    if time is None or not FIRST <= time < LAST:
        raise ValueError(f"{str(value)[:40]!r} is not a time such as 2026-01-31T08:30:00Z")
    return time


def known_time(value: Any) -> datetime | None:
    """Like `read_time`, but None where it raises: 0 and 1970 mean that the engine does not know."""
    try:
        return read_time(value)
    except ValueError:
        return None


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"\d{9,13}(\.\d+)?", value.strip(), re.ASCII) is not None
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _from_number(value: float) -> datetime:
    return datetime.fromtimestamp(value / 1000 if value > MILLISECONDS else value, UTC)


def _from_text(value: str) -> datetime | None:
    text = value.strip()
    for pattern in _WRITTEN:
        if found := pattern.fullmatch(text):
            parts = {name: int(part) for name, part in found.groupdict().items() if part is not None}
            return datetime(**{"month": 1, "day": 1, "hour": DATE_HOUR, **parts}, tzinfo=UTC)
    time = datetime.fromisoformat(text)
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
