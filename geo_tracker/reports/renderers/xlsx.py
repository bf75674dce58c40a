"""The report as a workbook: a sheet a table with typed columns, native charts, and the methods in words."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

import xlsxwriter

from geo_tracker.exports.guards import is_formula
from geo_tracker.i18n import translate
from geo_tracker.reports.cells import Typed, number_format, reach, typed
from geo_tracker.reports.model import Chart, Paragraph, Quotes, Report, Section, Series, Table
from geo_tracker.reports.renderers.measuring import lines, width

HEAD = 3
"""Rows above a table: its title, its note, an empty one."""
WIDEST = 60
PAPER = 165
"""Characters side by side on a landscape page that can still be read: Arial 10 at 70 %."""
OTHER, DAYS = "#B4BAC2", 10
"""The colour of bars that do not stand out, and the days below a line that have room."""
LINE = 15.0
"""Points of a line of Arial 10, Chinese ones too."""
LEFT: dict[str, Any] = {"align": "left", "indent": 1}
"""Text behind a number: an indent counts only where the side is named."""
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
        if is_formula(
            text
        ):  # as text it does not run; Excel's own mark keeps it so where somebody edits the cell
            format = self._quoted(format)
        sheet.write_string(row, column, text[:MAX_TEXT], format)

    def _quoted(self, format: Any) -> Any:
        wanted = next(dict(key) for key, made in self.formats.items() if made is format)
        return self.format(**wanted, quote_prefix=True)

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
            sheet.set_row(row, LINE * _lines_of(text, 110))

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
        columns = list(typed(table, self.t))
        widths = [_column_width(column.head, column.values) for column in columns]
        for at, column in enumerate(columns):
            number = any(column.formats) and not any(isinstance(value, str) for value in column.values)
            self._text(sheet, HEAD, at, column.head, self._head(number=number, indent=at > 0))
            for row, (value, format) in enumerate(zip(column.values, column.formats, strict=True)):
                self._cell(sheet, HEAD + 1 + row, at, value, format, bold=row in table.marked)
            sheet.set_column(at, at, widths[at])
        _heights(sheet, [column.head for column in columns], columns, widths)
        pages = -(-sum(widths) // PAPER)
        if pages > 1:  # over several pages rather than too small to read, with the names on each
            sheet.fit_to_pages(int(pages), 0)
            sheet.repeat_columns(0)
        if not table.rows:
            self._text(sheet, HEAD + 1, 0, self.t("doc.empty_table"), self.format())
        sheet.freeze_panes(HEAD + 1, 1)
        sheet.repeat_rows(HEAD)
        sheet.autofilter(HEAD, 0, HEAD + len(table.rows), max(len(columns) - 1, 0))

    def _head(self, *, number: bool, indent: bool) -> Any:
        look = {"align": "right"} if number else LEFT if indent else {}
        colour = self.report.branding.colour
        return self.format(bold=True, bottom=2, bottom_color=colour, text_wrap=True, **look)

    def _cell(self, sheet: Any, row: int, column: int, value: Any, format: str, *, bold: bool) -> None:
        """Numbers as numbers, text as text that is never a formula, nothing as an empty cell."""
        wanted: dict[str, Any] = {"bold": True} if bold else {}
        if value is None:
            sheet.write_blank(row, column, None, self.format(**wanted))
        elif isinstance(value, str):
            wanted |= LEFT if column else {}  # a number may stand close in front
            self._text(sheet, row, column, value, self.format(text_wrap=True, **wanted))
        else:
            sheet.write_number(row, column, value, self.format(num_format=format or "General", **wanted))

    def _chart(self, chart: Chart) -> None:
        """The chart's numbers, and beside them the chart that draws them."""
        sheet = self._sheet(chart.title)
        number = self.format(num_format=number_format(chart.metric))
        for row, name in enumerate(chart.categories):
            self._text(sheet, HEAD + 1 + row, 0, name, self.format())
        for at, series in enumerate(chart.series, 1):
            self._text(sheet, HEAD, at, series.name, self._head(number=True, indent=False))
            for row, value in enumerate(series.values):
                if value is not None:
                    sheet.write_number(HEAD + 1 + row, at, value, number)
        sheet.set_column(0, 0, _column_width("", chart.categories))
        sheet.set_column(1, len(chart.series), 14)
        sheet.set_row(HEAD, LINE * max((_lines_of(each.name, 14) for each in chart.series), default=1))
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
            more = _intervals(series) if line else {"gap": 40, **_intervals(series)}
            if chart.marked and not line:
                look["color"] = OTHER
                own = {"fill": {"color": self.report.branding.colour}}
                more["points"] = [own if n in chart.marked else None for n in range(len(chart.categories))]
            drawn.add_series(
                {
                    "name": [sheet, HEAD, at],
                    "categories": [sheet, HEAD + 1, 0, last, 0],
                    "values": [sheet, HEAD + 1, at, last, at],
                    "line" if line else "fill": look,
                    **more,
                }
            )
        drawn.set_title({"name": chart.title, "name_font": {"size": 12}})
        axis = {
            "num_format": number_format(chart.metric),
            "major_gridlines": {"visible": True, "line": {"color": "#E4E7EB"}},
            "max": reach(chart),
        }
        step = -(-len(chart.categories) // DAYS) if line else 1  # no name of a bar is left out
        names = {"interval_unit": step, "reverse": not line}
        drawn.set_y_axis(axis if line else names)
        drawn.set_x_axis(names if line else axis)
        drawn.set_legend({"position": "bottom"} if len(chart.series) > 1 else {"none": True})
        bars = len(chart.categories) * len(chart.series)
        drawn.set_size({"width": 760, "height": 380 if line else min(max(240, 90 + 30 * bars), 1400)})
        return drawn


def _footer(text: str) -> str:
    """Text in a footer: & starts a code there; Excel takes 255 characters."""
    return text.replace("&", "&&")[:200]


def _intervals(series: Series) -> dict[str, Any]:
    """Bars of error from the bounds, where there are any."""
    known = list(zip(series.values, series.low, series.high, strict=False))
    if not any(low is not None for _, low, _ in known):
        return {}
    plus = [0.0 if v is None or high is None else high - v for v, _, high in known]
    minus = [0.0 if v is None or low is None else v - low for v, low, _ in known]
    bounds = {"type": "custom", "plus_values": plus, "minus_values": minus, "end_style": 0}
    return {"y_error_bars": bounds}


def _column_width(head: str, values: tuple[Any, ...]) -> float:
    """In characters: of text as long as it is, of numbers as narrow as their head on several lines allows."""
    longest = max(
        (width(each) for value in values[:200] for each in str(value).split("\n") if isinstance(value, str)),
        default=0.0,
    )
    word = max((width(each) for each in head.split()), default=0.0)
    return min(max(10.0, min(word, 9.0) * 1.9, longest * 1.9 + 2), WIDEST)


def _lines_of(text: str, characters: float) -> int:
    return lines(text, characters / 1.9, 1.0)


def _heights(sheet: Any, heads: Sequence[str], columns: Sequence[Typed], widths: Sequence[float]) -> None:
    """Rows as high as their text: not every office program finds that out when it opens a file."""
    sheet.set_row(HEAD, LINE * max((_lines_of(h, w) for h, w in zip(heads, widths, strict=True)), default=1))
    for row, values in enumerate(zip(*(column.values for column in columns), strict=True), HEAD + 1):
        texts = [(value, w) for value, w in zip(values, widths, strict=True) if isinstance(value, str)]
        high = max((_lines_of(value, w) for value, w in texts), default=1)
        if high > 1:
            sheet.set_row(row, LINE * high)
