"""Exports: every table as CSV, the one-page summary in two languages, charts, and words."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from geo_tracker.errors import UsageError
from geo_tracker.exports.guards import FORMULA
from geo_tracker.i18n import language, languages, read_strings, translate
from geo_tracker.metrics.definitions import METRICS
from geo_tracker.metrics.records import Estimate
from geo_tracker.reports import charts, export
from geo_tracker.reports.charts import svg
from geo_tracker.reports.csv import cell
from geo_tracker.reports.figures import Figures, Selection, read_figures
from geo_tracker.reports.html import render_html
from geo_tracker.reports.words import weights_text
from geo_tracker.storage.models import Answer, AnswerStatus, Brand, Citation, Run
from geo_tracker.words.values import difference_text, interval_text, value_text
from tests.support.daily_rows import BRANDS, DAY, Cell, database, facts

EN, ZH = translate("en"), translate("zh-CN")
LAST = DAY + timedelta(days=6)
WINDOW = Selection("demo", start=DAY, end=LAST)
LATE = DAY - timedelta(days=3), DAY - timedelta(days=1)
HOSTILE = '<script>alert("x")</script>'


def cells(sandbox: bool = True) -> Iterator[Cell]:
    """Two weeks; in the second the own brand is named twice as often."""
    for day in range(-7, 7):
        for number in range(2, 8):
            for engine, surface in (("doubao", "api"), ("elsewhere", "web")):
                hits = (2 + number % 3 if day < 0 else 4 + 2 * (number % 3), 3, 0)
                yield Cell(number, 10, hits, engine, surface, DAY + timedelta(days=day), 11, sandbox)


def filled(engine: sa.Engine, text: str = "云纱") -> sa.Engine:
    with Session(engine) as session:
        session.add(Run(id=1, workspace_id=1))
        session.flush()
        common: dict[str, Any] = {
            "workspace_id": 1,
            "run_id": 1,
            "engine": "doubao",
            "prompt_id": 2,
            "day": DAY,
        }
        captured = {"status": AnswerStatus.CAPTURED, "text": text, "rules": "7"}
        session.add(Answer(id=1, key="1", **common, **captured, sandbox=True))
        session.add(Answer(id=2, key="2", **common, status=AnswerStatus.FAILED, error="timeout"))
        session.flush()
        session.add(Citation(answer_id=1, position=0, url="https://forum.example/1", domain="forum.example"))
        session.commit()
    return engine


@pytest.fixture(scope="module")
def demo() -> sa.Engine:
    return filled(database(cells()), "=HYPERLINK(1)\n面膜")


@pytest.fixture
def session(demo: sa.Engine) -> Iterator[Session]:
    with Session(demo) as session:
        yield session


@pytest.fixture(scope="module")
def report(demo: sa.Engine) -> Figures:
    """The report of the second week; its answers may be read by one test only."""
    with Session(demo) as session:
        return read_figures(session, WINDOW)


@pytest.fixture(scope="module")
def exported(demo: sa.Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The CSV files by name."""
    folder = tmp_path_factory.mktemp("export") / "new" / "folder"
    with Session(demo) as session:
        return {path.stem: path for path in export(session, WINDOW, format="csv", out=folder)}


@pytest.fixture(scope="module")
def summary(report: Figures) -> str:
    return render_html(report)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def page(engine: sa.Engine, filters: Selection = WINDOW) -> BeautifulSoup:
    with Session(engine) as session:
        return BeautifulSoup(render_html(read_figures(session, filters)), "lxml")


def test_csv_holds_every_table_and_repeats_the_numbers(report: Figures, exported: dict[str, Path]) -> None:
    shelf = {name for name in exported if name.startswith("shelf_")}
    sources = {"domains", "pages", "source_types", "gap_domains", "gap_pages"}
    assert set(exported) == {"about", *report.groups, "changes", *sources, "candidates", "answers", *shelf}
    for name, by in report.groups.items():
        read = rows_of(exported[name])
        assert len(read) == len(report.tables[name]) > 0
        for row, measured in zip(read, report.tables[name], strict=True):
            assert [row[key] for key in by] == list(measured.group.values())
            assert row["metric"] == measured.metric
            for field in fields(Estimate):
                value = getattr(measured.estimate, field.name)
                assert row[field.name] == ("" if value is None else str(value))


def test_every_csv_says_that_it_is_the_sandbox(exported: dict[str, Path]) -> None:
    for name, path in exported.items():
        rows = rows_of(path)
        if name == "about":
            assert {"field": "sandbox", "value": "yes"} in rows
        elif name == "answers":
            assert [row["sandbox"] for row in rows] == ["no", "yes"]
        else:
            assert {row["sandbox"] for row in rows} <= {"yes"}


