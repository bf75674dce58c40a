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
    """The frames in order, without a last one that the stream was cut off in."""
    return [Event(name, data) for name, data in _whole(list(_frames(_characters(body))))]


def _whole(frames: Sequence[tuple[str, str]]) -> Iterator[tuple[str, Any]]:
    """The frames' values; raises `EngineError` for one that is not JSON, except where the last one just stops."""
    for place, (name, data) in enumerate(frames, 1):
        try:
            yield name, data if data == DONE else loads(data)
        except EngineError as error:
            stops = error.kind is ErrorKind.TRANSIENT or DONE.startswith(data)
            if place < len(frames) or not stops:
                raise


def _characters(body: bytes) -> str:
    """The text of a stream, without a last character that it was cut off in."""
    for missing in range(min(4, len(body) + 1)):
        try:
            return decoded(body[: len(body) - missing])
        except EngineError as error:
            if error.kind is not ErrorKind.TRANSIENT:
                raise
    return decoded(body)


def recorded_lines(body: bytes) -> list[Event] | None:
    """The frames of a stream that was kept as one JSON object a line, without a last one that it was cut off in.

    None for any other body.
    """
    lines = [line.strip() for line in body[: MAX_BYTES + 1].split(b"\n") if line.strip()]
    whole = all(line.endswith(b"}") for line in lines[:-1])
    if len(lines) < 2 or not whole or not all(line.startswith(b"{") for line in lines):
        return None
    try:
        return [Event("", value) for _, value in _whole([("", _characters(line)) for line in lines])]
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


class CutOff(EngineError):
    """A stream that stops before its own end mark; `partial` is the body that its frames add up to."""

    def __init__(self, message: str, partial: Json) -> None:
        super().__init__(ErrorKind.TRANSIENT, message)
        self.partial = partial


def cut_off(partial: Json | None = None) -> CutOff:
    """The error of a stream that stops before its own end mark."""
    return CutOff("the stream stops before its end", partial or {})


def is_done(events: Sequence[Event]) -> bool:
    """Whether the end mark `[DONE]` is among the frames."""
    return any(event.data == DONE for event in events)
