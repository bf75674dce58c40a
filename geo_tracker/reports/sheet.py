"""A table of the dashboard as a workbook for Excel; text in it is never a formula or a link."""

from __future__ import annotations

import io
from typing import Any

from xlsxwriter import Workbook

from geo_tracker.exports.guards import is_formula
from geo_tracker.reports.csv import Table

SETTINGS = {
    "in_memory": True,
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}
MOST_TEXT = 32_767
"""Characters that a cell holds, as Excel's specification says."""
WIDE, NARROW = 26, 12


def workbook(table: Table) -> bytes:
    """The table on one sheet, its head in bold and in view while one scrolls."""
    file = io.BytesIO()
    with Workbook(file, SETTINGS) as book:
        quoted = book.add_format({"quote_prefix": True})  # Excel's own mark for text that would run
        sheet = book.add_worksheet(table.name[:31])
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(table.header) - 1, NARROW)
        sheet.set_column(0, 0, WIDE)
        sheet.write_row(0, 0, table.header, book.add_format({"bold": True, "bottom": 1}))
        for row, values in enumerate(table.rows, 1):
            for at, value in enumerate(values):
                _write(sheet, row, at, value, quoted)
    return file.getvalue()


def _write(sheet: Any, row: int, at: int, value: Any, quoted: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, at, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, at, value)
    else:
        text = "; ".join(map(str, value)) if isinstance(value, tuple) else str(value)
        sheet.write_string(row, at, text[:MOST_TEXT], quoted if is_formula(text) else None)
