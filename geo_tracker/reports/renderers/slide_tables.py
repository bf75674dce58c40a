"""Native tables on slides, over as many as they need, and fields of shaded cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lxml import etree
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Pt

from geo_tracker.reports.cells import NUMBERS, Shown, shade, shown
from geo_tracker.reports.model import Chart, Column, Paragraph, Table
from geo_tracker.reports.renderers.measuring import lines, width
from geo_tracker.reports.renderers.slides import (
    BOTTOM,
    HEADING,
    INK,
    LEFT,
    LINE,
    ROOM,
    SOFT,
    TONES,
    TOP,
    WASH,
    Deck,
    describe,
)
from geo_tracker.words.values import value_text

CELL, NOTE = 10.0, 7.5
DARK = 0.22
"""Luminance below which white has more contrast than ink: (0.22 + 0.05)^2 = (1 + 0.05) (0.019 + 0.05)."""
FEW = 3
"""Rows that look lost alone on a slide if they are fewer."""
SHORT = 6
"""Ideographs of a head that stay on one line."""
LEAST = 90.0
"""Points that a wide column keeps where room is short."""


class TableDeck(Deck):
    """Slides that can hold tables."""

    def table(self, block: Table) -> None:
        """A table over as many slides as it needs, its head on each."""
        if not block.rows:
            self.heading(block.title, 20)
            self.paragraph(Paragraph(self.t("doc.empty_table"), "note"))
            return
        rows = [
            [shown(cell, column, self.t) for cell, column in zip(row, block.columns, strict=True)]
            for row in block.rows
        ]
        widths = _widths(block.columns, rows)
        heights = [_row_height(row, widths, self.leading) for row in rows]
        head = (
            max(lines(c.title, w - 8, CELL) for c, w in zip(block.columns, widths, strict=True))
            * CELL
            * self.leading
            + 6
        )
        if block.note:  # it stays with the last row
            heights[-1] += self.paragraph_height(block.note, "note")
        slide, whole = BOTTOM - TOP - head, head + sum(heights) + HEADING
        torn = self.y + whole > BOTTOM and TOP + whole <= BOTTOM
        self.heading(block.title, whole - HEADING if torn else head + heights[0])
        at = 0
        while at < len(rows):
            if self.y + head + heights[at] > BOTTOM and self.y > TOP:
                self.go_on()
            end = _fitting(heights, at, BOTTOM - self.y - head, slide)
            high = [_row_height(row, widths, self.leading) for row in rows[at:end]]
            self._part(block, rows[at:end], [head, *high], widths, at)
            self.y += head + sum(high) + 4
            at = end
        if block.note:
            self.paragraph(Paragraph(block.note, "note"))
        self.y += 6

    def _part(
        self,
        block: Table,
        rows: Sequence[Sequence[Shown]],
        heights: Sequence[float],
        widths: Sequence[float],
        first: int,
    ) -> None:
        table = self._new_table(block.title, widths, heights)
        for at, column in enumerate(block.columns):
            number = column.kind in NUMBERS
            self._cell(table.cell(0, at), [[(column.title, CELL, SOFT, True)]], number=number, fill="FFFFFF")
            for row, cells in enumerate(rows, 1):
                marked = first + row - 1 in block.marked
                fill = WASH if marked else "FFFFFF"
                self._cell(table.cell(row, at), _cell_rows(cells[at], bold=marked), number=number, fill=fill)

    def _new_table(self, alt: str, widths: Sequence[float], heights: Sequence[float]) -> Any:
        place = (Pt(LEFT), Pt(self.y), Pt(sum(widths)), Pt(sum(heights)))
        frame = self.slide.shapes.add_table(len(heights), len(widths), *place)
        describe(frame, alt)
        _plain(frame)
        for column, room in zip(frame.table.columns, widths, strict=True):
            column.width = Pt(room)
        for row, height in zip(frame.table.rows, heights, strict=True):
            row.height = Pt(height)
        return frame.table

    def _cell(self, cell: Any, rows: Any, *, number: bool, fill: str) -> None:
        cell.margin_left = cell.margin_right = Pt(4)
        cell.margin_top = cell.margin_bottom = Pt(2)
        cell.vertical_anchor = MSO_ANCHOR.TOP
        cell.fill.solid()
        cell.fill.fore_color.rgb = RGBColor.from_string(fill)
        self.write(cell.text_frame, rows, align=PP_ALIGN.RIGHT if number else PP_ALIGN.LEFT)
        _underline(cell)

    def grid(self, block: Chart) -> None:
        """A field of shaded cells as a table."""
        widths = [ROOM * 0.22, *[ROOM * 0.78 / len(block.series)] * len(block.series)]
        high = CELL * self.leading + 8
        heads = ["", *(series.name for series in block.series)]
        top = (
            max(lines(name, room - 8, CELL) for name, room in zip(heads, widths, strict=True))
            * CELL
            * self.leading
            + 6
        )
        rows = list(enumerate(block.categories))
        whole = top + high * len(rows)
        self.heading(block.title, whole if TOP + HEADING + whole <= BOTTOM else high * 3)
        while rows:
            fits = max(1, int((BOTTOM - self.y - top) // high))
            self._grid_part(block, rows[:fits], heads, widths, [top, *[high] * len(rows[:fits])])
            rows = rows[fits:]
            if rows:
                self.go_on()

    def _grid_part(
        self,
        block: Chart,
        rows: Sequence[tuple[int, str]],
        heads: Sequence[str],
        widths: Sequence[float],
        heights: Sequence[float],
    ) -> None:
        table = self._new_table(block.alt, widths, heights)
        for at, name in enumerate(heads):
            self._cell(table.cell(0, at), [[(name, CELL, SOFT, True)]], number=at > 0, fill="FFFFFF")
        for row, (index, name) in enumerate(rows, 1):
            self._cell(table.cell(row, 0), [[(name, CELL, INK, False)]], number=False, fill="FFFFFF")
            for at, series in enumerate(block.series, 1):
                value = series.values[index]
                dark = shade(value, block)
                text = value_text(block.metric, value, self.t)
                fill = _mixed(self.own, dark)
                ink = "FFFFFF" if _light(fill) < DARK else INK
                self._cell(table.cell(row, at), [[(text, CELL, ink, False)]], number=True, fill=fill)
        self.y += sum(heights) + 8


def _fitting(heights: Sequence[float], start: int, room: float, slide: float) -> int:
    """The row to stop before: as many as there is room for, but not so many that a row or two are left over."""
    end, taken = start + 1, heights[start]
    while end < len(heights) and taken + heights[end] <= room:
        taken += heights[end]
        end += 1
    left = len(heights) - end
    if 0 < left < FEW and sum(heights[end:]) < slide:
        end = max(start + 1, len(heights) - max(FEW, (len(heights) - start) // 2))
    return end


def _cell_rows(cell: Shown, *, bold: bool) -> list[list[tuple[str, float, str, bool]]]:
    colour = TONES.get(cell.tone, INK)
    first, *more = cell.text.split("\n")
    rows = [[(first, CELL, colour, bold)], *([(each, NOTE, SOFT, False)] for each in more)]
    return [*rows, [(cell.note, NOTE, TONES.get(cell.tone, SOFT), False)]] if cell.note else rows


def _row_height(row: Sequence[Shown], widths: Sequence[float], leading: float) -> float:
    def of(cell: Shown, room: float) -> float:
        first, *more = cell.text.split("\n")
        small = [*more, cell.note] if cell.note else more
        high = lines(first, room - 8, CELL) * CELL + sum(lines(each, room - 8, NOTE) * NOTE for each in small)
        return high * leading

    return max(of(cell, room) for cell, room in zip(row, widths, strict=True)) + 6


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[Shown]]) -> list[float]:
    """Columns as wide as what they hold, at most; wide ones share what is left."""
    wished = []
    for at, column in enumerate(columns):
        texts = [max(width(row[at].text) * CELL, width(row[at].note) * NOTE) for row in rows[:60]]
        longest = max(*texts, _head(column.title), 30.0) + 10
        wished.append(max(min(longest, 420.0 if column.wide else 150.0), _head(column.title) + 10))
    wide = [at for at, column in enumerate(columns) if column.wide] or list(range(len(columns)))
    share = (ROOM - sum(wished)) / len(wide)  # of what is left over, or of what is too much
    fitted = [max(each + share, LEAST) if at in wide else each for at, each in enumerate(wished)]
    return [each * ROOM / sum(fitted) for each in fitted]


def _head(title: str) -> float:
    """The room that a column's head needs, on two lines where it can: its longest word, Latin or not."""
    words = [width(word) for word in title.split()]
    return (
        CELL
        * 1.2
        * (
            max(words)
            if len(words) > 1 or title.isascii()
            else width(title) * (0.6 if len(title) > SHORT else 1.0)
        )
    )


def _mixed(colour: str, part: float) -> str:
    """A colour on white, 0 to 1 of it."""
    channels = (int(colour[at : at + 2], 16) for at in (0, 2, 4))
    return "".join(f"{round(255 - (255 - each) * part):02X}" for each in channels)


def _light(colour: str) -> float:
    """The relative luminance of a colour, 0..1; WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _plain(frame: Any) -> None:
    """No bands and no style of the built-in template."""
    properties = frame._element.graphic.graphicData.tbl.tblPr
    properties.set("bandRow", "0")
    properties.set("firstRow", "1")
    for style in properties.findall("{http://schemas.openxmlformats.org/drawingml/2006/main}tableStyleId"):
        style.text = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # "No Style, No Grid"


def _underline(cell: Any) -> None:
    space = "http://schemas.openxmlformats.org/drawingml/2006/main"
    properties = cell._tc.get_or_add_tcPr()
    line = etree.SubElement(properties, f"{{{space}}}lnB", w="6350")
    fill = etree.SubElement(line, f"{{{space}}}solidFill")
    etree.SubElement(fill, f"{{{space}}}srgbClr", val=LINE)
    properties.insert(0, line)  # the schema wants lines before the fill