def test_csv_opens_in_excel_with_chinese_and_without_formulas(exported: dict[str, Path]) -> None:
    assert exported["brands"].read_bytes().startswith(b"\xef\xbb\xbf")
    assert rows_of(exported["brands"])[0]["brand"] == "云纱"
    captured = next(row for row in rows_of(exported["answers"]) if row["status"] == "captured")
    assert captured["text"] == "'=HYPERLINK(1)\n面膜"


def test_all_answers_are_exported_whatever_became_of_them(exported: dict[str, Path]) -> None:
    assert [(row["id"], row["status"], row["error"]) for row in rows_of(exported["answers"])] == [
        ("2", "failed", "timeout"),
        ("1", "captured", ""),
    ]
    assert [row["source"] for row in rows_of(exported["domains"])] == ["forum.example"]


def test_csv_as_one_zip_is_the_same(session: Session, tmp_path: Path, exported: dict[str, Path]) -> None:
    (packed,) = export(session, WINDOW, format="csv", out=tmp_path / "all.zip")
    with zipfile.ZipFile(packed) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            path.name: path.read_bytes() for path in exported.values()
        }


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.tuples(st.text())))
def test_no_text_cell_is_a_formula_and_numbers_stay_numbers(value: Any) -> None:
    found = cell(value)
    if isinstance(found, str):
        assert not found.startswith(FORMULA)
    else:
        assert found is value


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\0")))
def test_text_cells_survive_the_round_trip(text: str) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerow([cell(text)])
    file.seek(0)
    (read,) = next(csv.reader(file), [""])
    assert read.removeprefix("'") == text.removeprefix("'") or read == text


def test_summary_carries_n_interval_coverage_change_and_the_sandbox_label(summary: str) -> None:
    found = BeautifulSoup(summary, "lxml")
    tile = found.select_one(".tile")
    assert tile is not None
    assert list(tile.stripped_strings)[:4] == ["提及率", "60.0%", "56.4–63.5%", "n = 840 · 6 个提示词"]
    assert list(tile.stripped_strings)[4:] == ["+30.0 个百分点", "真实变化（各提示词一致）"]
    label = found.select_one(".sandbox")
    assert label is not None and label.text == "沙盒数据"
    text = found.get_text(" ")
    assert "计划 924 条回答" in text
    assert "API、网页" in text
    assert found.html is not None and found.html["lang"] == "zh"


def test_summary_in_english_without_sandbox() -> None:
    found = page(filled(database(cells(sandbox=False), locale="en-GB")))
    assert found.select_one(".sandbox") is None
    headline = found.select_one(".headline")
    assert headline is not None
    assert headline.text == (
        "云纱 is named in 60.0% of the answers of AI assistants (56.4% to 63.5%) and is number 1 of 3 tracked brands. "
        "That is 30.0 pts more than in the period before: a real change."
    )
    assert "version 7" in found.get_text(" ")


def test_summary_needs_nothing_from_elsewhere(summary: str) -> None:
    assert not re.search(r"<script|<link|<iframe|@import|url\((?!#)", summary)
    assert re.findall(r'(?:src|href)="([^"]*)"', summary) == []
    assert summary.count("<svg") == 3


def test_hostile_names_are_shown_as_text() -> None:
    engine = filled(database(cells(), name=HOSTILE))
    with Session(engine) as session:
        session.get_one(Brand, 1).name = HOSTILE
        session.commit()
    found = page(engine)
    assert found.find("script") is None
    title = found.find("h1")
    assert title is not None and HOSTILE in title.text


def test_thin_samples_are_marked_and_no_change_is_claimed() -> None:
    engine = filled(database([Cell(2, 5, (2, 1, 0)), Cell(3, 3, (0, 1, 0))]))
    found = page(engine, Selection("demo"))
    tile = found.select_one(".tile .thin")
    assert tile is not None and tile.text == "样本不足"
    headline = found.select_one(".headline")
    assert headline is not None and "样本太少" in headline.text


def test_only_failed_answers_still_make_a_report() -> None:
    found = page(filled(database([Cell(number, 0, planned=4) for number in range(2, 8)])), Selection("demo"))
    headline = found.select_one(".headline")
    assert headline is not None and headline.text == "本时段没有有效回答。"
    assert "0.0%" in found.get_text()


