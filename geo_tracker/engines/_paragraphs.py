"""Texts of one answer that a reader sees apart: on both sides of a search, in messages one after the other."""

from __future__ import annotations

from collections.abc import Iterable


def paragraph(before: str, after: str) -> str:
    """The line breaks that are missing between two texts for a blank line; none at the beginning."""
    if not before.strip():
        return ""
    breaks = len(before) - len(before.rstrip("\n")) + len(after) - len(after.lstrip("\n"))
    return "\n" * (2 - breaks)


def paragraphs(texts: Iterable[str]) -> str:
    """The texts that say something, a blank line apart."""
    whole = ""
    for text in texts:
        whole += paragraph(whole, text) + text if text.strip() else ""
    return whole
