"""Zip and gzip files: their members one at a time, bounded."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO, cast

from geo_tracker.captures.base import BadRow, Read

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

ZIP, GZIP = b"PK\x03\x04", b"\x1f\x8b"
MAX_RATIO = 200
"""Unpacked bytes per packed byte; chats pack to about a tenth."""
MAX_UNPACKED = 4_000_000_000
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
"""What damaged, encrypted and oversized files raise while they are read."""

ReadMember = Callable[[BinaryIO], Iterator[Read]]


def is_packed(head: bytes) -> bool:
    return head.startswith((ZIP, GZIP))


def members(file: BinaryIO, wanted: re.Pattern[str], read: ReadMember) -> Iterator[Read]:
    """What `read` finds in the members of a zip whose names are wanted, or in the file in a gzip.

    A member beyond the limits and a file that cannot be unpacked become bad rows.
    """
    kind = "gzip" if file.read(4).startswith(GZIP) else "zip"
    file.seek(0)
    try:
        yield from _gzipped(file, read) if kind == "gzip" else _zipped(file, wanted, read)
    except DAMAGED as error:
        yield BadRow(1, f"{kind}: cannot be unpacked: {error}")


def _zipped(file: BinaryIO, wanted: re.Pattern[str], read: ReadMember) -> Iterator[Read]:
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            if not wanted.search(info.filename):
                continue
            if info.file_size > _limit(info.compress_size):
                yield BadRow(
                    1, f"zip: {info.filename} unpacks to {info.file_size:,} bytes: not a chat, not read"
                )
                continue
            with archive.open(info) as member:
                yield from read(cast(BinaryIO, member))


def _gzipped(file: BinaryIO, read: ReadMember) -> Iterator[Read]:
    limit = _limit(file.seek(0, io.SEEK_END))
    file.seek(0)
    with gzip.GzipFile(fileobj=file) as unpacked:
        bounded = _Limited(unpacked, limit)
        with io.BufferedReader(bounded) as member:
            yield from read(cast(BinaryIO, member))
    if bounded.damage is not None:
        yield BadRow(1, f"gzip: cannot be unpacked further than here: {bounded.damage}")


def _limit(packed: int) -> int:
    return min(MAX_UNPACKED, MAX_RATIO * max(packed, 1))


class _Limited(io.RawIOBase):
    """A view of a file that refuses to be read beyond a number of bytes, and ends where the file is damaged."""

    damage: EOFError | zlib.error | None = None

    def __init__(self, file: gzip.GzipFile, limit: int) -> None:
        self._file = file
        self._limit = limit

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        try:
            data = self._file.read1(len(view))
        except (EOFError, zlib.error) as error:
            self.damage = error
            return 0
        if self._file.tell() > self._limit:
            raise ValueError(f"unpacks to more than {self._limit:,} bytes: not a chat, not read")
        view[: len(data)] = data
        return len(data)
