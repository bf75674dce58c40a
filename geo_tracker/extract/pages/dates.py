"""Dates as pages write them, to ISO 8601 days."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

FIRST_YEAR = 1990
LAST_YEAR = 2100
_CHINA = timezone(timedelta(hours=8))

_NUMERIC = re.compile(r"(?<!\d)(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)")
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d\d)([01]\d)([0-3]\d)(?!\d{1,5}(?!\d))")
_SHORT_YEAR = re.compile(r"(?<![\d-])(\d\d)-(\d\d)-(\d\d)(?![\d-])")
_NO_YEAR = re.compile(r"(?<![\d-])(\d{1,2})\s*(?:-|/|月)\s*(\d{1,2})(?:日|(?![\d-]))")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_NAMED = [
    re.compile(rf"\b{order},?\s+(?P<year>\d{{4}})\b", re.IGNORECASE)
    for order in (rf"{_MONTH}\s+{_DAY}", rf"{_DAY}(?:\s+of)?\s+{_MONTH}")
]
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")


def iso_day(text: str | None, *, rendered: str | None = None) -> str | None:
    """The first day that a text names, as `YYYY-MM-DD`; None where it names none.

    Reads ISO 8601, 2024年5月6日, 2024/5/6, 20240506, `May 6, 2024`, and Unix times in s or ms (taken in China's time).
    A day without a year (05-06, 5月6日) takes the latest year that does not lie after `rendered`, an ISO day; with it,
    18-03-08 is read as year, month, day.
    """
    text = (text or "").strip()[:500]
    if _EPOCH.fullmatch(text):
        moment = datetime.fromtimestamp(int(text[:10]), UTC).astimezone(_CHINA)
        return _day(moment.year, moment.month, moment.day)
    found = _NUMERIC.search(text) or _COMPACT.search(text)
    if found:
        return _day(*map(int, found.groups()))
    for named in filter(None, (pattern.search(text) for pattern in _NAMED)):
        return _day(int(named["year"]), _MONTHS.index(named["month"].lower()) + 1, int(named["day"]))
    return _partial(text, rendered) if rendered else None


def _partial(text: str, rendered: str) -> str | None:
    short = _SHORT_YEAR.search(text)
    if short:
        return _day(2000 + int(short[1]), int(short[2]), int(short[3]))
    found = _NO_YEAR.search(text)
    return _latest(int(found[1]), int(found[2]), rendered) if found else None


def _latest(month: int, day: int, rendered: str) -> str | None:
    year = int(rendered[:4])
    found = _day(year, month, day)
    return found if found is None or found <= rendered else _day(year - 1, month, day)


def _day(year: int, month: int, day: int) -> str | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found.isoformat() if FIRST_YEAR <= year <= LAST_YEAR else None
