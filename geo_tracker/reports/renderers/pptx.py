"""The report as slides: native tables and charts that the client can edit, filled page by page."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.util import Emu, Pt

from geo_tracker.errors import GeoTrackerError
from geo_tracker.i18n import translate
from geo_tracker.reports.cells import NUMBERS, Shown, number_format, shown
from geo_tracker.reports.model import Block, Chart, Column, Paragraph, Quotes, Report, Section, Table
from geo_tracker.reports.renderers.measuring import lines, width

WIDTH, HEIGHT = 960.0, 540.0
"""Points of a slide, 16:9."""
LEFT, TOP, BOTTOM = 44.0, 84.0, 500.0
ROOM = WIDTH - 2 * LEFT
LEADING = 1.25
INK, SOFT, WASH, LINE, GOOD, BAD = "1F2933", "5B6773", "F3F6F9", "D9DEE4", "00704F", "B23C00"
TONES = {"better": GOOD, "worse": BAD, "thin": SOFT, "noise": SOFT}
LOOKS = {"lead": 18.0, "text": 13.0, "step": 13.0, "note": 10.0, "warning": 12.0}
FACES = {"latin": "Arial", "ea": "Microsoft YaHei"}
CELL, NOTE = 10.0, 7.5
TITLE_ONLY = 5
"""The layout of the built-in template that has a title and nothing else."""
CHART = 330.0
PALETTE = ("D55E00", "009E73", "CC79A7", "E69F00", "4D4D4D", "56B4E9", "8C6D31")


def render(report: Report) -> bytes:
    """The file's bytes."""
    slides = _Slides(report)
    slides.fill()
    return slides.saved()


