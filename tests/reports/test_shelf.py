"""The shelf on paper: its CSV tables, its place in the summary, and its charts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from geo_tracker.i18n import translate
from geo_tracker.metrics.measures import measurements
from geo_tracker.metrics.shelf import Flow, flows, funnel, shares
from geo_tracker.queries.facts import Selection, read_facts
from geo_tracker.queries.offered import read_offered
from geo_tracker.reports.charts import DARK, LIGHT, svg
from geo_tracker.reports.csv import shelf_tables
from geo_tracker.reports.flow_chart import MOST, flow
from geo_tracker.reports.shelf import ShelfReport, build_shelf, shelf_records
from geo_tracker.reports.shelf_charts import funnel as funnel_chart
from geo_tracker.reports.shelf_charts import money, placements, price_spreads, triggers
from geo_tracker.score.answers import score
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine, reading
from tests.support.shelf_data import DAY, OTHER, OWN_CARD, RESOLD, RIVAL, answer, declare

EN = translate("en")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('shelf') / 'geo.db'}")
    migrate(engine)
    workspace = declare(engine)
    for prompt in (0, 1):
        answer(engine, OWN_CARD, RIVAL, prompt=prompt)
        answer(engine, RESOLD, OTHER, prompt=prompt, day=DAY - timedelta(days=1))
        answer(engine, prompt=prompt, engine="doubao", surface="api")
    score(engine, Archive("memory://"), workspace)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def report(engine: sa.Engine) -> ShelfReport:
    with reading(engine) as session:
        return build_shelf(session, read_facts(session, Selection("w")))


@pytest.fixture(scope="module")
def written(report: ShelfReport) -> dict[str, list[dict[str, str]]]:
    """The rows of every table that the dashboard gives to save."""
    texts = {table.name: table.encoded().decode("utf-8-sig") for table in shelf_tables(report)}
    return {name: list(csv.DictReader(io.StringIO(text))) for name, text in texts.items()}


def drawn(chart: Any) -> list[dict[str, Any]]:
    return [row for data in chart.to_dict()["datasets"].values() for row in data]


def test_every_table_of_the_shelf_is_a_csv(written: dict[str, list[dict[str, str]]]) -> None:
    names = ("placement", "platform", "merchant", "hhi", "funnel", "prices", "checkout", "flow", "offers")
    for name in names:
        rows = written[f"shelf_{name}"]
        assert rows and {row["sandbox"] for row in rows} == {"no"}


def test_shares_carry_what_says_how_far_to_trust_them(written: dict[str, list[dict[str, str]]]) -> None:
    rows = [row for row in written["shelf_platform"] if row["metric"] == "shelf_share"]
    found = {(row["platform"], row["brand"]): row for row in rows}
    own = found["harbour", "云纱"]
    assert (float(own["value"]), own["n"], own["prompts"], own["coverage"]) == (
        pytest.approx(2 / 3),
        "4",
        "2",
        "1.0",
    )
    assert own["verdict"] == "thin sample" and own["low"] and own["high"]
    assert float(found["jd", "untracked"]["value"]) == 1


def test_records_say_their_kind(report: ShelfReport) -> None:
    records = list(shelf_records(report))
    kinds = ("metric", "share", "hhi", "funnel", "price", "checkout", "flow", "offer")
    assert list(dict.fromkeys(record["kind"] for record in records)) == list(kinds)
    (hhi,) = [record for record in records if record["kind"] == "hhi"]
    assert hhi["value"] == pytest.approx((6 / 8) ** 2 + (2 / 8) ** 2)
    trigger = [record for record in records if record.get("metric") == "trigger_rate" and record["group"]]
    assert {record["group"]["surface"]: record["value"] for record in trigger} == {"api": None, "web": 1}


def test_an_api_engine_has_words_instead_of_a_rate_of_zero(report: ShelfReport) -> None:
    rows = measurements(report.shelf.facts, ("engine", "surface"), ("trigger_rate",))
    labels = {row["name"]: (row["value"], row["label"]) for row in drawn(triggers(rows, EN))}
    assert labels["Kimi · web"] == (1.0, "100.0%")
    (api,) = [label for name, label in labels.items() if name.endswith("API")]
    assert api == (None, EN("shelf.api_bar"))


def test_placements_by_brand_and_by_engine(engine: sa.Engine, report: ShelfReport) -> None:
    with reading(engine) as session:
        shown = shares(read_offered(session, report.shelf.facts, ("engine", "surface", "placement")))
    by_brand = placements(report.shares["placement",], "brand", "云纱", EN)
    assert {row["name"]: row["total"] for row in drawn(by_brand) if "total" in row} == {
        "云纱": 4,
        "Aurora Care": 2,
        EN("shelf.untracked"): 2,
    }
    by_engine = placements(shown, "engine", "云纱", EN)
    assert {row["name"]: row["total"] for row in drawn(by_engine) if "total" in row} == {"Kimi · web": 8}


def test_the_funnel_says_how_many_and_of_what(report: ShelfReport) -> None:
    rows = drawn(funnel_chart(funnel(report.shelf.facts, "云纱"), EN))
    labels = {row["name"]: row["label"] for row in rows}
    assert labels[EN("shelf.steps.retrieved")] == "0 · 0.0%"
    assert labels[EN("shelf.steps.shown")] == "4 · 100.0%"
    assert labels[EN("shelf.steps.buyable")] == "4 · 100.0% (100%)"


def test_prices_are_drawn_against_their_reference(report: ShelfReport) -> None:
    rows = drawn(price_spreads(report.prices, report.shelf.labels, EN))
    assert {(row["name"], round(row["spread"], 2), row["label"]) for row in rows if "spread" in row} == {
        ("云纱舒缓面膜 · 云纱官方旗舰店", 0.2, "+20.0% · 120 CNY"),
        ("云纱修护膜 · 美妆专营店", -0.05, "−5.0% · 190 CNY"),
    }


def test_bands_keep_their_width_from_engine_to_merchant(report: ShelfReport) -> None:
    shelf = report.shelf
    points = [row for row in drawn(flow(flows(shelf), shelf.labels, EN)) if "id" in row]
    by_side = {side: sum(row["offers"] for row in points if row["x"] == side) for side in (1, 2)}
    assert by_side == {1: 8, 2: 8}
    widths: dict[str, set[float]] = {}
    for point in points:
        widths.setdefault(point["id"], set()).add(round(point["y2"] - point["y"], 6))
    assert all(len(width) == 1 for width in widths.values())
    assert "Harbour Beauty" in {row["to"] for row in points}


def test_many_merchants_are_pooled_under_one_name_at_the_end() -> None:
    rows = [Flow("kimi", "web", "jd", f"store {n}", 30 - n, 0, 0) for n in range(30)]
    blocks = [row for row in drawn(flow(rows, {"jd": "京东"}, EN)) if "label" in row and row["x"] == 2]
    assert len(blocks) == MOST
    assert blocks[-1]["label"].endswith(EN("shelf.others", count=30 - MOST + 1))


def test_charts_of_nothing_are_empty_not_broken() -> None:
    for chart in (
        triggers([], EN),
        placements([], "brand", "A", EN),
        placements([], "engine", "A", EN),
        price_spreads([], {}, EN),
        flow([], {}, EN),
        funnel_chart([], EN),
    ):
        assert svg(chart).startswith("<svg")


def test_dark_charts_use_no_light_ink(report: ShelfReport) -> None:
    shelf, dark = report.shelf, {"style": DARK}
    for chart in (
        triggers(measurements(report.shelf.facts, ("engine", "surface"), ("trigger_rate",)), EN, **dark),
        placements(report.shares["placement",], "brand", "云纱", EN, **dark),
        flow(flows(shelf), shelf.labels, EN, **dark),
        funnel_chart(funnel(report.shelf.facts, "云纱"), EN, **dark),
        price_spreads(report.prices, shelf.labels, EN, **dark),
    ):
        assert LIGHT.ink not in chart.to_json()


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [(129, "CNY", "129 CNY"), (18.5, "GBP", "18.50 GBP"), (1234.0, "USD", "1,234 USD"), (9, None, "9")],
)
def test_money_as_it_reads(amount: float, currency: str | None, text: str) -> None:
    assert money(amount, currency) == text
