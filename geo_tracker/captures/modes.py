"""Which switches of an app were on when it answered: the mode, as a dimension of numbers knows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PLAIN = "plain"
"""The page's switches were seen, and none was on."""
SWITCHES = ("search", "think")
UNASKED = "unasked"
"""Of a row that waits to be asked by hand: its mode is only known once the app has answered."""


def mode_of(usage: Mapping[str, Any]) -> str:
    """The mode by an answer's `usage`, whose `mode` says what a page or a request told; empty if nothing did."""
    told = usage.get("mode")
    seen = {name: told.get(name) for name in SWITCHES} if isinstance(told, Mapping) else {}
    if not any(isinstance(on, bool) for on in seen.values()):
        return ""
    return "+".join(name for name, on in seen.items() if on is True) or PLAIN
