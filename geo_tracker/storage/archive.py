"""Raw bodies, content-addressed: written once under their sha256, compressed, before anything parses them."""

from __future__ import annotations

import hashlib
import os
import secrets
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Self

import fsspec
import zstandard

from geo_tracker.errors import GeoTrackerError, UsageError

MAX_BODY = 1 << 28
"""Bytes that a stored body may unpack to; what is fetched or imported is bounded far below."""

SIDE_BY_SIDE = 8
"""Bodies that are written at once: 32 files one after the other took 33 to 118 ms, 8 at a time 3 to 16.

Measured on ext4, 2026-11-26.
"""


class MissingBody(GeoTrackerError):
    """The archive has no body of that sha256."""


class DamagedBody(GeoTrackerError):
    """What lies under that sha256 does not unpack to it, or cannot be read."""


class Archive:
    """Bodies at `<root>/ab/abcdef….zst` on any fsspec filesystem."""

    def __init__(self, url: str) -> None:
        try:
            self._fs, self._root = fsspec.core.url_to_fs(url)  # type: ignore[no-untyped-call]
        except (ValueError, ImportError) as error:
            raise UsageError(f"GEO_ARCHIVE_URL {url!r} is no place for an archive: {error}") from None
        self._local = "file" in (
            [self._fs.protocol] if isinstance(self._fs.protocol, str) else self._fs.protocol
        )

    @property
    def location(self) -> str:
        """Where the bodies lie, for people."""
        return str(self._root)

    def put(self, body: bytes) -> str:
        """Store a body, return its sha256 in hex; the file is complete or absent, whenever the process dies.

        Raises `GeoTrackerError` where it cannot be stored: a full disk, a folder that may not be written.
        """
        sha = sha256_of(body)
        self._store(sha, lambda: _packed(body))
        return sha

    def try_out(self) -> None:
        """Store a body of no use and read it; raises `GeoTrackerError` where that fails."""
        sha = self.put(secrets.token_bytes(16))
        self.get(sha)
        with suppress(*_failures()):  # an object store may let one write and not remove
            self.delete(sha)

    def put_packed(self, sha: str, packed: bytes) -> None:
        """Store a body as `packed` gave it; raises `DamagedBody` where it does not unpack to that sha256."""
        if not _is_body(sha, _unpacked(packed)):
            raise DamagedBody(f"body {sha} is damaged")
        self._store(sha, lambda: packed)

    def put_all(self, bodies: Iterable[bytes]) -> None:
        """As `put`, side by side: a disk ends what is asked of it together about as fast as one of it."""
        named = {sha256_of(body): body for body in bodies}
        if len(named) < 2:
            deque(map(self.put, named.values()), maxlen=0)
        elif self._local:
            self._write_all(named)
        else:
            deque(self._side_by_side.map(self.put, named.values()), maxlen=0)

    @cached_property
    def _side_by_side(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="archive")

    def _write_all(self, named: Mapping[str, bytes]) -> None:
        """Only the waiting for the disk is done by threads: whole writes there took 0.85 ms of CPU each, this 0.25.

        Measured on 10 bodies at a time of 4 kB, 2026-11-27.
        """
        begun: list[_Partial] = []
        try:
            for sha, body in named.items():
                path = self._path(sha)
                if not os.path.exists(path):  # noqa: PTH110
                    begun.append(_Partial.begin(Path(path), _packed(body)))
            deque(self._side_by_side.map(_Partial.keep, begun), maxlen=0)
        except OSError as error:
            raise self._not_stored(error) from None
        finally:
            for partial in begun:
                partial.forget()

    def _store(self, sha: str, packed: Callable[[], bytes]) -> None:
        path = self._path(sha)
        try:
            if self._local:
                if not os.path.exists(path):  # noqa: PTH110 - of a path as text, many a second
                    _write(Path(path), packed())
            elif not self._fs.exists(path):
                self._fs.pipe_file(path, packed())
        except _failures() as error:
            raise self._not_stored(error) from None

    def _not_stored(self, error: Exception) -> GeoTrackerError:
        advice = (
            "free space or mend its permissions"
            if isinstance(error, OSError)
            else "see that it can be reached"
        )
        return GeoTrackerError(
            f"the archive {self._root} cannot store a body: {_reason(error)}: {advice}, then run the command again"
        )

    def get(self, sha: str) -> bytes:
        """The body stored under that sha256; raises `MissingBody` or `DamagedBody`."""
        return self.checked(sha)[1]

    def checked(self, sha: str) -> tuple[bytes, bytes]:
        """The file of that body and what it unpacks to; raises `MissingBody` or `DamagedBody`."""
        packed = self.packed(sha)
        body = _unpacked(packed)
        if body is None or not _is_body(sha, body):
            raise DamagedBody(f"body {sha} in the archive {self._root} is damaged: restore it from a backup")
        return packed, body

    def packed(self, sha: str) -> bytes:
        """The file of that body, as it lies there; raises `MissingBody`, and `DamagedBody` where it cannot be read."""
        try:
            return bytes(self._fs.cat_file(self._path(sha)))
        except FileNotFoundError:
            raise MissingBody(
                f"no body {sha} in the archive {self._root}: restore it from a backup"
            ) from None
        except _failures() as error:
            raise DamagedBody(
                f"body {sha} in the archive {self._root} cannot be read: {_reason(error)}"
            ) from None

    def delete(self, sha: str) -> None:
        """Remove a body, where there is one."""
        with suppress(FileNotFoundError):
            self._fs.rm_file(self._path(sha))

    def stored_at(self, sha: str) -> datetime | None:
        """When a body was stored; None where there is none."""
        try:
            at: datetime = self._fs.modified(self._path(sha))
        except FileNotFoundError:
            return None
        return at if at.tzinfo else at.replace(tzinfo=UTC)

    def stored(self) -> Iterator[str]:
        """The sha256 of every body, in no order, a folder at a time."""
        if not self._fs.exists(self._root):
            return
        for folder in self._fs.ls(self._root, detail=False):
            if self._fs.isdir(folder):
                names = (path.rpartition("/")[2] for path in self._fs.ls(folder, detail=False))
                yield from (name.removesuffix(".zst") for name in names if name.endswith(".zst"))

    def _path(self, sha: str) -> str:
        return f"{self._root}/{sha[:2]}/{sha}.zst"


