"""Where an answer names brands: its text cut into plain and named pieces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from geo_tracker.queries.answers import NamedSpan


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the text; `named` where it names a brand."""

    text: str
    named: NamedSpan | None = None


def pieces(text: str, mentions: Iterable[NamedSpan]) -> Iterator[Piece]:
    """The whole text in order; of overlapping mentions the first one is marked."""
    at = 0
    for span in mentions:
        if at <= span.start < span.end <= len(text):
            yield Piece(text[at : span.start])
            yield Piece(text[span.start : span.end], span)
            at = span.end
    yield Piece(text[at:])
