"""How much room a text takes, estimated: office programs break lines themselves, so a page is filled by estimate."""

from __future__ import annotations

import math
import unicodedata
from itertools import pairwise

WIDE, NARROW, DIGIT, CAPITAL, GAP = 1.0, 0.53, 0.57, 0.68, 0.25
"""Parts of the font size: an ideograph, means of small letters, digits and capitals of Arial, and the space that
office programs set between Latin and Chinese; found by eye on slides of both demo workspaces, 2026-11-26. They err
to the wide side, so that a page rather has room left."""


def width(text: str) -> float:
    """The width of a line of text in parts of its font size."""
    kinds = [unicodedata.east_asian_width(each) in "WF" for each in text]
    gaps = sum(one != other for one, other in pairwise(kinds))
    return GAP * gaps + sum(map(_width, text, kinds))


def _width(character: str, wide: bool) -> float:
    if wide:
        return WIDE
    return DIGIT if character.isdigit() else CAPITAL if character.isupper() else NARROW


def lines(text: str, room: float, size: float) -> int:
    """Lines that a text takes in `room` points at a font size; at least one, a line break always starts another."""
    fits = max(room / size, 1.0)
    return sum(max(1, math.ceil(width(part) / fits)) for part in text.split("\n"))
