"""The protocol of a capture format: bytes of an exported or recorded file in, answers out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, ClassVar

from geo_tracker.engines.base import ErrorKind, ParsedAnswer


@dataclass(frozen=True, slots=True)
class CapturedAnswer:
    """One answer read from a file, with what the file says of how it was asked."""

    prompt: str
    engine: str
    answer: ParsedAnswer
    line: int
    """1-based line, record or entry number in the file, for messages."""
    surface: str = "unknown"
    """api | web | app | serp | unknown, or the publisher's own wording."""
    language: str | None = None
    country: str | None = None
    asked_at: datetime | None = None
    """Timezone-aware, or None if the file does not say."""
    run: str | None = None
    repeat: int = 1
    id: str | None = None
    topic: str | None = None
    raw: bytes | None = None
    """The engine's own body, where the file holds one."""
    message: str | None = None
    """The app's own name of the answer, None where it has none: named so it is the same answer, however it is read."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A record that could not be read; the rest of the file still is."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class NoAnswer(BadRow):
    """A capture of what an app told in place of an answer: a fact about the app, worth keeping."""

    engine: str
    prompt: str
    asked_at: datetime | None
    kind: ErrorKind
    raw: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """Something about the file that its owner should know; nothing was lost."""

    text: str


Read = CapturedAnswer | BadRow | Note


class Capture(ABC):
    """One format of captured answers: a subclass in a module of this package is found by itself."""

    name: ClassVar[str]
    label: ClassVar[str]

    @abstractmethod
    def recognises(self, head: bytes) -> bool:
        """Whether the first bytes (up to 64 KiB) of a file are in this format; content, never the name."""

    @abstractmethod
    def read(self, file: BinaryIO) -> Iterator[Read]:
        """Answers, bad rows and notes in file order, streamed; raises nothing for bad content."""
