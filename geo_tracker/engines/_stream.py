"""Server-sent events: the frames of a stored stream."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from geo_tracker.engines._json import MAX_BYTES, Json, decoded, loads, record
from geo_tracker.engines.base import EngineError, ErrorKind

DONE = "[DONE]"

_HEAD = 1024
"""Bytes in which a stream has begun."""
_FIRST_LINE = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:data|event|id|retry)?:")
_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Event:
    """One frame. `data` is its JSON value, or the string `[DONE]`."""

    name: str
    data: Any

    @property
    def record(self) -> Json:
        """The data where it is an object, else an empty one."""
        return record(self.data)


def is_stream(body: bytes) -> bool:
    """Whether a body is a stream of server-sent events."""
    return _FIRST_LINE.match(body[:_HEAD]) is not None


def read_events(body: bytes) -> list[Event]:
    """The frames in order; raises `EngineError`: TRANSIENT if the stream was cut off inside a frame."""
    frames = list(_frames(decoded(body)))
    return [Event(name, data if data == DONE else loads(data)) for name, data in frames]


def recorded_lines(body: bytes) -> list[Event] | None:
    """The frames of a stream that was kept as one JSON object a line; None for any other body."""
    lines = [line for line in body[: MAX_BYTES + 1].split(b"\n") if line.strip()]
    if len(lines) < 2 or not all(line.startswith(b"{") and line.rstrip().endswith(b"}") for line in lines):
        return None
    try:
        return [Event("", loads(decoded(line))) for line in lines]
    except EngineError:
        return None


def _frames(text: str) -> Iterator[tuple[str, str]]:
    name, data = "", list[str]()
    for line in [*_LINE_END.split(text), ""]:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            data.append(value)
        elif field == "event":
            name = value
        elif not line:
            if data and (joined := "\n".join(data).strip()):
                yield name, joined
            name, data = "", []


def cut_off() -> EngineError:
    """The error of a stream that stops before its own end mark."""
    return EngineError(ErrorKind.TRANSIENT, "the stream stops before its end")


def is_done(events: Sequence[Event]) -> bool:
    """Whether the end mark `[DONE]` is among the frames."""
    return any(event.data == DONE for event in events)
