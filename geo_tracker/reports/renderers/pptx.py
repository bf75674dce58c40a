"""The report as slides: native tables and charts that the client can edit, filled page by page."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

from pptx.enum.text import MSO_ANCHOR
from pptx.util import Emu, Pt

from geo_tracker.errors import GeoTrackerError
from geo_tracker.reports.cells import Shown, shown
from geo_tracker.reports.model import Block, Chart, Paragraph, Quotes, Report, Section, Table
from geo_tracker.reports.renderers.measuring import lines, width
from geo_tracker.reports.renderers.slide_charts import add_chart, chart_height
from geo_tracker.reports.renderers.slide_tables import TableDeck
from geo_tracker.reports.renderers.slides import (
    BAD,
    GOOD,
    INK,
    LEFT,
    LINE,
    ROOM,
    SOFT,
    TITLE_ONLY,
    TONES,
    WASH,
    WIDTH,
    describe,
)


def render(report: Report) -> bytes:
    """The file's bytes."""
    slides = _Slides(report)
    slides.fill()
    return slides.saved()


class _Slides(TableDeck):
    """The slides of one report, block by block."""

    def fill(self) -> None:
        if self.report.branding.cover or self.report.notices:
            self._cover()
        for section in self.report.sections:
            self.begin(section.title)
            self._blocks(section)

    def _blocks(self, section: Section) -> None:
        for block in section.blocks:
            self._block(block)

    def _block(self, block: Block) -> None:
        match block:
            case Paragraph():
                self.paragraph(block)
            case Table(tiles=True):
                self._tiles(block)
            case Table():
                self.table(block)
            case Chart():
                self._chart(block)
            case Quotes():
                self._quotes(block)

    def _cover(self) -> None:
        self.slide = self.deck.slides.add_slide(self.deck.slide_layouts[TITLE_ONLY])
        branding, labels = self.report.branding, self.report.labels
        self.rule(LEFT, 150, 96, 6, self.own)
        head = self.slide.shapes.title
        head.left, head.top, head.width, head.height = Pt(LEFT), Pt(166), Pt(ROOM), Pt(90)
        size = 38.0 if width(self.report.title) * 38 < ROOM * 1.9 else 26.0
        self.write(head.text_frame, [[(self.report.title, size, INK, True)]], anchor=MSO_ANCHOR.TOP, margin=2)
        rows = [(self.report.subtitle, 18.0, INK, False), (self.report.period, 13.0, SOFT, False)]
        rows += [(branding.cover_text, 13.0, INK, False)] if branding.cover_text else []
        self.box(LEFT, 262, ROOM, 90, [[row] for row in rows])
        y = 352.0
        if self.report.sandbox:
            self.box(LEFT, y, 420, 26, [[(labels["sandbox_page"], 14.0, BAD, True)]], outline=BAD)
            y += 36
        for notice in self.report.notices:
            height = lines(notice, ROOM - 12, 12) * 12 * self.leading + 8
            self.box(LEFT, y, ROOM, height, [[(notice, 12.0, BAD, False)]])
            y += height + 4
        said = [
            text for text in (labels["client"], labels["agency"], self.report.made, branding.footer) if text
        ]
        self.box(LEFT, 436, ROOM, 70, [[(text, 11.0, SOFT, False)] for text in said])
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
        describe(picture, name)

    def _tiles(self, block: Table) -> None:
        gap, count = 12.0, min(len(block.rows), 4) or 1
        each = (ROOM - gap * (count - 1)) / count
        for start in range(0, len(block.rows), count):
            self.room_for(96)
            for at, row in enumerate(block.rows[start : start + count]):
                cells = [shown(cell, column, self.t) for cell, column in zip(row, block.columns, strict=True)]
                self._tile(LEFT + at * (each + gap), each, cells)
            self.y += 104

    def _tile(self, x: float, each: float, cells: Sequence[Shown]) -> None:
        label, value, *changes = cells
        rows = [
            [(label.text, 10.0, SOFT, False)],
            [(value.text, 26.0, INK, True)],
            [(value.note, 8.5, SOFT, False)],
        ]
        for change in changes:
            moved = f"{change.text} · {change.note}" if change.note else change.text
            rows.append([(moved, 9.5, TONES.get(change.tone, SOFT), False)])
        self.box(x, self.y, each, 94, rows, fill=WASH, margin=8, anchor=MSO_ANCHOR.MIDDLE)
        self.rule(x, self.y, each, 2.5, self.own)

    def _quotes(self, block: Quotes) -> None:
        self.heading(block.title, 40)
        for quote in block.items:
            height = (
                lines(quote.text, ROOM - 24, 12) * 12 * self.leading
                + lines(quote.source, ROOM - 24, 9) * 9 * self.leading
                + 6
            )
            self.room_for(height)
            colour = {"positive": GOOD, "negative": BAD}.get(quote.tone, LINE)
            self.rule(LEFT, self.y + 2, 2.5, height - 4, colour)
            rows = [[(f"“{quote.text}”", 12.0, INK, False)], [(quote.source, 9.0, SOFT, False)]]
            self.box(LEFT + 8, self.y, ROOM - 8, height, rows)
            self.y += height + 4

    def _chart(self, block: Chart) -> None:
        if not block.categories:
            return
        if block.form == "grid":
            self.grid(block)
            return
        height = chart_height(block)
        self.room_for(height)
        self.y += add_chart(self.slide, block, self.y, height, self.own, self.t) + 8


def _pixels(drawing: bytes) -> bytes:
    import vl_convert

    try:
        return bytes(vl_convert.svg_to_png(drawing.decode(), scale=2))
    except (ValueError, UnicodeDecodeError) as error:
        raise GeoTrackerError(f"the logo cannot be drawn: {error}") from error
