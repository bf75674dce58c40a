"""Files on their way: complete where they arrive, or not there at all."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from geo_tracker.errors import UsageError
from geo_tracker.storage.database import make_folder


class File(Protocol):
    """A file in memory."""

    @property
    def name(self) -> str: ...

    @property
    def data(self) -> bytes: ...


def write(files: Iterable[File], folder: Path) -> list[Path]:
    """Write the files into a folder, each complete or not at all."""
    make_folder(folder)
    paths = []
    for each in files:
        partial = folder / f".{each.name}.part"
        try:
            partial.write_bytes(each.data)
            partial.replace(folder / each.name)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise UsageError(f"{folder / each.name}: cannot be written: {error.strerror}") from None
        paths.append(folder / each.name)
    return paths
