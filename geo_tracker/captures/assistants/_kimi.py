"""The frames of Kimi's streams: JSON behind its length, also where a recorder has damaged the lengths."""

from __future__ import annotations

import json
from collections.abc import Iterator

from geo_tracker.captures.assistants._reading import refuse_page
from geo_tracker.engines._json import MAX_BYTES, Json, loads, malformed, record
from geo_tracker.engines._stream import cut_off
from geo_tracker.engines.base import EngineError, ErrorKind


def received(body: bytes) -> tuple[list[Json], bool]:
    """The objects of a stream of frames `[flag u8][length u32][JSON]`; a last one that is cut off is told by False.

    Recorders that keep bodies as text damage the lengths; objects are then found by their own ends. Raises
    `EngineError` if none is there.
    """
    if len(body) > MAX_BYTES:
        raise malformed(f"{len(body)} bytes are more than an answer ({MAX_BYTES})")
    refuse_page(body)
    found: list[Json] = []
    try:
        for part in _parts(body) or _objects(body):
            found.append(record(loads(part.decode("utf-8", "replace"))))
    except EngineError as error:
        if error.kind is not ErrorKind.TRANSIENT:
            raise
        return found, False
    if not found:
        raise malformed("no frames of a Kimi chat")
    return found, True


def _parts(body: bytes) -> list[bytes]:
    """The frames by their lengths, empty if the lengths do not fit the body."""
    parts = []
    at = 0
    while at < len(body):
        end = at + 5 + int.from_bytes(body[at + 1 : at + 5], "big")
        if body[at] > 3 or end > len(body) or len(body) < at + 5:
            return []
        parts.append(body[at + 5 : end])
        at = end
    return [part for part in parts if part.strip()]


def _objects(body: bytes) -> Iterator[bytes]:
    """The objects between damaged lengths, whose bytes may look like the beginning of an object."""
    text = body.decode("utf-8", "replace")
    decoder = json.JSONDecoder()
    at = text.find("{")
    while at >= 0:
        try:
            _, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            if "{" not in text[at + 1 : at + 6]:
                raise cut_off() from None
            end = at + 1
        else:
            yield text[at:end].encode()
        at = text.find("{", end)
