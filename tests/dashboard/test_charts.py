"""What the shared charts draw on the dashboard: the right brands, words and colours."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from geo_tracker.i18n import translate
from geo_tracker.metrics.measures import table
from geo_tracker.reports import charts
from tests.support.daily_rows import BRANDS, DAY, Cell, facts

T = translate("zh")
CELLS = [
    Cell(prompt, 10, (8, 5, 2), engine=engine) for prompt in range(2, 9) for engine in ("doubao", "kimi")
]


def record(brand: str, metric: str, value: float) -> dict[str, Any]:
    common = {"low": value, "high": value, "n": 50, "prompts": 9, "verdict": "ok"}
    return {"group": {"day": f"{DAY}"}, "brand": brand, "metric": metric, "value": value, **common}


def rows(chart: Any) -> list[dict[str, Any]]:
    return [row for data in chart.to_dict()["datasets"].values() for row in data]


@pytest.mark.parametrize(("metric", "left_out"), [("mention_rate", "Rival 1"), ("mean_rank", "Rival 9")])
def test_a_trend_keeps_the_best_rivals(metric: str, left_out: str) -> None:
    brands = [f"Rival {number}" for number in (1, 3, 5, 7, 9)]
    given = [record(name, metric, float(name[-1])) for name in brands] + [record("Own", metric, 2)]
    drawn = {row["brand"] for row in rows(charts.trend(given, metric, "Own", T))}
    assert drawn == {"Own", *brands} - {left_out}


def test_a_heatmap_has_a_cell_per_brand_and_engine() -> None:
    chart = charts.heatmap(table(facts(CELLS), by=("engine", "surface")), "mention_rate", BRANDS, T)
    cells = {(row["brand"], row["engine"]): row["label"] for row in rows(chart)}
    assert len(cells) == 6
    assert cells["云纱", "豆包 Doubao · API"] == "80.0%"


@pytest.mark.parametrize(("engines", "across"), [(2, "engine:N"), (9, "brand:N")])
def test_a_heatmap_of_many_engines_has_them_one_under_the_other(engines: int, across: str) -> None:
    cells = [Cell(2, 10, (8, 5, 2), engine=f"engine-{number}") for number in range(engines)]
    records = table(facts(cells), by=("engine", "surface"))
    chart = charts.heatmap(records, "mention_rate", BRANDS, T).to_dict()
    assert {layer["encoding"]["x"]["field"] for layer in chart["layer"]} == {across.removesuffix(":N")}
    assert chart["height"] == 30 * (engines if across == "brand:N" else len(BRANDS))


@pytest.mark.parametrize(("name", "leans"), [("云纱", False), ("极光云端智能客户关系管理平台", True)])
def test_long_names_above_a_heatmap_lean_so_that_they_do_not_run_together(name: str, leans: bool) -> None:
    brands = [f"{name}{number}" for number in range(6)]
    records = [
        {**record(brand, "mention_rate", 0.5), "group": {"engine": f"engine-{number}", "surface": "api"}}
        for brand in brands
        for number in range(9)
    ]
    chart = charts.heatmap(records, "mention_rate", brands, T).to_dict()
    angles = {layer["encoding"]["x"]["axis"]["labelAngle"] < 0 for layer in chart["layer"]}
    assert angles == {leans}


def test_a_single_day_is_drawn_as_points_with_an_interval() -> None:
    given = [record(name, "mention_rate", 0.5) for name in ("Own", "Rival")]
    chart = charts.trend(given, "mention_rate", "Own", T)
    assert charts.svg(chart).count('aria-roledescription="point"') == 2
    assert all(row["alone"] for row in rows(chart) if "alone" in row)
    later = [{**each, "group": {"day": "2026-12-24"}} for each in given]
    two = charts.trend([*given, *later], "mention_rate", "Own", T)
    assert not any(row["alone"] for row in rows(two) if "alone" in row)
    assert two.to_dict()["layer"][0]["mark"]["type"] == "area"
    assert chart.to_dict()["layer"][0]["mark"]["type"] == "rule"


def test_thin_cells_are_pale() -> None:
    chart = charts.heatmap(table(facts(CELLS[:2]), by=("engine", "surface")), "mention_rate", BRANDS, T)
    assert {row["solid"] for row in rows(chart)} == {0.45}


def test_a_trend_by_week_says_so() -> None:
    chart = charts.trend(table(facts(CELLS), by=("week",)), "mention_rate", BRANDS[0], T)
    assert chart.to_dict()["title"]["text"] == "提及率（按周）"


def test_names_at_the_ends_of_lines_do_not_cover_each_other() -> None:
    given = [record(f"Rival {number}", "net_sentiment", 0.6 + number / 100) for number in range(4)]
    drawn = rows(charts.trend([*given, record("Own", "net_sentiment", 0.6)], "net_sentiment", "Own", T))
    at = sorted(row["at"] for row in drawn if "at" in row)
    pixels = [(upper - lower) / 2 * 220 for lower, upper in pairwise(at)]  # an axis from -1 to 1
    assert len(pixels) == 4 and min(pixels) >= 14


@pytest.mark.parametrize("name", ["trend", "shares", "engines", "heatmap"])
def test_dark_charts_use_no_light_ink_and_speak_the_language(name: str) -> None:
    records = table(facts(CELLS), by=("engine", "surface") if name in ("engines", "heatmap") else ("day",))
    about = BRANDS if name == "heatmap" else BRANDS[0]
    chart = getattr(charts, name)(records, "mention_rate", about, T, style=charts.DARK).to_dict()
    assert charts.LIGHT.ink not in json.dumps(chart)
    words = json.dumps(chart["layer"], ensure_ascii=False)
    assert all(T(f"chart.{key}") in words for key in ("value", "low", "high", "n"))
