"""Files and standard input, bounded."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import orjson
import typer

from geo_tracker.cli._console import warn
from geo_tracker.errors import UsageError

MAX_TEXT = 50_000_000
"""Bytes of one text or one line: more is a mistake, not an answer."""

Jsonl = Annotated[
    bool, typer.Option("--jsonl", help='Input is JSON Lines {"id","text"}; by itself for .jsonl files.')
]
Input = Annotated[str, typer.Argument(help="File, or - for standard input.", metavar="FILE|-")]


@contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """The file of that name or standard input; raises `UsageError` if it cannot be read."""
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(name).open("rb") as file:
            yield file
    except OSError as error:
        raise UsageError(f"{name}: cannot be read: {error.strerror}") from None


def read_whole(name: str) -> bytes:
    """The bytes of a file or standard input; raises `UsageError` above `MAX_TEXT`."""
    with opened(name) as file:
        data = file.read(MAX_TEXT + 1)
    if len(data) > MAX_TEXT:
        raise UsageError(f"{name}: larger than {MAX_TEXT:,} bytes")
    return data


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a file; of one that is too long its beginning, which is longer than `MAX_TEXT` too."""
    while line := file.readline(MAX_TEXT + 1):
        yield line
        while line and not line.endswith(b"\n"):
            line = file.readline(MAX_TEXT + 1)


class Texts:
    """The texts of a file one by one; lines that are not a text are reported and counted in `failed`."""

    def __init__(self, name: str, *, jsonl: bool) -> None:
        self._name = name
        self._jsonl = jsonl or name.endswith(".jsonl")
        self.failed = 0

    def __iter__(self) -> Iterator[tuple[str, str, str | None]]:
        if not self._jsonl:
            yield self._name, self._decoded(read_whole(self._name)), None
            return
        with opened(self._name) as file:
            for number, line in enumerate(_lines(file), 1):
                if line.strip():
                    yield from self._line(number, line)

    def _decoded(self, data: bytes) -> str:
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise UsageError(f"{self._name}: not UTF-8: save the file as UTF-8") from None

    def _line(self, number: int, line: bytes) -> Iterator[tuple[str, str, str | None]]:
        if len(line) > MAX_TEXT:
            return self._reject(number, f"longer than {MAX_TEXT:,} bytes")
        try:
            row = orjson.loads(line.removeprefix(b"\xef\xbb\xbf"))
        except orjson.JSONDecodeError as error:
            return self._reject(number, f"not JSON: {error}")
        if not isinstance(row, dict) or not isinstance(row.get("text"), str):
            return self._reject(number, 'needs an object with a "text"')
        prompt = row.get("prompt")
        yield str(row.get("id", number)), row["text"], prompt if isinstance(prompt, str) else None

    def _reject(self, number: int, reason: str) -> None:
        self.failed += 1
        warn(f"{self._name}:{number}: {reason}")
