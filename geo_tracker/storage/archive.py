"""Raw bodies, content-addressed: written once under their sha256, compressed, before anything parses them."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

import fsspec
import zstandard

from geo_tracker.errors import GeoTrackerError, UsageError


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
        """Store a body, return its sha256 in hex; the file is complete or absent, whenever the process dies."""
        sha = hashlib.sha256(body).hexdigest()
        path = self._path(sha)
        if self._fs.exists(path):
            return sha
        packed = zstandard.ZstdCompressor(level=3).compress(body)
        if not self._local:
            self._fs.pipe_file(path, packed)
            return sha
        self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)
        partial = f"{path}.{secrets.token_hex(4)}.part"
        with Path(partial).open("wb") as file:
            file.write(packed)
            file.flush()
            os.fsync(file.fileno())
        Path(partial).replace(path)
        return sha

    def get(self, sha: str) -> bytes:
        """The body stored under that sha256; raises `GeoTrackerError` if it is missing or damaged."""
        try:
            packed = self._fs.cat_file(self._path(sha))
        except FileNotFoundError:
            raise GeoTrackerError(
                f"no body {sha} in the archive {self._root}: restore it from a backup"
            ) from None
        body = zstandard.ZstdDecompressor().decompressobj().decompress(packed)
        if hashlib.sha256(body).hexdigest() != sha:
            raise GeoTrackerError(
                f"body {sha} in the archive {self._root} is damaged: restore it from a backup"
            )
        return body

    def _path(self, sha: str) -> str:
        return f"{self._root}/{sha[:2]}/{sha}.zst"
