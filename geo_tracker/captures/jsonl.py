"""Generic answers as JSON Lines: one object a line, columns as in docs/import.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from geo_tracker.captures._lines import Lines, LineTooLong, decoded, encoding_of
from geo_tracker.captures._rows import REQUIRED, Columns, read_row
from geo_tracker.captures.base import BadRow, Capture, CapturedAnswer, Read
from geo_tracker.engines._json import loads
from geo_tracker.engines.base import EngineError


class JsonLines(Capture):
    """One answer a line: `{"prompt": …, "engine": …, "text": …}`."""

    name = "jsonl"
    label = "JSON Lines"

    def recognises(self, head: bytes) -> bool:
        if head.startswith((b"\xff\xfe", b"\xfe\xff")):
            head = head.decode("utf-16", "replace").encode()
        lines = head.removeprefix(b"\xef\xbb\xbf").lstrip().splitlines()[:20]
        keys = [b'"%s"' % name.encode() for name in REQUIRED]
        return any(line.lstrip().startswith(b"{") and all(key in line for key in keys) for line in lines)

    def read(self, file: BinaryIO) -> Iterator[Read]:
        lines = Lines(file, "utf-16" if encoding_of(file).startswith("utf-16") else "utf-8-sig")
        columns = Columns()
        while True:
            try:
                line = next(lines)
                if line.strip():
                    yield _answer(line, lines.number, columns)
            except StopIteration:
                break
            except LineTooLong as error:
                yield BadRow(lines.number, f"row: {error}")
            except (ValueError, EngineError) as error:
                yield BadRow(lines.number, str(error))
        yield from columns.note()


def _answer(line: str, number: int, columns: Columns) -> CapturedAnswer:
    row = loads(decoded(line))
    if not isinstance(row, dict):
        raise ValueError('row: not an object such as {"prompt": …, "engine": …, "text": …}')
    columns.meet(row)
    return read_row(row, number)
