"""CSV that Excel opens as it is meant: UTF-8 with its mark, no cell that runs."""

from __future__ import annotations

import csv
from datetime import date, datetime
from pathlib import Path
from typing import Any

from geo_tracker.exports.formats.base import Format
from geo_tracker.exports.guards import guarded
from geo_tracker.exports.table import Batch, Table, as_json


class Csv(Format):
    """A file a table."""

    name, mediatype, encoding = "csv", "text/csv", "utf-8-sig"
    note = "Text that a spreadsheet might run has an apostrophe in front; lists are JSON."

    def begin(self, table: Table) -> Path:
        path = self.folder / f"{table.name}.csv"
        self._file = path.open("w", encoding=self.encoding, newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow([column.name for column in table.columns])
        return path

    def add(self, batch: Batch) -> None:
        self._writer.writerows([cell(value) for value in row] for row in batch)

    def end(self) -> dict[str, Any]:
        self._file.close()
        return {"dialect": {"delimiter": ",", "lineTerminator": "\r\n"}}


def cell(value: Any) -> str | int | float:
    """A value as text that is never a formula; numbers stay numbers, None is empty."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return value
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case str():
            return guarded(value)
        case _:
            return as_json(value)
