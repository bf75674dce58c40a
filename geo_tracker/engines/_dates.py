"""When a source was published, in ISO 8601 where the engine's wording can be read."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from geo_tracker.engines._json import number, said

_CHINESE = re.compile(
    r"(?P<y>[0-9]{4})年(?P<m>[0-9]{1,2})月(?P<d>[0-9]{1,2})日"
    r"(?:\s*(?P<H>[0-9]{1,2}):(?P<M>[0-9]{2})(?::(?P<S>[0-9]{2}))?(?P<cst>\(CST\))?)?"
)
_CHINA = timezone(timedelta(hours=8))
_ENGLISH = ("%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y")
_MILLISECONDS = 1e11


def published(*values: Any) -> str | None:
    """The first date among the values: ISO 8601, else as given; a zero or 1970 means not known."""
    return next((date for date in map(_one, values) if date is not None), None)


def _one(value: Any) -> str | None:
    seconds = number(value)
    return _from_unix(seconds) if seconds is not None else _from_text((said(value) or "").strip())


@lru_cache(maxsize=10_000)
def _from_text(written: str) -> str | None:
    if re.fullmatch(r"[0-9]{1,13}", written) and len(written) != len("20260102"):
        return _from_unix(float(written))
    read = _read(written)
    if read is not None:
        return None if read.startswith("1970-01-01") else read
    return written or None


def _from_unix(seconds: float) -> str | None:
    seconds = seconds / 1000 if seconds > _MILLISECONDS else seconds
    if seconds < 86_400:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat() if seconds < _MILLISECONDS else None


def _read(written: str) -> str | None:
    if match := _CHINESE.match(written):
        return _from_chinese(match)
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return _from_english(written)
    return moment.date().isoformat() if len(written) <= len("2026-01-02") else moment.isoformat()


def _from_chinese(match: re.Match[str]) -> str | None:
    numbers = [int(match[name] or 0) for name in "ymdHMS"]
    try:
        moment = datetime(*numbers, tzinfo=_CHINA if match["cst"] else None)  # type: ignore[arg-type, misc]
    except ValueError:
        return None
    return moment.isoformat() if match["H"] else moment.date().isoformat()


def _from_english(written: str) -> str | None:
    for form in _ENGLISH:
        try:
            return datetime.strptime(written, form).date().isoformat()
        except ValueError:
            continue
    return None
