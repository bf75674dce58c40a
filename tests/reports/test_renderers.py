"""Every format is opened again, and its numbers are those of `metrics`."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import openpyxl
import pypdf
import pytest
from bs4 import BeautifulSoup
from lxml import etree
from pptx import Presentation

from geo_tracker.errors import UsageError
from geo_tracker.exports.guards import FORMULA
from geo_tracker.i18n import translate
from geo_tracker.metrics.measures import measure
from geo_tracker.metrics.records import Estimate
from geo_tracker.reports.cells import reach, typed
from geo_tracker.reports.model import (
    Branding,
    Chart,
    Column,
    Measure,
    Paragraph,
    Party,
    Report,
    Section,
    Series,
    Table,
    pack,
    unpack,
)
from geo_tracker.reports.renderers import FORMATS, render
from geo_tracker.reports.renderers.measuring import lines, width
from geo_tracker.reports.sections.scorecard import METRICS as SCORED
from geo_tracker.reports.template import picture
from geo_tracker.words.values import interval_text, value_text
from tests.reports.conftest import Built

SLUGS = ("crm", "masks")
DRAWN = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
BRANDS = {"crm": "Aurora CRM", "masks": "云纱"}
Files = dict[tuple[str, str], bytes]


@pytest.fixture(scope="module")
def files(built: Built) -> Files:
    return {(slug, name): render(report, name) for slug, (report, _) in built.items() for name in FORMATS}


def pdf_text(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)


def pptx_text(data: bytes) -> str:
    return "\n".join(text for slide in Presentation(io.BytesIO(data)).slides for text in slide_texts(slide))


def slide_texts(slide: Any) -> list[str]:
    found = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
    tables = [shape.table for shape in slide.shapes if shape.has_table]
    return found + [cell.text for table in tables for row in table.rows for cell in row.cells]


def html_text(data: bytes) -> str:
    return BeautifulSoup(data, "lxml").get_text(" ")


READERS: dict[str, Callable[[bytes], str]] = {"pdf": pdf_text, "pptx": pptx_text, "html": html_text}


def squeezed(text: str) -> str:
    """Without white space and the breaks that a page may set anywhere."""
    return re.sub(r"[\s\u200b\u2060]", "", text)


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("format", READERS)
def test_pages_show_the_numbers_of_metrics(files: Files, built: Built, slug: str, format: str) -> None:
    facts, t = built[slug][1].facts, translate(built[slug][0].language)
    text = squeezed(READERS[format](files[slug, format]))
    for name in SCORED:
        of = measure(facts, name, BRANDS[slug])
        assert of.value is not None
        row = [t(f"metric.{name}.label"), value_text(name, of.value, t)]
        row += [interval_text(name, of, t), "·"] if of.low is not None else []
        assert squeezed("".join([*row, t("report.n", n=f"{of.n:,}")])) in text


def sheet_rows(data: bytes) -> dict[str, list[list[Any]]]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return {sheet.title: [[cell.value for cell in row] for row in sheet.rows] for sheet in book}


@pytest.mark.parametrize("slug", SLUGS)
def test_the_workbook_holds_typed_numbers_of_metrics(files: Files, built: Built, slug: str) -> None:
    report, figures = built[slug]
    t, rows = translate(report.language), sheet_rows(files[slug, "xlsx"])
    sheet = rows[t("doc.scorecard_of", brand=BRANDS[slug])[:31]]
    found = {row[0]: row[1:] for row in sheet[4:]}
    for name in SCORED:
        of = measure(figures.facts, name, BRANDS[slug])
        value, low, high, n, coverage = found[t(f"metric.{name}.label")][:5]
        assert (value, low, high) == pytest.approx((of.value, of.low, of.high))
        assert (n, coverage) == (of.n, pytest.approx(of.coverage))


def test_the_workbook_has_a_sheet_a_table_a_chart_a_chart_and_methods(files: Files, built: Built) -> None:
    report = built["crm"][0]
    book = openpyxl.load_workbook(io.BytesIO(files["crm", "xlsx"]))
    assert len(book.sheetnames) == len(list(report.tables())) + len(list(report.charts())) + 2
    assert "Methods" in book.sheetnames
    drawn = [sheet.title for sheet in book if sheet._charts]
    assert len(drawn) == sum(chart.form != "grid" for chart in report.charts())
    assert all(len(name) <= 31 for name in book.sheetnames)
    frozen = [sheet.title for sheet in book if sheet.freeze_panes]
    assert len(frozen) == len(list(report.tables()))


def test_slides_have_native_charts_with_the_numbers(files: Files, built: Built) -> None:
    report = built["masks"][0]
    slides = Presentation(io.BytesIO(files["masks", "pptx"])).slides
    drawn = [shape.chart for slide in slides for shape in slide.shapes if shape.has_chart]
    wanted = [chart for chart in report.charts() if chart.form != "grid"]
    assert [chart.chart_title.text_frame.text for chart in drawn] == [chart.title for chart in wanted]
    for chart, block in zip(drawn, wanted, strict=True):
        values = [tuple(series.values) for series in chart.plots[0].series]
        assert values == [pytest.approx(series.values) for series in block.series]
        named = zip(chart.plots[0].categories, block.categories, strict=True)
        assert all(shown.startswith(name) for shown, name in named)


def test_bars_of_slides_show_intervals_and_the_own_brand(files: Files, built: Built) -> None:
    block = next(chart for chart in built["masks"][0].charts() if chart.marked)
    slides = Presentation(io.BytesIO(files["masks", "pptx"])).slides
    charts = [shape.chart for slide in slides for shape in slide.shapes if shape.has_chart]
    drawn = next(chart for chart in charts if chart.chart_title.text_frame.text == block.title)
    tree, series = drawn._chartSpace, block.series[0]
    ends = {
        side: [float(v) for v in tree.xpath(f"//c:errBars/c:{side}//c:v/text()")]
        for side in ("plus", "minus")
    }
    known = [
        (v or 0.0, low or 0.0, high or 0.0)
        for v, low, high in zip(series.values, series.low, series.high, strict=True)
    ]
    assert ends["plus"] == pytest.approx([high - value for value, _, high in known])
    assert ends["minus"] == pytest.approx([value - low for value, low, _ in known])
    own = drawn.plots[0].series[0].points[block.marked[0]].format.fill.fore_color.rgb
    assert str(own) == "0072B2" and block.categories[block.marked[0]] == BRANDS["masks"]
    assert tree.xpath("//c:catAx/c:tickLblSkip/@val") == ["1"]  # no name is left out


def test_the_own_line_shows_its_intervals_in_slides_and_workbook(files: Files, built: Built) -> None:
    block = next(chart for chart in built["masks"][0].charts() if chart.form == "line")
    own = next(each for each in block.series if each.own)
    known = [(v, high) for v, high in zip(own.values, own.high, strict=True) if v is not None]
    assert known and not any(each.high for each in block.series if not each.own)
    for format, folder in (("pptx", "ppt/charts"), ("xlsx", "xl/charts")):
        lines = [
            line
            for name, tree in charts_of(files["masks", format], folder)
            for line in tree.iterfind(f".//{DRAWN}lineChart/{DRAWN}ser")
        ]
        bounded = [line for line in lines if line.find(f"{DRAWN}errBars") is not None]
        ends = [float(each.text) for each in bounded[0].iterfind(f"{DRAWN}errBars/{DRAWN}plus//{DRAWN}v")]
        assert len(lines) == len(block.series) and len(bounded) == 1
        assert [end for end in ends if end] == pytest.approx([high - v for v, high in known if high > v])


def charts_of(data: bytes, folder: str) -> Iterator[tuple[str, Any]]:
    """The drawn charts of an office file."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        for name in packed.namelist():
            if name.startswith(folder) and name.endswith(".xml"):
                yield name, etree.fromstring(packed.read(name))