class _Slides:
    """The slides of one report, and how far down the last one is filled."""

    def __init__(self, report: Report) -> None:
        self.report, self.t = report, translate(report.language)
        self.deck = Presentation()
        self.deck.slide_width, self.deck.slide_height = Pt(WIDTH), Pt(HEIGHT)
        self.own = report.branding.colour.removeprefix("#")
        self.section, self.slide, self.y = "", None, TOP
        _set_fonts(self.deck, report.branding.font)
        properties = self.deck.core_properties
        properties.title, properties.subject = report.title, report.period
        properties.author, properties.language = report.branding.agency.name, report.language

    def saved(self) -> bytes:
        file = io.BytesIO()
        self.deck.save(file)
        return file.getvalue()

    def fill(self) -> None:
        if self.report.branding.cover or self.report.notices:
            self._cover()
        for section in self.report.sections:
            self._begin(section.title)
            self._blocks(section)

    def _blocks(self, section: Section) -> None:
        for block in section.blocks:
            self._block(block)

    def _block(self, block: Block) -> None:
        match block:
            case Paragraph():
                self._paragraph(block)
            case Table(tiles=True):
                self._tiles(block)
            case Table():
                self._table(block)
            case Chart():
                self._chart(block)
            case Quotes():
                self._quotes(block)

    # ------------------------------------------------------------------ pages

    def _begin(self, title: str) -> None:
        """A new slide of a chapter, with what stands on every slide."""
        self.section = title
        self.slide = self.deck.slides.add_slide(self.deck.slide_layouts[TITLE_ONLY])
        self.y = TOP
        head = self.slide.shapes.title
        head.left, head.top, head.width, head.height = Pt(LEFT), Pt(26), Pt(ROOM), Pt(42)
        self._write(head.text_frame, [[(title, 24.0, self.own, True)]], anchor=MSO_ANCHOR.MIDDLE)
        self._rule(LEFT, 70, ROOM, 1.5, self.own)
        foot = self.report.branding.footer or f"{self.report.title} · {self.report.made}"
        self._box(LEFT, 510, ROOM * 0.6, 18, [[(foot, 9.0, SOFT, False)]])
        number = str(len(self.deck.slides))
        self._box(WIDTH - LEFT - 60, 510, 60, 18, [[(number, 9.0, SOFT, False)]], align=PP_ALIGN.RIGHT)
        if self.report.sandbox:
            label = self.report.labels["sandbox_page"]
            self._box(LEFT, 6, ROOM, 18, [[(label, 9.0, BAD, True)]], align=PP_ALIGN.RIGHT)

    def _continue(self) -> None:
        continued = self.report.labels["continued"]
        base = self.section
        self._begin(continued.replace("{title}", base))
        self.section = base

    def _room_for(self, height: float) -> None:
        """Go on on a new slide where the rest of this one is too short; what is higher than a slide starts one."""
        if self.y + height > BOTTOM and self.y > TOP:
            self._continue()

    def _cover(self) -> None:
        self.slide = self.deck.slides.add_slide(self.deck.slide_layouts[TITLE_ONLY])
        branding, labels = self.report.branding, self.report.labels
        self._rule(LEFT, 150, 96, 6, self.own)
        head = self.slide.shapes.title
        head.left, head.top, head.width, head.height = Pt(LEFT), Pt(166), Pt(ROOM), Pt(90)
        size = 38.0 if width(self.report.title) * 38 < ROOM * 1.9 else 26.0
        self._write(head.text_frame, [[(self.report.title, size, INK, True)]], anchor=MSO_ANCHOR.TOP)
        rows = [(self.report.subtitle, 18.0, INK, False), (self.report.period, 13.0, SOFT, False)]
        rows += [(branding.cover_text, 13.0, INK, False)] if branding.cover_text else []
        self._box(LEFT, 262, ROOM, 90, [[row] for row in rows])
        y = 352.0
        if self.report.sandbox:
            self._box(LEFT, y, 420, 26, [[(labels["sandbox_page"], 14.0, BAD, True)]], outline=BAD)
            y += 36
        for notice in self.report.notices:
            height = lines(notice, ROOM - 12, 12) * 12 * LEADING + 8
            self._box(LEFT, y, ROOM, height, [[(notice, 12.0, BAD, False)]])
            y += height + 4
        said = [
            text for text in (labels["client"], labels["agency"], self.report.made, branding.footer) if text
        ]
        self._box(LEFT, 436, ROOM, 70, [[(text, 11.0, SOFT, False)] for text in said])
        for party, x in ((branding.client, LEFT), (branding.agency, WIDTH - LEFT - 150)):
            self._logo(party.logo, party.name, x)

    def _logo(self, address: str, name: str, x: float) -> None:
        """A logo in a box of 150 x 56 points, its proportions kept; drawings are made pictures first."""
        if not address:
            return
        kind, _, data = address.removeprefix("data:").partition(";base64,")
        raw = base64.b64decode(data)
        if kind == "image/svg+xml":
            raw = _pixels(raw)
        picture = self.slide.shapes.add_picture(io.BytesIO(raw), Pt(x), Pt(44))
        scale = min(Pt(150) / picture.width, Pt(56) / picture.height)
        picture.width, picture.height = Emu(int(picture.width * scale)), Emu(int(picture.height * scale))
        if x > WIDTH / 2:
            picture.left = Emu(int(Pt(WIDTH - LEFT) - picture.width))
        _describe(picture, name)

    # ------------------------------------------------------------------ blocks

    def _paragraph(self, block: Paragraph) -> None:
        size = LOOKS[block.look]
        text = f"{block.head}  {block.text}" if block.head else block.text
        height = lines(text, ROOM - 8, size) * size * LEADING + 6
        self._room_for(height)
        colour = BAD if block.look == "warning" else SOFT if block.look == "note" else INK
        runs = [(f"{block.head}  ", size, self.own, True)] if block.head else []
        self._box(LEFT, self.y, ROOM, height, [[*runs, (block.text, size, colour, False)]])
        self.y += height + 2

    def _tiles(self, block: Table) -> None:
        gap, count = 12.0, min(len(block.rows), 4) or 1
        each = (ROOM - gap * (count - 1)) / count
        for start in range(0, len(block.rows), count):
            self._room_for(96)
            for at, row in enumerate(block.rows[start : start + count]):
                cells = [shown(cell, column, self.t) for cell, column in zip(row, block.columns, strict=True)]
                self._tile(LEFT + at * (each + gap), each, cells)
            self.y += 104

    def _tile(self, x: float, each: float, cells: Sequence[Shown]) -> None:
        label, value, change = cells
        moved = f"{change.text} · {change.note}" if change.note else change.text
        rows = [
            [(label.text, 10.0, SOFT, False)],
            [(value.text, 26.0, INK, True)],
            [(value.note, 8.5, SOFT, False)],
            [(moved, 9.5, TONES.get(change.tone, SOFT), False)],
        ]
        self._box(x, self.y, each, 94, rows, fill=WASH, margin=8)
        self._rule(x, self.y, each, 2.5, self.own)

    def _quotes(self, block: Quotes) -> None:
        self._heading(block.title, 40)
        for quote in block.items:
            height = (
                lines(quote.text, ROOM - 24, 12) * 12 * LEADING
                + lines(quote.source, ROOM - 24, 9) * 9 * LEADING
                + 6
            )
            self._room_for(height)
            colour = {"positive": GOOD, "negative": BAD}.get(quote.tone, LINE)
            self._rule(LEFT, self.y + 2, 2.5, height - 4, colour)
            rows = [[(f"“{quote.text}”", 12.0, INK, False)], [(quote.source, 9.0, SOFT, False)]]
            self._box(LEFT + 8, self.y, ROOM - 8, height, rows)
            self.y += height + 4

    def _heading(self, title: str, below: float) -> None:
        """A heading that stays with the first `below` points of what it heads."""
        if not title:
            return
        self._room_for(22 + below)
        self._box(LEFT, self.y, ROOM, 20, [[(title, 13.0, INK, True)]])
        self.y += 22

    def _chart(self, block: Chart) -> None:
        if not block.categories:
            return
        bars = len(block.categories) * (len(block.series) if block.form == "bar" else 0)
        height = min(max(CHART if block.form == "line" else 150, 46 + bars * 15.0), BOTTOM - TOP)
        self._room_for(height)
        data = CategoryChartData(number_format=number_format(block.metric))
        data.categories = list(block.categories)
        for series in block.series:
            data.add_series(series.name, series.values)
        kind = XL_CHART_TYPE.LINE if block.form == "line" else XL_CHART_TYPE.BAR_CLUSTERED
        frame = self.slide.shapes.add_chart(kind, Pt(LEFT), Pt(self.y), Pt(ROOM), Pt(height), data)
        _describe(frame, block.alt)
        self._dress(frame.chart, block)
        self.y += height + 8

    def _dress(self, chart: Any, block: Chart) -> None:
        line, several = block.form == "line", len(block.series) > 1
        chart.font.size, chart.font.color.rgb = Pt(10), RGBColor.from_string(INK)
        chart.has_title = True
        chart.chart_title.text_frame.text = block.title
        chart.chart_title.text_frame.paragraphs[0].font.size = Pt(12)
        chart.has_legend = several
        if several:
            chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
        chart.value_axis.major_gridlines.format.line.color.rgb = RGBColor.from_string("E4E7EB")
        chart.value_axis.tick_labels.number_format = number_format(block.metric)
        chart.value_axis.tick_labels.number_format_is_linked = False
        if not line:
            chart.category_axis.reverse_order = True
            chart.plots[0].gap_width = 40
            chart.plots[0].has_data_labels = not several
        others = iter(PALETTE * 10)
        for series, of in zip(chart.plots[0].series, block.series, strict=True):
            colour = RGBColor.from_string(self.own if of.own or not several else next(others))
            if line:
                series.smooth = False
                series.format.line.color.rgb, series.format.line.width = colour, Pt(2.75 if of.own else 1.25)
            else:
                series.format.fill.solid()
                series.format.fill.fore_color.rgb = colour

    def _table(self, block: Table) -> None:
        """A table over as many slides as it needs, its head on each."""
        if not block.rows:
            self._heading(block.title, 20)
            self._paragraph(Paragraph(self.t("doc.empty_table"), "note"))
            return
        rows = [
            [shown(cell, column, self.t) for cell, column in zip(row, block.columns, strict=True)]
            for row in block.rows
        ]
        widths = _widths(block.columns, rows)
        heights = [_row_height(row, widths) for row in rows]
        head = (
            max(lines(c.title, w - 8, CELL) for c, w in zip(block.columns, widths, strict=True))
            * CELL
            * LEADING
            + 6
        )
        self._heading(block.title, head + heights[0])
        at = 0
        while at < len(rows):
            if self.y + head + heights[at] > BOTTOM and self.y > TOP:
                self._continue()
            end = at + 1
            taken = head + heights[at]
            while end < len(rows) and self.y + taken + heights[end] <= BOTTOM:
                taken += heights[end]
                end += 1
            self._part(block, rows[at:end], [head, *heights[at:end]], widths, at)
            self.y += taken + 8
            at = end
        if block.note:
            self._paragraph(Paragraph(block.note, "note"))

    def _part(
        self,
        block: Table,
        rows: Sequence[Sequence[Shown]],
        heights: Sequence[float],
        widths: Sequence[float],
        first: int,
    ) -> None:
        shapes = self.slide.shapes
        frame = shapes.add_table(
            len(rows) + 1, len(widths), Pt(LEFT), Pt(self.y), Pt(sum(widths)), Pt(sum(heights))
        )
        _describe(frame, block.title)
        table = frame.table
        _plain(frame)
        for column, room in zip(table.columns, widths, strict=True):
            column.width = Pt(room)
        for row, height in zip(table.rows, heights, strict=True):
            row.height = Pt(height)
        for at, column in enumerate(block.columns):
            number = column.kind in NUMBERS
            self._cell(table.cell(0, at), [[(column.title, CELL, SOFT, True)]], number=number, fill="FFFFFF")
            for row, cells in enumerate(rows, 1):
                marked = first + row - 1 in block.marked
                fill = WASH if marked else "FFFFFF"
                self._cell(table.cell(row, at), _cell_rows(cells[at], bold=marked), number=number, fill=fill)

    def _cell(self, cell: Any, rows: Any, *, number: bool, fill: str) -> None:
        cell.margin_left = cell.margin_right = Pt(4)
        cell.margin_top = cell.margin_bottom = Pt(2)
        cell.vertical_anchor = MSO_ANCHOR.TOP
        cell.fill.solid()
        cell.fill.fore_color.rgb = RGBColor.from_string(fill)
        self._write(cell.text_frame, rows, align=PP_ALIGN.RIGHT if number else PP_ALIGN.LEFT)
        _underline(cell)

    # ------------------------------------------------------------------ shapes

    def _box(
        self,
        x: float,
        y: float,
        wide: float,
        high: float,
        rows: Any,
        *,
        fill: str = "",
        outline: str = "",
        margin: float = 2,
        align: Any = PP_ALIGN.LEFT,
    ) -> None:
        shape = self.slide.shapes.add_textbox(Pt(x), Pt(y), Pt(wide), Pt(high))
        if fill:
            shape.fill.solid()
            shape.fill.fore_color.rgb = RGBColor.from_string(fill)
        if outline:
            shape.line.color.rgb = RGBColor.from_string(outline)
        self._write(shape.text_frame, rows, align=align, margin=margin)

    def _rule(self, x: float, y: float, wide: float, high: float, colour: str) -> None:
        shape = self.slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Pt(x), Pt(y), Pt(wide), Pt(high))
        shape.fill.solid()
        shape.fill.fore_color.rgb = RGBColor.from_string(colour)
        shape.line.fill.background()
        shape.shadow.inherit = False
        _describe(shape, "")

    def _write(
        self,
        frame: Any,
        rows: Any,
        *,
        align: Any = PP_ALIGN.LEFT,
        anchor: Any = None,
        margin: float | None = None,
    ) -> None:
        """Rows of runs (text, size, colour, bold) as paragraphs."""
        frame.word_wrap = True
        if anchor is not None:
            frame.vertical_anchor = anchor
        if margin is not None:
            frame.margin_left = frame.margin_right = Pt(margin)
            frame.margin_top = frame.margin_bottom = Pt(min(margin, 4))
        for at, runs in enumerate(rows):
            paragraph = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
            paragraph.alignment = align
            for text, size, colour, bold in runs:
                run = paragraph.add_run()
                run.text = _speakable(text)
                run.font.size, run.font.bold = Pt(size), bold
                run.font.color.rgb = RGBColor.from_string(colour)


