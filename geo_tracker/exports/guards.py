"""Text that a spreadsheet must not run."""

from __future__ import annotations

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""A spreadsheet may run a cell that begins so."""


def is_formula(text: str) -> bool:
    """Whether a spreadsheet may take the text for something to run."""
    return text.startswith(FORMULA)


def guarded(text: str) -> str:
    """The text with an apostrophe in front where it could be run."""
    return f"'{text}" if is_formula(text) else text