def _failures() -> tuple[type[Exception], ...]:
    """What a place raises that cannot be reached or fails; S3's client has errors of its own, once it is loaded."""
    client = sys.modules.get("botocore.exceptions")
    return (OSError, client.BotoCoreError) if client else (OSError,)


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)


def _is_body(sha: str, body: bytes | None) -> bool:
    return body is not None and sha256_of(body) == sha


def sha256_of(body: bytes) -> str:
    """The name of a body in the archive."""
    return hashlib.sha256(body).hexdigest()


def _packed(body: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=3).compress(body)


@dataclass(frozen=True, slots=True)
class _Partial:
    """A file under another name until all of it is on the disk."""

    file: BinaryIO
    path: Path
    partial: Path

    @classmethod
    def begin(cls, path: Path, packed: bytes) -> Self:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
        made = cls(partial.open("wb"), path, partial)
        try:
            made.file.write(packed)
            made.file.flush()
        except OSError:
            made.forget()
            raise
        return made

    def keep(self) -> None:
        """Give it its name once the disk has it."""
        os.fsync(self.file.fileno())
        self.partial.replace(self.path)

    def forget(self) -> None:
        """Close the file; what was not kept is removed."""
        with suppress(OSError):  # a full disk says so once more on closing
            self.file.close()
        self.partial.unlink(missing_ok=True)


def _write(path: Path, packed: bytes) -> None:
    partial = _Partial.begin(path, packed)
    try:
        partial.keep()
    finally:
        partial.forget()


def _unpacked(packed: bytes) -> bytes | None:
    """The body; None for what is no zstd frame or is larger than any body of ours."""
    try:
        with zstandard.ZstdDecompressor().stream_reader(packed) as reader:
            body = reader.read(MAX_BODY + 1)
    except zstandard.ZstdError:
        return None
    return body if len(body) <= MAX_BODY else None
