"""What the answer engine hands to the encoders: one answer, before any vendor's format."""

from __future__ import annotations

from calendar import timegm
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Source:
    """A page that the search found."""

    url: str
    title: str
    site: str
    snippet: str
    published: date | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the answer text and the sources it rests on, as indices into the answer's sources."""

    text: str
    sources: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """A product that an answer shows for sale."""

    title: str
    url: str
    price: float
    currency: str
    merchant: str
    image: str
    rating: float
    reviews: int


@dataclass(frozen=True, slots=True)
class SandboxAnswer:
    """An answer; without `searched` it came from memory. `sources` are all that were retrieved."""

    prompt: str
    language: str
    asked: date
    segments: tuple[Segment, ...]
    sources: tuple[Source, ...] = ()
    opened: tuple[int, ...] = ()
    queries: tuple[str, ...] = ()
    cards: tuple[Card, ...] = ()
    follow_ups: tuple[str, ...] = ()
    searched: bool = True
    refused: str = ""
    """What the engine says instead of an answer when it declines."""

    @property
    def text(self) -> str:
        return "".join(segment.text for segment in self.segments)

    @property
    def timestamp(self) -> int:
        """Unix time of the asking: noon UTC of its day."""
        return timegm((self.asked.year, self.asked.month, self.asked.day, 12, 0, 0))

    @property
    def cited(self) -> tuple[int, ...]:
        """The sources that the text rests on, in the order of their first use."""
        return tuple(dict.fromkeys(index for segment in self.segments for index in segment.sources))


@dataclass(frozen=True, slots=True)
class Mark:
    """A printed citation marker: its place in the text, and the one source it names."""

    start: int
    end: int
    source: int


Marker = Callable[[Sequence[int]], Sequence[tuple[int, str]]]
"""Sources of a segment to the markers printed for them."""


def marked(answer: SandboxAnswer, marker: Marker) -> tuple[str, list[Mark]]:
    """The text with a marker after every segment that has sources, and where each one stands."""
    text, marks = "", list[Mark]()
    for segment in answer.segments:
        body = segment.text.rstrip() if segment.sources else segment.text
        text += body
        for source, printed in marker(segment.sources):
            marks.append(Mark(len(text), len(text) + len(printed), source))
            text += printed
        text += segment.text[len(body) :]
    return text, marks