def _speakable(text: str) -> str:
    """Text that XML can hold."""
    return "".join(each for each in text if each >= " " or each in "\n\t")


def _cell_rows(cell: Shown, *, bold: bool) -> list[list[tuple[str, float, str, bool]]]:
    colour = TONES.get(cell.tone, INK)
    first, *more = cell.text.split("\n")
    rows = [[(first, CELL, colour, bold)], *([(each, NOTE, SOFT, False)] for each in more)]
    return [*rows, [(cell.note, NOTE, TONES.get(cell.tone, SOFT), False)]] if cell.note else rows


def _row_height(row: Sequence[Shown], widths: Sequence[float]) -> float:
    def of(cell: Shown, room: float) -> float:
        first, *more = cell.text.split("\n")
        small = [*more, cell.note] if cell.note else more
        high = lines(first, room - 8, CELL) * CELL + sum(lines(each, room - 8, NOTE) * NOTE for each in small)
        return high * LEADING

    return max(of(cell, room) for cell, room in zip(row, widths, strict=True)) + 6


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[Shown]]) -> list[float]:
    """Columns as wide as what they hold, at most; wide ones share what is left."""
    wished = []
    for at, column in enumerate(columns):
        texts = [max(width(row[at].text) * CELL, width(row[at].note) * NOTE) for row in rows[:60]]
        longest = max(*texts, width(column.title) * CELL * 0.6, 30.0) + 10
        wished.append(min(longest, 420.0 if column.wide else 150.0))
    spare = ROOM - sum(wished)
    wide = [at for at, column in enumerate(columns) if column.wide] or list(range(len(columns)))
    if spare >= 0:
        return [each + (spare / len(wide) if at in wide else 0) for at, each in enumerate(wished)]
    return [each * ROOM / sum(wished) for each in wished]


def _describe(shape: Any, text: str) -> None:
    """Words for those who do not see it."""
    for found in shape._element.xpath(".//p:cNvPr")[:1]:
        found.set("descr", text)


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


def _set_fonts(deck: Any, font: str) -> None:
    """The theme's fonts: one for Latin text, one for Chinese, in all text, tables and charts."""
    theme = deck.slide_master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    tree = etree.fromstring(theme.blob)
    space = {"a": "http://schemas.openxmlformats.org/drawingml/2006/main"}
    for name, face in FACES.items():
        for found in tree.xpath(f"//a:majorFont/a:{name} | //a:minorFont/a:{name}", namespaces=space):
            found.set("typeface", font or face)
    theme._blob = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)


def _pixels(drawing: bytes) -> bytes:
    import vl_convert

    try:
        return bytes(vl_convert.svg_to_png(drawing.decode(), scale=2))
    except (ValueError, UnicodeDecodeError) as error:
        raise GeoTrackerError(f"the logo cannot be drawn: {error}") from error
