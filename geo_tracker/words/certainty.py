"""How sure a change is, in the few degrees that sentences tell apart."""

from __future__ import annotations

from typing import Literal

Sure = Literal["real", "suggestive", "noise", "thin", "incomparable", "unknown"]

CHANGES = (
    *("real across your prompts", "real", "suggestive"),
    *("within noise", "not comparable", "thin sample"),
)
"""Verdicts of changes that are explained to readers."""
_SURE: dict[str, Sure] = {
    "real": "real",
    "real across your prompts": "real",
    "suggestive": "suggestive",
    "within noise": "noise",
    "thin": "thin",
    "thin sample": "thin",
    "not comparable": "incomparable",
}


def certainty(verdict: str) -> Sure:
    """The degree of a change's verdict; a verdict that nobody named here is never more than unknown."""
    return _SURE.get(verdict, "unknown")


def is_thin(verdict: str) -> bool:
    """Whether a value's verdict says that its sample carries no conclusion."""
    return certainty(verdict) == "thin"