@pytest.mark.parametrize("slug", SLUGS)
def test_every_page_says_that_it_is_the_sandbox(files: Files, built: Built, slug: str) -> None:
    label = squeezed(built[slug][0].labels["sandbox_page"])
    for page in pypdf.PdfReader(io.BytesIO(files[slug, "pdf"])).pages:
        assert label in squeezed(page.extract_text())
    for slide in Presentation(io.BytesIO(files[slug, "pptx"])).slides:
        assert label in squeezed("".join(slide_texts(slide)))
    for sheet in openpyxl.load_workbook(io.BytesIO(files[slug, "xlsx"])):
        assert label in squeezed(str(sheet["A2"].value))
    assert label in squeezed(html_text(files[slug, "html"]))


def test_without_the_sandbox_no_page_says_so(built: Built) -> None:
    report = replace(built["crm"][0], sandbox=False, sections=built["crm"][0].sections[:2])
    label = report.labels["sandbox_page"]
    assert label not in pdf_text(render(report, "pdf"))
    assert label not in html_text(render(report, "html"))
    assert label not in pptx_text(render(report, "pptx"))


def test_the_pdf_can_be_read_aloud_and_leafed_through(files: Files, built: Built) -> None:
    reader = pypdf.PdfReader(io.BytesIO(files["masks", "pdf"]))
    report = built["masks"][0]
    assert reader.metadata is not None and reader.metadata.title == report.title
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"].startswith("zh") and root["/MarkInfo"]["/Marked"]
    assert [item["/Title"] for item in reader.outline if isinstance(item, dict)] == [
        s.title for s in report.sections
    ]
    alts = re.findall(r"/Alt", data := str([obj.get_object() for obj in figures_of(root)]))
    assert len(alts) == len(list(report.charts())), data[:200]
    fonts = {font["/BaseFont"] for page in reader.pages for font in resolved(page["/Resources"]["/Font"])}
    assert fonts and all("NotoSansCJK" in font for font in fonts)


