"""How much room a text takes, estimated: office programs break lines themselves, so a page is filled by estimate."""

from __future__ import annotations

import math
import unicodedata

WIDE, NARROW, CAPITAL = 1.0, 0.53, 0.66
"""Parts of the font size: an ideograph, and means of small letters and capitals of Arial; found by eye on slides
of both demo workspaces, 2026-11-26. They err to the wide side, so that a page rather has room left."""


def width(text: str) -> float:
    """The width of a line of text in parts of its font size."""
    return sum(
        WIDE if unicodedata.east_asian_width(each) in "WF" else CAPITAL if each.isupper() else NARROW
        for each in text
    )


def lines(text: str, room: float, size: float) -> int:
    """Lines that a text takes in `room` points at a font size; at least one, a line break always starts another."""
    fits = max(room / size, 1.0)
    return sum(max(1, math.ceil(width(part) / fits)) for part in text.split("\n"))
