"""Country and language as services write them."""

from __future__ import annotations

import re
from typing import Any


def country_of(value: Any) -> str | None:
    """A two-letter country code in upper case, None for anything else."""
    return value.upper() if isinstance(value, str) and re.fullmatch("[A-Za-z]{2}", value) else None


def language_of(value: Any) -> str | None:
    """The primary tag of a language code in lower case, None for anything else."""
    found = re.match(r"([A-Za-z]{2,3})(?:[-_]|$)", value) if isinstance(value, str) else None
    return found[1].lower() if found else None
