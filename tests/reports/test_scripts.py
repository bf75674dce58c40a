"""Names, questions and titles that try to run: in no report and in no picture does anything of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from lxml import etree

from geo_tracker.i18n import translate
from geo_tracker.reports import charts
from geo_tracker.reports.model import Column, Paragraph, Report, Section, Table
from geo_tracker.reports.renderers import render
from tests.support.daily_rows import DAY
from tests.support.scripts import SCRIPTS, running

T = translate("en")
LABELS = dict.fromkeys(
    ("sandbox_page", "methods", "page_of", "continued", "contents", "client", "agency", "sandbox"), ""
)


def record(brand: str, group: dict[str, Any], value: float) -> dict[str, Any]:
    common = {"low": value / 2, "high": value, "n": 50, "prompts": 9, "verdict": "ok"}
    return {"group": group, "brand": brand, "metric": "mention_rate", "value": value, **common}


def drawn() -> dict[str, Any]:
    """Every kind of chart with hostile names, a few of them in each: a picture shows only so many."""
    day, engine = {"day": f"{DAY}"}, {"engine": SCRIPTS[0], "surface": SCRIPTS[1]}
    found = {}
    for at in range(0, len(SCRIPTS), 5):
        names = SCRIPTS[at : at + 5]
        by_day = [record(name, day, 0.5) for name in names]
        by_engine = [record(name, {**engine, "engine": name}, 0.5) for name in names]
        found |= {
            f"trend {at}": charts.trend(by_day, "mention_rate", names[0], T, events=[(DAY, names[-1])]),
            f"shares {at}": charts.shares(by_day, "mention_rate", names[0], T),
            f"engines {at}": charts.engines(by_engine, "mention_rate", names[0], T),
            f"heatmap {at}": charts.heatmap(by_engine, "mention_rate", names, T),
        }
    return found


def test_no_picture_runs_anything() -> None:
    found = {name: running(charts.svg(chart), picture=True) for name, chart in drawn().items()}
    assert found == {key: [] for key in found}


@pytest.mark.parametrize("text", SCRIPTS)
def test_a_name_that_tries_is_drawn_as_it_is_written(text: str) -> None:
    picture = charts.svg(charts.trend([record(text, {"day": f"{DAY}"}, 0.5)], "mention_rate", text, T))
    shown = etree.fromstring(picture.encode()).xpath("//*[local-name()='text']/text()")
    assert any(" ".join(text.split())[:12] in " ".join(each.split()) for each in shown), shown


@pytest.mark.parametrize(
    "text", ["it's", 'the "one"', "back\\slash", "\\'", "two\nlines", "' || true || '", "${x}"]
)
def test_the_own_brand_keeps_its_band_whatever_its_name(text: str) -> None:
    days = [{"day": f"{DAY}"}, {"day": f"{DAY + timedelta(days=1)}"}]
    rows = [record(name, day, 0.5) for day in days for name in (text, "other")]
    picture = charts.svg(charts.trend(rows, "mention_rate", text, T))
    areas = etree.fromstring(picture.encode()).xpath(
        "//*[contains(@class, 'mark-area')]//*[local-name()='path']"
    )
    assert len(areas) == 1


def test_no_report_runs_anything() -> None:
    names = tuple((text,) for text in SCRIPTS)
    table = Table(SCRIPTS[0], (Column(SCRIPTS[1]),), names, note=SCRIPTS[2])
    blocks = (*map(Paragraph, SCRIPTS), table)

    def made(*blocks: Any) -> list[str]:
        section = Section("one", "One", blocks)
        report = Report("w", "en", SCRIPTS[1], SCRIPTS[4], "P", "M", False, (section,), labels=LABELS)
        return running(render(report, "html").decode())

    assert made(*blocks) == made(Paragraph("plain"))


@pytest.mark.parametrize("at", [0, 1, 3, 6, 8, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23])
def test_what_would_run_is_found(at: int) -> None:
    assert running(f"<html><body>{SCRIPTS[at]}</body></html>")
