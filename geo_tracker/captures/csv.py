"""Generic answers as CSV, also as spreadsheets save it: comma, semicolon or tab; UTF-8, UTF-16 or GB18030."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from geo_tracker.captures._lines import MAX_LINE, Lines, LineTooLong, decoded, encoding_of
from geo_tracker.captures._rows import COLUMNS, REQUIRED, Columns, read_row
from geo_tracker.captures.base import BadRow, Capture, Read

DELIMITERS = ",;\t|"


class Csv(Capture):
    """One answer a row, under a header with the columns' names."""

    name = "csv"
    label = "CSV"

    def recognises(self, head: bytes) -> bool:
        boms = (b"\xff\xfe", b"\xfe\xff")
        encodings = ("utf-16",) if head.startswith(boms) else ("utf-8-sig", "utf-16-le")
        return any(_is_header(head.decode(encoding, "replace")) for encoding in encodings)

    def read(self, file: BinaryIO) -> Iterator[Read]:
        csv.field_size_limit(MAX_LINE)
        lines = Lines(file, encoding_of(file))
        try:
            header, delimiter = _find_header(lines)
        except (ValueError, csv.Error) as error:
            yield BadRow(max(lines.number, 1), f"header: {error}")
            return
        columns = Columns()
        columns.meet(name for name in header if name)
        yield from _rows(lines, header, delimiter)
        yield from columns.note()


def _is_header(head: str) -> bool:
    return any(len(set(REQUIRED) & set(_split(line)[0])) >= 2 for line in head.lstrip().splitlines()[:2])


def _split(line: str) -> tuple[list[str], str]:
    """The names in a header line, and the delimiter under which most of them are columns."""
    layouts = [
        ([cell.strip().lower() for row in csv.reader([line], delimiter=delimiter) for cell in row], delimiter)
        for delimiter in DELIMITERS
    ]
    return max(layouts, key=lambda layout: len(COLUMNS & set(layout[0])))


def _find_header(lines: Lines) -> tuple[list[str], str]:
    """The header's names and the delimiter; raises `ValueError` if a column is missing or there twice."""
    line = next(
        (line for line in lines if line.strip() and not line.lower().startswith(("sep=", '"sep='))), ""
    )
    header, delimiter = _split(decoded(line).rstrip("\r\n"))
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise ValueError(f"no column {', '.join(missing)}")
    twice = [name for name, count in Counter(header).items() if name in COLUMNS and count > 1]
    if twice:
        raise ValueError(f"column {', '.join(twice)} twice")
    return header, delimiter


def _rows(lines: Lines, header: Sequence[str], delimiter: str) -> Iterator[Read]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        start = lines.number + 1
        try:
            cells = next(reader)
            if any(cell.strip() for cell in cells):
                yield read_row(_named(header, cells), start)
        except StopIteration:
            return
        except LineTooLong as error:
            yield BadRow(start, f"row: {error}")
        except csv.Error as error:
            yield BadRow(start, f"row: not CSV: {error}")
        except ValueError as error:
            yield BadRow(start, str(error))


def _named(header: Sequence[str], cells: Sequence[str]) -> Mapping[str, str]:
    if any(cells[len(header) :]):
        raise ValueError(f"row: {len(cells)} cells under {len(header)} columns: put quotes around the text")
    return {name: decoded(cell) for name, cell in zip(header, cells, strict=False) if name in COLUMNS}
