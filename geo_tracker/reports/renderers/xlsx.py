"""The report as a workbook: a sheet a table with typed columns, native charts, and the methods in words."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import xlsxwriter

from geo_tracker.i18n import translate
from geo_tracker.reports.cells import number_format, typed
from geo_tracker.reports.csv import cell as guarded
from geo_tracker.reports.model import Chart, Paragraph, Quotes, Report, Section, Table
from geo_tracker.reports.renderers.measuring import width

HEAD = 3
"""Rows above a table: its title, its note, an empty one."""
WIDEST = 60
MAX_TEXT = 32_000
"""Characters that a cell takes: 32,767, with some room."""


def render(report: Report) -> bytes:
    """The file's bytes."""
    file = io.BytesIO()
    guards = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, {"in_memory": True, "nan_inf_to_errors": True, **guards}) as book:
        _Workbook(book, report).fill()
    return file.getvalue()


class _Workbook:
    """The sheets of one report."""

    def __init__(self, book: Any, report: Report) -> None:
        self.book, self.report, self.t = book, report, translate(report.language)
        self.names: set[str] = set()
        self.formats: dict[tuple[Any, ...], Any] = {}
        properties = {"title": report.title, "author": report.branding.agency.name, "subject": report.period}
        book.set_properties(
            {**properties, "comments": report.labels["sandbox_page"] if report.sandbox else ""}
        )

    def fill(self) -> None:
        """Words first, then tables and charts, chapter by chapter; methods last."""
        self._words(self.report.sections[:1], self.report.sections[0].title)
        for section in self.report.sections:
            for block in section.blocks:
                if isinstance(block, Table):
                    self._table(section, block)
                elif isinstance(block, Chart):
                    self._chart(block)
        self._words(self.report.sections[1:], self.report.labels["methods"])

    def format(self, **wanted: Any) -> Any:
        """A format, made once."""
        key = tuple(sorted(wanted.items()))
        if key not in self.formats:
            font = {"font_name": self.report.branding.font or "Arial", "font_size": 10, "valign": "top"}
            self.formats[key] = self.book.add_format({**font, **wanted})
        return self.formats[key]

    def _sheet(self, title: str, note: str = "") -> Any:
        """A new sheet with its title, the sandbox's label and a note, set to print on pages as wide as it."""
        sheet = self.book.add_worksheet(self._name(title))
        colour = self.report.branding.colour
        self._text(sheet, 0, 0, title, self.format(bold=True, font_size=14, font_color=colour))
        label = self.report.labels["sandbox_page"] if self.report.sandbox else ""
        said = " · ".join(part for part in (label, self.report.period, note) if part)
        self._text(sheet, 1, 0, said, self.format(font_color="#B23C00" if label else "#5B6773"))
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9 if self.report.branding.paper == "a4" else 1)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L{_footer(label or self.report.title)}&R&P / &N")
        return sheet

    def _text(self, sheet: Any, row: int, column: int, text: str, format: Any) -> None:
        sheet.write_string(row, column, str(guarded(text))[:MAX_TEXT], format)

    def _name(self, title: str) -> str:
        """A sheet's name: what Excel allows, at most 31 characters, each once."""
        plain = re.sub(r"[\[\]:*?/\\']", " ", title).strip() or "-"
        name, number = plain[:31].strip(), 1
        while name.casefold() in self.names:
            number += 1
            name = f"{plain[: 30 - len(str(number))].strip()} {number}"
        self.names.add(name.casefold())
        return name

    def _words(self, sections: tuple[Section, ...], title: str) -> None:
        sheet = self._sheet(title)
        sheet.set_column(0, 0, 110)
        rows = [*((notice, True) for notice in self.report.notices), *self._lines(sections)]
        for row, (text, bold) in enumerate(rows, HEAD):
            wanted = {"bold": True, "font_color": self.report.branding.colour} if bold else {}
            self._text(sheet, row, 0, text, self.format(text_wrap=True, **wanted))

    def _lines(self, sections: tuple[Section, ...]) -> Iterator[tuple[str, bool]]:
        for section in sections:
            yield section.title, True
            for block in section.blocks:
                match block:
                    case Paragraph():
                        yield f"{block.head} {block.text}".strip(), False
                    case Quotes():
                        yield block.title, True
                        yield from ((f"“{each.text}” – {each.source}", False) for each in block.items)
            yield "", False

    def _table(self, section: Section, table: Table) -> None:
        title = table.title or section.title
        sheet = self._sheet(title, table.note)
        head = self.format(bold=True, bottom=2, bottom_color=self.report.branding.colour, text_wrap=True)
        columns = list(typed(table, self.t))
        for at, column in enumerate(columns):
            self._text(sheet, HEAD, at, column.head, head)
            for row, (value, format) in enumerate(zip(column.values, column.formats, strict=True)):
                self._cell(sheet, HEAD + 1 + row, at, value, format, bold=row in table.marked)
            sheet.set_column(at, at, _column_width(column.head, column.values))
        if not table.rows:
            self._text(sheet, HEAD + 1, 0, self.t("doc.empty_table"), self.format())
        sheet.freeze_panes(HEAD + 1, 1)
        sheet.repeat_rows(HEAD)
        sheet.autofilter(HEAD, 0, HEAD + len(table.rows), max(len(columns) - 1, 0))

    def _cell(self, sheet: Any, row: int, column: int, value: Any, format: str, *, bold: bool) -> None:
        """Numbers as numbers, text as text that is never a formula, nothing as an empty cell."""
        wanted: dict[str, Any] = {"bold": True} if bold else {}
        if value is None:
            sheet.write_blank(row, column, None, self.format(**wanted))
        elif isinstance(value, str):
            self._text(sheet, row, column, value, self.format(text_wrap=True, **wanted))
        else:
            sheet.write_number(row, column, value, self.format(num_format=format or "General", **wanted))

    def _chart(self, chart: Chart) -> None:
        """The chart's numbers, and beside them the chart that draws them."""
        sheet = self._sheet(chart.title)
        head = self.format(bold=True, bottom=2, bottom_color=self.report.branding.colour)
        number = self.format(num_format=number_format(chart.metric))
        for row, name in enumerate(chart.categories):
            self._text(sheet, HEAD + 1 + row, 0, name, self.format())
        for at, series in enumerate(chart.series, 1):
            self._text(sheet, HEAD, at, series.name, head)
            for row, value in enumerate(series.values):
                if value is not None:
                    sheet.write_number(HEAD + 1 + row, at, value, number)
        sheet.set_column(0, 0, _column_width("", chart.categories))
        sheet.set_column(1, len(chart.series), 14)
        if chart.form == "grid":
            self._shaded(sheet, chart)
        elif chart.categories:
            options = {"description": chart.alt, "x_offset": 12}
            sheet.insert_chart(HEAD, len(chart.series) + 1, self._drawn(sheet.get_name(), chart), options)

    def _shaded(self, sheet: Any, chart: Chart) -> None:
        scale = {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": self.report.branding.colour}
        sheet.conditional_format(HEAD + 1, 1, HEAD + len(chart.categories), len(chart.series), scale)

    def _drawn(self, sheet: str, chart: Chart) -> Any:
        line = chart.form == "line"
        drawn = self.book.add_chart({"type": "line" if line else "bar"})
        last = HEAD + len(chart.categories)
        for at, series in enumerate(chart.series, 1):
            colour = self.report.branding.colour if series.own or len(chart.series) == 1 else None
            look: dict[str, Any] = {"width": 2.5 if series.own else 1.25} if line else {}
            look |= {"color": colour} if colour else {}
            drawn.add_series(
                {
                    "name": [sheet, HEAD, at],
                    "categories": [sheet, HEAD + 1, 0, last, 0],
                    "values": [sheet, HEAD + 1, at, last, at],
                    "line" if line else "fill": look,
                }
            )
        drawn.set_title({"name": chart.title, "name_font": {"size": 12}})
        axis = {
            "num_format": number_format(chart.metric),
            "major_gridlines": {"visible": True, "line": {"color": "#E4E7EB"}},
        }
        drawn.set_y_axis(axis if line else {"reverse": True})
        drawn.set_x_axis({} if line else axis)
        drawn.set_legend({"position": "bottom"} if len(chart.series) > 1 else {"none": True})
        bars = len(chart.categories) * len(chart.series)
        drawn.set_size({"width": 760, "height": 380 if line else min(max(240, 60 + 18 * bars), 1400)})
        return drawn


def _footer(text: str) -> str:
    """Text in a footer: & starts a code there; Excel takes 255 characters."""
    return text.replace("&", "&&")[:200]


def _column_width(head: str, values: tuple[Any, ...]) -> float:
    texts = [str(value) for value in values[:200] if isinstance(value, str)]
    longest = max((width(text) for text in texts), default=0.0)
    return min(max(11.0, width(head) * 1.1 + 2 if width(head) < 14 else 16.0, longest * 1.9), WIDEST)