def test_nothing_to_report_is_an_error_that_says_what_to_do(session: Session, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="widen the dates"):
        export(session, Selection("demo").only(engine=("none",)), format="html", out=tmp_path)
    with pytest.raises(UsageError, match="there are csv, html"):
        export(session, WINDOW, format="docx", out=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_html_goes_to_a_folder_or_a_file(session: Session, report: Figures, tmp_path: Path) -> None:
    assert export(session, WINDOW, format="html", out=tmp_path / "deep") == [
        tmp_path / "deep" / "summary.html"
    ]
    assert export(session, WINDOW, format="html", out=tmp_path / "a.html") == [tmp_path / "a.html"]


@pytest.mark.parametrize(
    ("compare", "before"),
    [
        ("previous", (DAY - timedelta(days=7), DAY - timedelta(days=1))),
        (LATE, LATE),
        ("none", None),
        ((DAY - timedelta(days=90), DAY - timedelta(days=60)), None),
    ],
)
def test_windows_to_compare_with(session: Session, compare: Any, before: Any) -> None:
    report = read_figures(session, WINDOW, compare)
    assert report.before == before
    assert (("mention_rate", "云纱") in report.changes) == (before is not None)


@pytest.mark.parametrize("t", [EN, ZH], ids=["en", "zh"])
def test_charts_hold_what_they_show(report: Figures, t: Any) -> None:
    days, brands, engines = (report.records(name) for name in ("trend", "brands", "engines"))
    trend = svg(charts.trend(days, "mention_rate", "云纱", t))
    assert all(brand in trend for brand in BRANDS)
    assert charts.LIGHT.own.lower() in trend.lower()
    assert "60.0%" in svg(charts.shares(brands, "mention_rate", "云纱", t))
    assert "elsewhere" in svg(charts.engines(engines, "mean_rank", "云纱", t))


def test_ranks_are_drawn_too(report: Figures) -> None:
    assert "1.00" in svg(charts.shares(report.records("brands"), "mean_rank", "云纱", EN))
    assert "云纱" in svg(charts.trend(report.records("trend"), "mean_rank", "云纱", EN))


def test_charts_of_nothing_are_empty_not_broken() -> None:
    empty: list[dict[str, Any]] = []
    for draw in (charts.trend, charts.shares, charts.engines):
        assert svg(draw(empty, "mention_rate", "云纱", EN)).startswith("<svg")


def test_end_labels_do_not_cover_each_other(report: Figures) -> None:
    records = [record for record in report.records("trend") if record["metric"] == "mention_rate"]
    same = [record | {"value": 0.3} for record in records]
    drawn = svg(charts.trend(same, "mention_rate", "云纱", EN, height=200))
    found = [re.search(rf"translate\([\d.]+,([\d.]+)\)[^>]*>{brand}<", drawn) for brand in BRANDS]
    heights = sorted(float(match.group(1)) for match in found if match)
    assert len(heights) == 3
    assert min(b - a for a, b in pairwise(heights)) > 11


@pytest.mark.parametrize(
    ("metric", "value", "text", "difference"),
    [
        ("mention_rate", 0.3456, "34.6%", "+34.6 pts"),
        ("mention_rate", -0.0001, "-0.0%", "0.0 pts"),
        ("mention_rate", None, "–", "–"),
        ("mean_rank", 1.25, "1.25", "+1.25"),
        ("mean_rank", -0.5, "-0.50", "−0.50"),
    ],
)
def test_numbers_as_they_read(metric: str, value: float | None, text: str, difference: str) -> None:
    assert value_text(metric, value, EN) == text
    assert difference_text(metric, value, EN) == difference


def test_interval_as_it_reads() -> None:
    estimate = Estimate(0.3, 10, 0.214, 0.439, 3, 10, 5, 1, "ok")
    assert interval_text("mention_rate", estimate, EN) == "21.4–43.9%"
    below = Estimate(-0.1, 10, -0.189, -0.063, -1, 10, 5, 1, "ok")
    assert interval_text("price_spread", below, EN) == "−18.9…−6.3%"
    assert interval_text("mean_rank", Estimate(2, 10, None, None, 3, 10, 5, 1, "ok"), EN) == "–"


def test_languages_have_the_same_strings_and_placeholders() -> None:
    assert set(languages()) == {"en", "zh"}
    english, chinese = (read_strings(name) for name in ("en", "zh"))
    assert set(english) == set(chinese)
    for key in english:
        assert set(re.findall(r"{(\w+)}", english[key])) == set(re.findall(r"{(\w+)}", chinese[key])), key


def test_every_metric_is_named_and_explained() -> None:
    for name in METRICS:
        assert all(t(f"metric.{name}.{part}") for t in (EN, ZH) for part in ("label", "help"))


@pytest.mark.parametrize(
    ("locale", "spoken"), [("zh-CN", "zh"), ("zh_TW", "zh"), ("en-GB", "en"), ("fr", "en"), ("", "en")]
)
def test_language_of_a_locale(locale: str, spoken: str) -> None:
    assert language(locale) == spoken


def test_an_unknown_string_is_an_error() -> None:
    with pytest.raises(KeyError):
        EN("metric.reach.label")


def test_engines_that_weigh_more_are_said() -> None:
    def text(kimi: int) -> str:
        cells = [
            Cell(k, 10 if e == "doubao" else kimi, engine=e) for k in range(3) for e in ("doubao", "kimi")
        ]
        return weights_text(facts(cells), EN)

    assert text(10) == text(9) == text(0) == ""
    assert text(30).startswith("Engines weigh by their answers: Kimi")
    assert "75%" in text(30)
