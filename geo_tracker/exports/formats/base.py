"""What a format is: a file that takes a table's rows in batches."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

from geo_tracker.exports.table import Batch, Table


class Format(ABC):
    """Writes tables into files of a folder, one after the other, each row once."""

    name: ClassVar[str]
    mediatype: ClassVar[str]
    encoding: ClassVar[str | None] = None
    note: ClassVar[str] = ""
    """What is changed so that the format can hold it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def begin(self, table: Table) -> Path:
        """The file that takes the rows of this table from now on."""

    @abstractmethod
    def add(self, batch: Batch) -> None:
        """Write some of its rows."""

    @abstractmethod
    def end(self) -> dict[str, Any]:
        """Finish the table; gives what its description says besides, such as a sheet."""

    def close(self) -> None:  # noqa: B027 - most formats share nothing
        """Finish what all tables share."""
