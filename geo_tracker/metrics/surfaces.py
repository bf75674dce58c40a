"""What a surface can show."""

from __future__ import annotations

import re

_API = re.compile(r"api\b", re.IGNORECASE)


def shows_shelf(surface: str) -> bool:
    """Whether no offer on a surface means no shelf: not on an API, also where a publisher adds words to `api`."""
    return _API.match(surface) is None