def figures_of(root: Any) -> list[Any]:
    """The structure elements of pictures."""
    found, queue = [], [root["/StructTreeRoot"]]
    while queue:
        node = queue.pop().get_object()
        if isinstance(node, list):
            queue += node
        elif isinstance(node, dict):
            found += [node] if node.get("/S") == "/Figure" else []
            queue += [node["/K"]] if "/K" in node and not isinstance(node["/K"], int) else []
    return found


def resolved(fonts: Any) -> list[Any]:
    return [font.get_object() for font in fonts.get_object().values()]


def test_the_web_page_needs_nothing_else_and_reads_on_a_phone(files: Files) -> None:
    page = BeautifulSoup(files["masks", "html"], "lxml")
    assert page.html is not None and page.html["lang"] == "zh-CN"
    assert not page.select("script, link, iframe, img:not([src^='data:'])")
    assert page.select_one("meta[name=viewport]") is not None
    assert all(each["aria-label"] for each in page.select("figure"))
    assert len(page.select("figure svg")) == len(page.select("figure")) > 3
    assert all(each.find_parent(class_="scroll") for each in page.select("table"))
    for table in page.select("table"):  # on a phone each cell says what it is
        heads = [head.text for head in table.select("th")]
        assert all(
            [cell["data-head"] for cell in row.select("td")] == heads for row in table.select("tbody tr")
        )


def simple(*blocks: Any, **more: Any) -> Report:
    labels = {
        "sandbox_page": "SANDBOX",
        "methods": "Methods",
        "page_of": "{page}/{pages}",
        "continued": "{title} +",
    }
    labels |= {"contents": "Contents", "client": "", "agency": "", "sandbox": "S"}
    values = {"branding": Branding(cover=False), **more}
    return Report(
        "w", "en", "T", "S", "P", "M", False, (Section("one", "One", blocks),), labels=labels, **values
    )


HOSTILE = '=HYPERLINK("http://evil.example") #raw[x] <script>alert(1)</script> $x^2$ @cite *b* \\ & [l](j)'


@pytest.mark.parametrize("format", READERS)
def test_hostile_text_is_text(format: str) -> None:
    table = Table(HOSTILE, (Column(HOSTILE),), ((HOSTILE,),), note=HOSTILE)
    data = render(simple(Paragraph(HOSTILE), table), format)
    assert squeezed(READERS[format](data)).count(squeezed(HOSTILE)) >= 4
    assert format != "html" or b"<script>" not in data


def test_no_cell_of_the_workbook_is_a_formula() -> None:
    texts = [*(f"{start}1+1" for start in FORMULA if start.strip()), HOSTILE, "plain"]
    table = Table(HOSTILE, (Column(HOSTILE),), tuple((text,) for text in texts))
    book = openpyxl.load_workbook(io.BytesIO(render(simple(Paragraph(HOSTILE), table), "xlsx")))
    cells = [cell for sheet in book for row in sheet.rows for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.value for cell in cells} >= {*texts}, "no mark of ours is seen"
    assert {bool(cell.quotePrefix) for cell in cells if cell.value.startswith(FORMULA)} == {True}
    assert not [cell.value for cell in cells if cell.quotePrefix and not cell.value.startswith(FORMULA)]
    assert "plain" in [cell.value for cell in cells]


LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
LONG_ZH = "国家重点实验室联合研制高端敏感肌肤屏障修护舒缓保湿面膜旗舰店官方正品" * 2


def long_report(rows: int) -> Report:
    estimate = Estimate(0.123456, 1234, 0.1, 0.15, 1.0, 2.0, 9, 0.9, "ok")
    cell = Measure("mention_rate", estimate, 0.1, "real")
    heads = (
        Column(LONG, wide=True),
        *[Column("Recommendation rate", "measure")] * 5,
        Column("Change", "change"),
    )
    names = (LONG, LONG_ZH, f"https://example.org/{'a' * 200}")
    table = Table(
        "Many", heads, tuple((f"{n} {names[n % 3]}", *[cell] * 6) for n in range(rows)), note="The end."
    )
    series = tuple(Series(f"{LONG} {n}", (0.1, 0.2), n == 0) for n in range(30))
    chart = Chart(
        "C", "alt", "bar", "mention_rate", (LONG, LONG_ZH), series, {"mark": "bar", "data": {"values": []}}
    )
    return simple(Paragraph(LONG_ZH * 8), table, chart)


def test_a_long_table_keeps_its_head_on_every_page_and_nothing_is_lost() -> None:
    reader = pypdf.PdfReader(io.BytesIO(render(long_report(120), "pdf")))
    pages = [squeezed(page.extract_text()) for page in reader.pages]
    with_rows = [page for page in pages if "12.3%" in page]
    assert len(with_rows) > 3 and all("Recommendationrate" in page for page in with_rows)
    assert sum(page.count("12.3%") for page in pages) == 120 * 5
    assert all(LONG not in page.extract_text() for page in reader.pages)  # broken to fit its column
    assert squeezed(LONG) in pages[1]
    assert squeezed(LONG_ZH * 8) in "".join(pages) and "Theend." in pages[-1] + pages[-2]


def test_no_row_or_note_of_a_table_stands_alone_on_a_page() -> None:
    def chapter(count: int) -> Section:
        rows = tuple((f"row {count}.{n}",) for n in range(count))
        return Section("appendix", f"C{count}", (Table("", (Column("x"),), rows, note=f"note {count}."),))

    counts = range(30, 46)
    report = replace(simple(Paragraph("x")), sections=tuple(map(chapter, counts)))
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(render(report, "pdf"))).pages]
    assert len(pages) > len(counts)  # some of the tables are longer than a page
    for count in counts:
        (last,) = (page for page in pages if f"note {count}." in page)
        assert f"row {count}.{count - 1}" in last and f"row {count}.{count - 2}" in last, count


def test_wide_sheets_print_on_several_pages_with_the_names_on_each() -> None:
    book = openpyxl.load_workbook(io.BytesIO(render(long_report(3), "xlsx")))
    sheet = book["Many"]
    assert sheet.page_setup.orientation == "landscape" and sheet.page_setup.fitToWidth > 1
    assert sheet.print_title_cols == "$A:$A" and sheet.print_title_rows == "$4:$4"
    assert sheet.row_dimensions[5].height > 15  # a long name is not cut


def test_axes_reach_every_interval() -> None:
    def chart(*highs: float | None, metric: str = "mention_rate") -> Chart:
        series = Series("s", tuple(0.1 for _ in highs), False, tuple(0.0 for _ in highs), highs)
        return Chart("C", "alt", "bar", metric, tuple(map(str, highs)), (series,), {})

    assert reach(chart(0.42, 0.81, None)) == 0.85
    assert reach(chart(0.85, 0.3)) == 0.85
    assert reach(chart(1.0)) == 1.0
    assert reach(chart(None)) is None and reach(chart(3.2, metric="mean_rank")) is None
    drawn = replace(chart(0.42, 0.81), spec={"mark": "bar", "data": {"values": []}})
    deck = Presentation(io.BytesIO(render(simple(drawn), "pptx")))
    (shown,) = [shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart]
    assert shown.value_axis.maximum_scale == 0.85


