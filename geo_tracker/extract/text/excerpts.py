"""The words around a span, as evidence on one line."""

from __future__ import annotations

from geo_tracker.extract.text.sentences import read

WINDOW = 2_000
"""Characters looked at on each side: a sentence that is longer is cut anyway."""


def excerpt(text: str, start: int, end: int, limit: int = 240) -> str:
    """The sentence that holds `start`, white space folded; what is longer than `limit` is cut around the span."""
    offset = max(0, start - WINDOW)
    window = text[offset : end + WINDOW]
    start, end = start - offset, end - offset
    around = next((s for s in read(window).sentences if s.start <= start < s.end), None)
    first, last = (around.start, max(around.end, end)) if around else (0, len(window))
    spare = max(0, limit - (end - start))
    cut_first = max(first, min(start - spare // 2, last - limit))
    cut_last = min(last, max(end, cut_first + limit))
    before, after = "…" if cut_first > first else "", "…" if cut_last < last else ""
    return before + " ".join(window[cut_first:cut_last].split()) + after
