"""Native charts on slides, which the client can edit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lxml import etree
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.util import Pt

from geo_tracker.i18n import Translate
from geo_tracker.reports.cells import number_format, reach
from geo_tracker.reports.model import Chart, Series
from geo_tracker.reports.renderers.slides import BOTTOM, INK, LEFT, ROOM, TOP, describe
from geo_tracker.words.values import value_text

LINE, BARS, BAR = 330.0, 80.0, 27.0
"""Points: the height of a line chart, what is around the bars of a bar chart, and a bar.

A name in Chinese needs 20 points of the 22 that are left of a bar's: where it has less, a program leaves names out.
"""
SENTENCE, LEAST, SMALL = 44.0, 24.0, 8
"""Points: the sentence above a chart, what a bar needs for names of the usual size, and the size where it has less."""
LABELS = 10
"""Categories below a line that have room."""
OTHER = "B4BAC2"
PALETTE = ("D55E00", "009E73", "CC79A7", "E69F00", "4D4D4D", "56B4E9", "8C6D31")
SPACE = "http://schemas.openxmlformats.org/drawingml/2006/chart"
DRAWN = "http://schemas.openxmlformats.org/drawingml/2006/main"


def chart_height(block: Chart) -> float:
    """The points that the chart takes, at most a slide."""
    if block.form == "line":
        return LINE
    return min(max(130.0, BARS + len(block.categories) * len(block.series) * BAR), BOTTOM - TOP - SENTENCE)


def add_chart(slide: Any, block: Chart, y: float, height: float, own: str, t: Translate) -> float:
    """Put the chart on the slide; its height."""
    data = CategoryChartData(number_format=number_format(block.metric))
    data.categories = list(_categories(block, t))
    for series in block.series:
        data.add_series(series.name, series.values)
    kind = XL_CHART_TYPE.LINE if block.form == "line" else XL_CHART_TYPE.BAR_CLUSTERED
    frame = slide.shapes.add_chart(kind, Pt(LEFT), Pt(y), Pt(ROOM), Pt(height), data)
    describe(frame, block.alt)
    _dress(frame.chart, block, own)
    bars = len(block.categories) * len(block.series)
    if block.form == "bar" and (height - BARS) / max(bars, 1) < LEAST:
        frame.chart.category_axis.tick_labels.font.size = Pt(SMALL)
    return height


def _categories(block: Chart, t: Translate) -> Sequence[str]:
    """Their names; those of bars with the value, which behind the bar would stand on its interval."""
    if block.form == "line" or len(block.series) > 1:
        return block.categories
    values = (value_text(block.metric, value, t) for value in block.series[0].values)
    return [f"{name}  {value}" for name, value in zip(block.categories, values, strict=True)]


def _dress(chart: Any, block: Chart, own: str) -> None:
    several = len(block.series) > 1
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
    chart.value_axis.maximum_scale = reach(block)
    step = -(-len(block.categories) // LABELS) if block.form == "line" else 1
    _child(chart.category_axis._element, "tickLblSkip", before=("tickMarkSkip", "noMultiLvlLbl")).set(
        "val", str(step)
    )
    if block.form == "bar":
        chart.category_axis.reverse_order = True
        chart.plots[0].gap_width = 40
    others = iter(PALETTE * 10)
    for drawn, series in zip(chart.plots[0].series, block.series, strict=True):
        colour = own if series.own or not several else next(others)
        _colour(drawn, series, block, colour)
        _intervals(drawn._element, series)


def _colour(drawn: Any, series: Series, block: Chart, colour: str) -> None:
    if block.form == "line":
        drawn.smooth = False
        drawn.format.line.color.rgb = RGBColor.from_string(colour)
        drawn.format.line.width = Pt(2.75 if series.own else 1.25)
        return
    _fill(drawn.format.fill, OTHER if block.marked else colour)
    for at in block.marked:
        _fill(drawn.points[at].format.fill, colour)


def _fill(fill: Any, colour: str) -> None:
    fill.solid()
    fill.fore_color.rgb = RGBColor.from_string(colour)


def _intervals(drawn: Any, series: Series) -> None:
    """Bars of error from the bounds, where there are any."""
    known = list(zip(series.values, series.low, series.high, strict=False))
    if not any(low is not None for _, low, _ in known):
        return
    bars = _child(drawn, "errBars", before=("cat",))
    for name, value in (("errBarType", "both"), ("errValType", "cust"), ("noEndCap", "1")):
        etree.SubElement(bars, f"{{{SPACE}}}{name}", val=value)
    _reach(bars, "plus", [None if high is None or v is None else high - v for v, _, high in known])
    _reach(bars, "minus", [None if low is None or v is None else v - low for v, low, _ in known])
    look = etree.SubElement(bars, f"{{{SPACE}}}spPr")
    line = etree.SubElement(look, f"{{{DRAWN}}}ln", w="12700")
    etree.SubElement(etree.SubElement(line, f"{{{DRAWN}}}solidFill"), f"{{{DRAWN}}}srgbClr", val=INK)


def _reach(bars: Any, side: str, values: Sequence[float | None]) -> None:
    numbers = etree.SubElement(etree.SubElement(bars, f"{{{SPACE}}}{side}"), f"{{{SPACE}}}numLit")
    etree.SubElement(numbers, f"{{{SPACE}}}formatCode").text = "General"
    etree.SubElement(numbers, f"{{{SPACE}}}ptCount", val=str(len(values)))
    for at, value in enumerate(values):
        if value is not None:
            point = etree.SubElement(numbers, f"{{{SPACE}}}pt", idx=str(at))
            etree.SubElement(point, f"{{{SPACE}}}v").text = repr(value)


def _child(parent: Any, name: str, before: Sequence[str]) -> Any:
    """A new element where the schema wants it: in front of the first of those, else last."""
    child = etree.SubElement(parent, f"{{{SPACE}}}{name}")
    for found in (each for each in parent if etree.QName(each).localname in before):
        found.addprevious(child)
        break
    return child