def test_slides_break_long_tables_and_nothing_leaves_the_slide() -> None:
    deck = Presentation(io.BytesIO(render(long_report(120), "pptx")))
    tables = [shape for slide in deck.slides for shape in slide.shapes if shape.has_table]
    assert len(tables) > 5
    assert sum(len(shape.table.rows) - 1 for shape in tables) == 120
    assert all(shape.table.cell(0, 0).text == LONG for shape in tables)
    for slide in deck.slides:
        for shape in slide.shapes:
            assert shape.top + shape.height <= deck.slide_height
            assert shape.left + shape.width <= deck.slide_width


def test_sheets_of_one_name_are_told_apart() -> None:
    tables = [Table("A/B [very long name of a table: ?*]", (Column("x"),), (("1",),)) for _ in range(12)]
    names = openpyxl.load_workbook(io.BytesIO(render(simple(*tables), "xlsx"))).sheetnames
    assert len(set(names)) == 14 and all(len(name) <= 31 for name in names)


def test_an_empty_table_says_so() -> None:
    report = simple(Table("Nothing here", (Column("x"), Column("y", "measure")), ()))
    for format, read in READERS.items():
        assert "Nothingtolist." in squeezed(read(render(report, format)))
    assert ["Nothing to list."] in [row[:1] for row in sheet_rows(render(report, "xlsx"))["Nothing here"]]


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92"
    "ef0000000049454e44ae426082"
)


def test_branding_shows_in_every_format() -> None:
    drawn = (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20"/></svg>'
    )
    branding = Branding(
        agency=Party("Agency & Co", picture(PIXEL, "image/png")),
        client=Party("Client", picture(drawn, "image/svg+xml")),
        colour="#AA3366",
        footer="Confidential",
        cover_text="For the board.",
        paper="us-letter",
    )
    report = simple(Paragraph("x"), branding=branding)
    pdf = pypdf.PdfReader(io.BytesIO(render(report, "pdf")))
    assert [float(side) for side in pdf.pages[0].mediabox[2:]] == [612, 792]
    assert "Forthe board." in pdf.pages[0].extract_text().replace("For the", "Forthe")
    assert "Confidential" in pdf.pages[1].extract_text()
    deck = Presentation(io.BytesIO(render(report, "pptx")))
    assert len([shape for shape in deck.slides[0].shapes if shape.shape_type == 13]) == 2
    page = BeautifulSoup(render(report, "html"), "lxml")
    assert len(page.select("img")) == 2 and "#AA3366" in str(page.style)
    assert openpyxl.load_workbook(io.BytesIO(render(report, "xlsx"))).properties.creator == "Agency & Co"


def test_a_report_is_the_same_after_it_was_kept(built: Built) -> None:
    for report, _ in built.values():
        assert unpack(pack(report)) == report


def test_a_measure_is_spread_over_columns_with_its_own_format() -> None:
    rank = Measure("mean_rank", Estimate(2.5, 10, 2.0, 3.0, 5, 2, 6, 1.0, "ok"), -0.5, "real")
    none = Measure("mention_rate", Estimate(None, 0, None, None, 0, 0, 0, None, "no data"))
    table = Table("t", (Column("a", "measure"), Column("b", "change")), ((rank, rank), (none, none)))
    found = {column.head: column for column in typed(table, translate("en"))}
    assert found["a"].values == (2.5, None) and found["a"].formats == ("0.00", "0.0%")
    assert found["a · n"].values == (10, 0) and found["a · verdict"].values == ("ok", "no data")
    share = Measure("mention_rate", Estimate(0.6, 10, 0.5, 0.7, 5, 2, 6, 1.0, "ok"), 0.147, "real")
    (change, _) = typed(Table("t", (Column("b", "change"),), ((share,),)), translate("en"))
    assert change.values == (pytest.approx(14.7),), "percentage points: 14.7% would be of the share before"
    assert change.formats == ('+0.0" pts";-0.0" pts";0.0" pts"',)
    assert found["b"].values == (-0.5, None) and found["b · verdict"].values == ("real change", None)


def test_room_for_text_is_estimated_by_script() -> None:
    assert width("面膜") == 2 * width("面") > width("ab")
    assert lines("a b c", 1000, 10) == 1
    assert lines("面" * 30, 100, 10) == 3
    assert lines("a\nb", 1000, 10) == 2


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(UsageError, match="no format 'doc'"):
        render(simple(), "doc")
