"""XLSX: a sheet a table, typed cells, written row by row; text is never a formula or a link."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from geo_tracker.exports.formats.base import Format
from geo_tracker.exports.guards import is_formula
from geo_tracker.exports.table import Batch, Column, Table, as_json

MOST_ROWS = 1_048_576
MOST_TEXT = 32_767
"""What a sheet and a cell hold, as Excel's specification says."""
CUT = " […]"
WIDTHS = {"string": 24, "date": 11, "datetime": 19, "array": 24, "any": 24}
FILE = "tables.xlsx"


class Xlsx(Format):
    """One workbook; a table that is longer than a sheet goes on in the next one."""

    name = "xlsx"
    mediatype = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    note = f"Texts of more than {MOST_TEXT:,} characters end in {CUT.strip()}; times are UTC; lists are JSON."

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        settings = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": "yyyy-mm-dd",
            "remove_timezone": True,
            "nan_inf_to_errors": True,
        }
        from xlsxwriter import Workbook  # of an extra: the other formats do without it

        self._book = Workbook(str(folder / FILE), settings)
        self._head = self._book.add_format({"bold": True, "bottom": 1})
        self._time = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        # Excel's own mark for text that would run if somebody typed it.
        self._quoted = self._book.add_format({"quote_prefix": True})

    def begin(self, table: Table) -> Path:
        self._table, self._sheets = table, list[str]()
        self._next_sheet()
        return self.folder / FILE

    def _next_sheet(self) -> None:
        number = f"_{len(self._sheets) + 1}" if self._sheets else ""
        name = f"{self._table.name}{number}"
        self._sheet = self._book.add_worksheet(name)
        self._sheets.append(name)
        self._sheet.freeze_panes(1, 0)
        for at, column in enumerate(self._table.columns):
            self._sheet.set_column(at, at, WIDTHS.get(column.type, 10))
        for at, column in enumerate(self._table.columns):
            self._sheet.write_string(0, at, column.name, self._head)
        self._row = 1

    def add(self, batch: Batch) -> None:
        for row in batch:
            if self._row == MOST_ROWS:
                self._next_sheet()
            for at, (column, value) in enumerate(zip(self._table.columns, row, strict=True)):
                if value is not None:
                    self._write(at, column, value)
            self._row += 1

    def _write(self, at: int, column: Column, value: Any) -> None:
        match value:
            case bool():
                self._sheet.write_boolean(self._row, at, value)
            case int() | float():
                self._sheet.write_number(self._row, at, value)
            case datetime():
                self._sheet.write_datetime(self._row, at, value, self._time)
            case date():
                self._sheet.write_datetime(self._row, at, datetime.combine(value, time()))
            case _:
                self._text(at, value if isinstance(value, str) else as_json(value))

    def _text(self, at: int, text: str) -> None:
        shown = text if len(text) <= MOST_TEXT else text[: MOST_TEXT - len(CUT)] + CUT
        self._sheet.write_string(self._row, at, shown, self._quoted if is_formula(shown) else None)

    def end(self) -> dict[str, Any]:
        first = self._sheets[0]
        # Said as the standard has it, and as the Python library reads it.
        return {"dialect": {"sheetName": first, "excel": {"sheet": first}}, "sheets": self._sheets}

    def close(self) -> None:
        self._book.close()
