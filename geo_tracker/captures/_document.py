"""JSON files of any size: what they are by their outline, and their records one at a time, bounded."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, BinaryIO

import ijson
from ijson.common import JSONError, ObjectBuilder

from geo_tracker.captures._lines import encoding_of

MAX_RECORD = 32_000_000
"""Characters of one record, such as a conversation or a HAR entry."""
VALUE = 8
"""Characters that a key, value or bracket counts as."""
MAX_STRING = 64_000_000
"""Bytes of one string; more makes the rest of the file unreadable."""
MAX_DEPTH = 256
CHUNK = 1 << 22
OUTLINE_EVENTS = 20_000

Path = tuple[str, ...]


TOO_LARGE = object()
"""Stands for a record beyond `MAX_RECORD`; a file's own null is none."""


class DocumentError(ValueError):
    """The file cannot be read further; the records before that point stand."""


@lru_cache(maxsize=4)
def outline(head: bytes) -> frozenset[str]:
    """The paths of keys that the beginning of a JSON file shows, such as `log.entries[].request`, five levels deep."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        head = head.decode("utf-16", "replace").encode()
    found: set[str] = set()
    where: list[str] = []
    events = ijson.basic_parse(head.removeprefix(codecs.BOM_UTF8), multiple_values=True, use_float=True)
    try:
        for event, value in islice(events, OUTLINE_EVENTS):
            _follow(where, event, value)
            if event == "map_key" and len(where) <= 5:
                found.add(".".join(where).replace(".[]", "[]"))
    except (JSONError, ValueError):  # the head ends inside a value
        pass
    return frozenset(found)


def _follow(where: list[str], event: str, value: Any) -> None:
    """Keep the path up to date: the key in each open object, `[]` for each open list."""
    if event == "map_key":
        where[-1] = value
    elif event in ("start_map", "start_array"):
        where.append("[]" if event == "start_array" else "")
    elif event in ("end_map", "end_array"):
        where.pop()


def written(value: Any) -> bytes:
    """A value that was read from JSON as compact JSON again, whatever the size of its numbers."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def records(file: BinaryIO, path: Path = ()) -> Iterator[Any]:
    """The values of the list under a path of keys, each built by itself; a value that is no list is the only record.

    A record beyond `MAX_RECORD` comes as `TOO_LARGE`. Raises `DocumentError` where the file is cut off, not JSON or
    nested too deep, after the records before that point.
    """
    source = _Source(file)
    try:
        yield from _records(source, list(path))
    except (JSONError, UnicodeDecodeError) as error:
        told = "the file is cut off" if source.ended else f"not JSON from here on: {_reason(error)}"
        raise DocumentError(told) from None


def _reason(error: Exception) -> str:
    lines = str(error).splitlines()
    return (lines[0] if lines else type(error).__name__).strip()[:120]


def _records(source: _Source, path: list[str]) -> Iterator[Any]:
    where: list[str] = []
    builder: _Bounded | None = None
    for event, value in ijson.basic_parse(source, buf_size=CHUNK, use_float=True, multiple_values=True):
        source.silent = 0
        opened = event in ("start_map", "start_array")
        at_record = where == [*path, "[]"] or (where == path and event != "start_array")
        if builder is None and at_record and event not in ("map_key", "end_map", "end_array"):
            builder = _Bounded(len(where))
        _follow(where, event, value)
        if len(where) > MAX_DEPTH:
            raise DocumentError(f"nested deeper than {MAX_DEPTH} levels")
        if builder is not None:
            builder.take(event, value)
            if not opened and len(where) == builder.depth and event != "map_key":
                yield builder.value
                builder = None


class _Bounded:
    """Builds one record and gives up its content, not its end, beyond the budget."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self._left = MAX_RECORD
        self._builder: Any = ObjectBuilder()  # type: ignore[no-untyped-call]

    def take(self, event: str, value: Any) -> None:
        self._left -= VALUE + (len(value) if isinstance(value, str) else 0)
        if self._left < -3 * MAX_RECORD:
            raise DocumentError(f"a record of more than {4 * MAX_RECORD:,} characters")
        if self._left < 0:
            self._builder = None
        if self._builder is not None:
            self._builder.event(event, value)

    @property
    def value(self) -> Any:
        return TOO_LARGE if self._builder is None else self._builder.value


class _Source:
    """The file in UTF-8; stops when the parser has read a lot and found nothing."""

    def __init__(self, file: BinaryIO) -> None:
        encoding = encoding_of(file)
        self._file = file
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self.silent = 0
        self.ended = False
        """Whether all of it was read: what is wrong then is that it stops."""

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.silent += len(data)
        if self.silent > MAX_STRING:
            raise DocumentError(f"a string of more than {MAX_STRING:,} bytes")
        text = self._decoder.decode(data, final=not data)
        while data and not text and size:
            data = self._file.read(size)
            text = self._decoder.decode(data, final=not data)
        self.ended = not data
        return text.encode("utf-8", "replace")
