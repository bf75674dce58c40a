"""Offsets that engines report, turned into code points only where the text bears them out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from geo_tracker.engines._json import integer
from geo_tracker.engines.base import Span

Check = Callable[[str], bool]


def checked(text: str, start: Any, end: Any, check: Check) -> tuple[Span, ...]:
    """The span in code points as a tuple of one, or an empty tuple.

    Vendors do not say their unit reliably: code points, UTF-8 bytes and UTF-16 units are tried in this order,
    and `check` decides on the text that each would cover.
    """
    first, last = integer(start) or 0, integer(end)
    if last is None or not 0 <= first < last <= 4 * len(text):
        return ()
    for unit in (_code_points, _bytes, _utf16):
        span = unit(text, first, last)
        if span is not None and check(text[span[0] : span[1]]):
            return (span,)
    return ()


def _code_points(text: str, start: int, end: int) -> Span | None:
    return (start, end) if end <= len(text) else None


def _bytes(text: str, start: int, end: int) -> Span | None:
    return _converted(text.encode(), start, end, "utf-8")


def _utf16(text: str, start: int, end: int) -> Span | None:
    return _converted(text.encode("utf-16-le"), 2 * start, 2 * end, "utf-16-le")


def _converted(raw: bytes, start: int, end: int, encoding: str) -> Span | None:
    if end > len(raw):
        return None
    try:
        before, inside = raw[:start].decode(encoding), raw[start:end].decode(encoding)
    except UnicodeDecodeError:  # the offset falls inside a character: not in this unit
        return None
    return len(before), len(before) + len(inside)
