"""When two texts that people typed are the same."""

from __future__ import annotations

import unicodedata


def folded(text: str) -> str:
    """A text without what does not tell texts apart: runs of spaces, full width, letter case."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
