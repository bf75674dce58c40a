"""JSON Lines: an object a row, values as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from geo_tracker.exports.formats.base import Format
from geo_tracker.exports.table import Batch, Table

OPTIONS = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z


class JsonLines(Format):
    """A file a table."""

    name, mediatype, encoding = "jsonl", "application/jsonl", "utf-8"

    def begin(self, table: Table) -> Path:
        path = self.folder / f"{table.name}.jsonl"
        self._file = path.open("wb")
        self._names = [column.name for column in table.columns]
        return path

    def add(self, batch: Batch) -> None:
        names = self._names
        self._file.writelines(
            orjson.dumps(dict(zip(names, row, strict=True)), default=str, option=OPTIONS) for row in batch
        )

    def end(self) -> dict[str, Any]:
        self._file.close()
        return {}
