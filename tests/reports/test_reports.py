"""What reports are made of: figures, cells of CSV files, charts, and words."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from geo_tracker.exports.guards import FORMULA
from geo_tracker.i18n import language, languages, read_strings, translate
from geo_tracker.metrics.definitions import METRICS
from geo_tracker.metrics.measures import table
from geo_tracker.metrics.records import Estimate
from geo_tracker.reports import charts
from geo_tracker.reports.charts import svg
from geo_tracker.reports.csv import cell
from geo_tracker.reports.figures import Figures, Selection, read_figures
from geo_tracker.reports.words import weights_text
from geo_tracker.storage.models import Answer, AnswerStatus, Citation, Run
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
    """The figures of the second week."""
    with Session(demo) as session:
        return read_figures(session, WINDOW)


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
    by_day = table(report.facts.by_day or report.facts, ("day",), ("mean_rank",))
    assert "云纱" in svg(charts.trend(by_day, "mean_rank", "云纱", EN))


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
        ("mention_rate", -0.0001, "0.0%", "0.0 pts"),
        ("mention_rate", None, "–", "–"),
        ("mean_rank", 1.25, "1.25", "+1.25"),
        ("mean_rank", -0.5, "−0.50", "−0.50"),
    ],
)
def test_numbers_as_they_read(metric: str, value: float | None, text: str, difference: str) -> None:
    assert value_text(metric, value, EN) == text
    assert difference_text(metric, value, EN) == difference


def test_interval_as_it_reads() -> None:
    estimate = Estimate(0.3, 10, 0.214, 0.439, 3, 10, 5, 1, "ok")
    assert interval_text("mention_rate", estimate, EN) == "21.4–43.9%"
    below = Estimate(-0.1, 10, -0.189, -0.063, -1, 10, 5, 1, "ok")
    assert interval_text("price_spread", below, EN) == "−18.9 to −6.3%"
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


@pytest.mark.parametrize(
    ("lang", "says"), [("en", "All 2 engines weigh the same"), ("zh", "2 个引擎权重相同")]
)
def test_engines_that_weigh_the_same_are_said(lang: str, says: str) -> None:
    both = facts([Cell(k, n, engine=e) for k in range(3) for e, n in (("doubao", 30), ("kimi", 10))])
    equal = replace(both, filters=replace(both.filters, weights="engines"))
    assert says in weights_text(equal, translate(lang))
