"""Times as Google writes them for readers: in the account's language, with the zone by its abbreviation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

from geo_tracker.captures._times import FIRST, LAST

MONTHS = (
    "jan ene gen янв oca sty",
    "feb fev фев sub lut",
    "mar mrt мар",
    "apr avr abr апр nis kwi",
    "may mai mei mag maj май мая",
    "jun juin giu июн haz cze",
    "jul juil lug июл tem lip",
    "aug ago aou авг agu sie",
    "sep set сен eyl wrz",
    "oct okt ott out окт eki paz",
    "nov ноя kas lis",
    "dec dez dic дек ara gru",
)
"""How months begin in the languages of Western Europe, Polish, Russian and Turkish, without accents."""
HOURS = {
    **dict.fromkeys(("UTC", "GMT", "Z", "WET", "WEZ"), 0.0),
    **dict.fromkeys(("CET", "MEZ", "BST", "WEST", "WESZ", "WAT"), 1.0),
    **dict.fromkeys(("CEST", "MESZ", "EET", "OEZ", "SAST", "CAT"), 2.0),
    **dict.fromkeys(("EEST", "OESZ", "MSK", "МСК", "TRT", "EAT"), 3.0),
    **{"GST": 4.0, "PKT": 5.0, "IST": 5.5, "ICT": 7.0, "WIB": 7.0, "JST": 9.0, "KST": 9.0},
    **dict.fromkeys(("HKT", "SGT", "MYT", "PHT", "AWST"), 8.0),
    **{"ACST": 9.5, "AEST": 10.0, "ACDT": 10.5, "AEDT": 11.0, "NZST": 12.0, "NZDT": 13.0},
    **{
        "NST": -3.5,
        "NDT": -2.5,
        "BRT": -3.0,
        "ART": -3.0,
        "AST": -4.0,
        "ADT": -3.0,
        "EST": -5.0,
        "EDT": -4.0,
    },
    **{"CST": -6.0, "CDT": -5.0, "MST": -7.0, "MDT": -6.0, "PST": -8.0, "PDT": -7.0},
    **{"AKST": -9.0, "AKDT": -8.0, "HST": -10.0},
}
"""Hours ahead of UTC. IST is India's, as it is the largest of three; CST is China's in a date that is written there."""
CHINA = 8.0
AFTERNOON = re.compile(r"p\.?\s?m\.?|下午|晚上|中午|午後|오후", re.IGNORECASE)
_HALF = r"[ap]\.?\s?m\.?|上午|下午|凌晨|早上|中午|晚上|午前|午後|오전|오후"
_CLOCK = (
    rf"(?:\s*г\.)?[,\s]+(?:(?P<before>{_HALF})\s*)?"
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?"
    rf"(?:\s*(?P<after>{_HALF}))?(?:\s+(?P<zone>\S.*))?"
)
_NAME = r"(?P<name>[^\W\d_]{3,12})\.?"
_DATES = (
    r"(?P<year>\d{4})\s*[-/.年년]\s*(?P<month>\d{1,2})\s*[-/.月월]\s*(?P<day>\d{1,2})\s*[日일.]?",
    r"(?P<day>\d{1,2})[.-](?P<month>\d{1,2})[.-](?P<year>\d{4})",
    rf"(?P<day>\d{{1,2}})\.?\s+(?:de\s+)?{_NAME}\s+(?:de\s+)?(?P<year>\d{{4}})",
    rf"{_NAME}\s+(?P<day>\d{{1,2}}),?\s+(?P<year>\d{{4}})",
)
_WRITTEN = [re.compile(date + _CLOCK, re.IGNORECASE) for date in _DATES]
_SLASHED = re.compile(r"(?P<first>\d{1,2})/(?P<other>\d{1,2})/(?P<year>\d{4})" + _CLOCK, re.IGNORECASE)
_OFFSET = re.compile(r"(?:UTC|GMT)?\s?(?P<sign>[+\-\u2212])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?")


def written_time(line: str, *, day_first: bool | None = None) -> datetime | None:
    """The time that a line is, in UTC; None where it is none, or where its day, month or zone would be a guess.

    `day_first` says how dates with slashes are meant. A time without a zone is UTC.
    """
    text = _plain(line)
    for pattern in _WRITTEN:
        if found := pattern.fullmatch(text):
            parts = found.groupdict()
            month = int(parts["month"]) if parts.get("month") else _month(parts["name"])
            return _moment(parts, month, int(parts["day"]), china="年" in text)
    if (found := _SLASHED.fullmatch(text)) and day_first is not None:
        first, other = int(found["first"]), int(found["other"])
        month, day = (other, first) if day_first else (first, other)
        return _moment(found.groupdict(), month, day, china=False)
    return None


def day_first(lines: Iterable[str]) -> bool | None:
    """Whether dates with slashes begin with the day, shown by one that has no other meaning; None where none shows."""
    found = [match for line in lines if (match := _SLASHED.fullmatch(_plain(line)))]
    shown = {int(each["first"]) > 12 for each in found if max(int(each["first"]), int(each["other"])) > 12}
    return shown.pop() if len(shown) == 1 else None


def _plain(line: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", line).split())


def _month(name: str) -> int:
    """The number of a month by how its name begins; 0 for any other word."""
    marks = unicodedata.normalize("NFD", name.casefold())
    bare = unicodedata.normalize(
        "NFC", "".join(each for each in marks if each not in "\u0301\u0302\u0306\u0308\u0327")
    )
    found = (n for n, names in enumerate(MONTHS, 1) if any(map(bare.startswith, names.split())))
    return next(found, 0)


def _moment(parts: dict[str, str | None], month: int, day: int, *, china: bool) -> datetime | None:
    hour, half = int(parts["hour"] or 0), parts["before"] or parts["after"]
    ahead = _ahead(parts["zone"], china=china)
    if ahead is None:
        return None
    if half and hour <= 12:
        hour = hour % 12 + (12 if AFTERNOON.fullmatch(half) else 0)
    try:
        zone = timezone(timedelta(hours=ahead))
        minute, second = int(parts["minute"] or 0), int(parts["second"] or 0)
        found = datetime(int(parts["year"] or 0), month, day, hour, minute, second, tzinfo=zone).astimezone(
            UTC
        )
    except (ValueError, OverflowError):
        return None
    return found if FIRST <= found < LAST else None


def _ahead(zone: str | None, *, china: bool) -> float | None:
    """Hours that a zone is ahead of UTC; None for one that is not known."""
    if zone is None:
        return 0.0
    if offset := _OFFSET.fullmatch(zone):
        hours = int(offset["hours"]) + int(offset["minutes"] or 0) / 60
        return hours if offset["sign"] == "+" else -hours
    if zone.upper() == "CST" and china:
        return CHINA
    return HOURS.get(zone.upper())
