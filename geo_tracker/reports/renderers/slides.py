"""Slides that fill from top to bottom: pages of a chapter, boxes of text, rules."""

from __future__ import annotations

import io
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.util import Pt

from geo_tracker.i18n import translate
from geo_tracker.reports.model import Paragraph, Report
from geo_tracker.reports.renderers.measuring import lines

WIDTH, HEIGHT = 960.0, 540.0
"""Points of a slide, 16:9."""
LEFT, TOP, BOTTOM = 44.0, 84.0, 500.0
ROOM = WIDTH - 2 * LEFT
HEADING = 22.0
LEADINGS = {"zh": 1.5}
LEADING = 1.25
"""Line to font size. Chinese fonts have taller lines: 1.32 in PowerPoint, up to 1.48 in LibreOffice."""
INK, SOFT, WASH, LINE, GOOD, BAD = "1F2933", "5B6773", "F3F6F9", "D9DEE4", "00704F", "B23C00"
TONES = {"better": GOOD, "worse": BAD, "thin": SOFT, "noise": SOFT}
LOOKS = {"lead": 17.0, "text": 11.0, "step": 11.0, "note": 10.0, "warning": 11.0}
FACES = {"latin": "Arial", "ea": "Microsoft YaHei"}
TITLE_ONLY = 5
"""The layout of the built-in template that has a title and nothing else."""


class Deck:
    """The slides of one report, and how far down the last one is filled."""

    def __init__(self, report: Report) -> None:
        self.report, self.t = report, translate(report.language)
        self.deck = Presentation()
        self.deck.slide_width, self.deck.slide_height = Pt(WIDTH), Pt(HEIGHT)
        self.leading = LEADINGS.get(report.language, LEADING)
        self.own = report.branding.colour.removeprefix("#")
        self.section, self.y = "", TOP
        self.slide: Any = None
        _set_fonts(self.deck, report.branding.font)
        properties = self.deck.core_properties
        properties.title, properties.subject = report.title, report.period
        properties.author, properties.language = report.branding.agency.name, report.language

    def saved(self) -> bytes:
        file = io.BytesIO()
        self.deck.save(file)
        return file.getvalue()

    def begin(self, title: str) -> None:
        """A new slide of a chapter, with what stands on every slide."""
        self.section = title
        self.slide = self.deck.slides.add_slide(self.deck.slide_layouts[TITLE_ONLY])
        self.y = TOP
        head = self.slide.shapes.title
        head.left, head.top, head.width, head.height = Pt(LEFT), Pt(26), Pt(ROOM), Pt(42)
        self.write(head.text_frame, [[(title, 24.0, self.own, True)]], anchor=MSO_ANCHOR.MIDDLE, margin=2)
        self.rule(LEFT, 70, ROOM, 1.5, self.own)
        foot = self.report.branding.footer or f"{self.report.title} · {self.report.made}"
        self.box(LEFT, 510, ROOM * 0.6, 18, [[(foot, 9.0, SOFT, False)]])
        number = str(len(self.deck.slides))
        self.box(WIDTH - LEFT - 60, 510, 60, 18, [[(number, 9.0, SOFT, False)]], align=PP_ALIGN.RIGHT)
        if self.report.sandbox:
            label = self.report.labels["sandbox_page"]
            self.box(LEFT, 6, ROOM, 18, [[(label, 9.0, BAD, True)]], align=PP_ALIGN.RIGHT)

    def go_on(self) -> None:
        continued = self.report.labels["continued"]
        base = self.section
        self.begin(continued.replace("{title}", base))
        self.section = base

    def room_for(self, height: float) -> None:
        """Go on on a new slide where the rest of this one is too short; what is higher than a slide starts one."""
        if self.y + height > BOTTOM and self.y > TOP:
            self.go_on()

    def box(
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
        anchor: Any = None,
    ) -> None:
        shape = self.slide.shapes.add_textbox(Pt(x), Pt(y), Pt(wide), Pt(high))
        if fill:
            shape.fill.solid()
            shape.fill.fore_color.rgb = RGBColor.from_string(fill)
        if outline:
            shape.line.color.rgb = RGBColor.from_string(outline)
        self.write(shape.text_frame, rows, align=align, anchor=anchor, margin=margin)

    def rule(self, x: float, y: float, wide: float, high: float, colour: str) -> None:
        shape = self.slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Pt(x), Pt(y), Pt(wide), Pt(high))
        shape.fill.solid()
        shape.fill.fore_color.rgb = RGBColor.from_string(colour)
        shape.line.fill.background()
        shape.shadow.inherit = False
        describe(shape, "")

    def write(
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

    def heading(self, title: str, below: float) -> None:
        """A heading that stays with the first `below` points of what it heads."""
        if not title:
            return
        self.room_for(HEADING + below)
        self.box(LEFT, self.y, ROOM, 20, [[(title, 13.0, INK, True)]])
        self.y += HEADING

    def paragraph(self, block: Paragraph) -> None:
        size = LOOKS[block.look]
        text = f"{block.head}  {block.text}" if block.head else block.text
        height = self.paragraph_height(text, block.look)
        self.room_for(height)
        colour = BAD if block.look == "warning" else SOFT if block.look == "note" else INK
        runs = [(f"{block.head}  ", size, self.own, True)] if block.head else []
        self.box(LEFT, self.y, ROOM, height, [[*runs, (block.text, size, colour, False)]])
        self.y += height + 2

    def paragraph_height(self, text: str, look: str) -> float:
        size = LOOKS[look]
        return lines(text, ROOM - 8, size) * size * self.leading + 6


def describe(shape: Any, text: str) -> None:
    """Words for those who do not see it."""
    for found in shape._element.xpath(".//p:cNvPr")[:1]:
        found.set("descr", text)


def _set_fonts(deck: Any, font: str) -> None:
    """The theme's fonts: one for Latin text, one for Chinese, in all text, tables and charts."""
    theme = deck.slide_master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    tree = etree.fromstring(theme.blob)
    space = {"a": "http://schemas.openxmlformats.org/drawingml/2006/main"}
    for name, face in FACES.items():
        faces: Any = tree.xpath(f"//a:majorFont/a:{name} | //a:minorFont/a:{name}", namespaces=space)
        for found in faces:
            found.set("typeface", font or face)
    theme._blob = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)


def _speakable(text: str) -> str:
    """Text that XML can hold."""
    return "".join(each for each in text if each >= " " or each in "\n\t")
