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


def drawn() -> dict[str, str]:
    """Pictures of every kind of chart with hostile names, as many in each as it shows."""
    day, engine = {"day": f"{DAY}"}, {"engine": SCRIPTS[0], "surface": SCRIPTS[1]}
    by_engine = [record(SCRIPTS[2], {**engine, "engine": name}, 0.5) for name in SCRIPTS[:12]]
    by_brand = [record(name, engine, 0.5) for name in SCRIPTS]
    found = {
        "shares": charts.shares(by_brand, "mention_rate", SCRIPTS[0], T),
        "engines": charts.engines(by_engine, "mention_rate", SCRIPTS[2], T),
        "heatmap": charts.heatmap(by_brand, "mention_rate", SCRIPTS[12:24], T),
    }
    for at in range(0, len(SCRIPTS), 6):
        names = SCRIPTS[at : at + 6]
        rows = [record(name, day, 0.5) for name in names]
        events = [(DAY, name) for name in names]
        found[f"trend {at}"] = charts.trend(rows, "mention_rate", names[0], T, events=events)
    return {name: charts.svg(chart) for name, chart in found.items()}


def test_no_picture_runs_anything_and_names_are_drawn_as_they_are_written() -> None:
    pictures = drawn()
    assert {name: running(picture, picture=True) for name, picture in pictures.items()} == {
        name: [] for name in pictures
    }
    texts = etree.fromstring(pictures["shares"].encode()).xpath("//*[local-name()='text']/text()")
    shown = [" ".join(each.split()) for each in texts]
    for name in SCRIPTS:
        assert any(" ".join(name.split())[:12] in each for each in shown), name


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
