"""The views that other tools read: the same numbers as the product's, on both databases."""

from __future__ import annotations

import datetime
from collections import defaultdict
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from geo_tracker.metrics.definitions import METRICS
from geo_tracker.metrics.measures import table
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.facts import read_facts
from geo_tracker.storage.database import migration_config, reading, writing
from geo_tracker.storage.models import Workspace
from geo_tracker.storage.views import views
from tests.support import oracle
from tests.support.daily_rows import BRANDS, Cell, fill
from tests.support.places import ROOT

DAYS = [datetime.date(2026, 3, day) for day in (2, 3, 4)]
CELLS = [
    Cell(1, 4, (2, 1, 0), day=DAYS[0]),
    Cell(2, 5, (0, 3, 1), day=DAYS[0], planned=7),
    Cell(2, 3, (1, 0, 0), day=DAYS[1], engine="kimi", surface="app"),
    Cell(3, 6, (3, 2, 2), day=DAYS[2]),
]


def rows(engine: sa.Engine, name: str) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(sa.text(f"SELECT * FROM {name}")).mappings()]


@pytest.fixture
def filled(engine: sa.Engine) -> sa.Engine:
    fill(engine, CELLS)
    return engine


def test_added_up_they_give_the_metrics_of_the_product(filled: sa.Engine) -> None:
    sums: dict[tuple[str | None, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for name, per_brand in (("v_visibility_daily", True), ("v_coverage_daily", False)):
        for row in rows(filled, name):
            for each in METRICS.values():
                if each.per_brand is per_brand:
                    both = sums[row["brand"] if per_brand else None, each.name]
                    both[0] += row[f"sum_{each.numerator}"]
                    both[1] += row[f"sum_{each.denominator}"]
    with reading(filled) as session:
        wanted = table(read_facts(session, Selection("demo", branded=True)))
    assert len(wanted) == len(sums)
    for row in wanted:
        top, bottom = sums[row["brand"], row["metric"]]
        assert row["value"] == (pytest.approx(top / bottom) if bottom else None), row


def test_a_row_is_a_brand_on_a_cell_zeros_included(filled: sa.Engine) -> None:
    found = rows(filled, "v_visibility_daily")
    assert len(found) == len(CELLS) * len(BRANDS)
    row = next(r for r in found if r["engine"] == "kimi" and r["brand"] == "云纱")
    assert (row["workspace"], str(row["day"]), row["prompt"], row["topic"]) == (
        *("demo", "2026-03-03", "prompt 2", "creams"),
    )
    assert (row["sum_mentioned"], row["sum_answers"], row["mention_rate"]) == (1, 3, pytest.approx(1 / 3))
    none = next(r for r in found if r["engine"] == "kimi" and r["brand"] == "Basalt")
    assert (none["sum_mentioned"], none["mention_rate"], none["mean_rank"]) == (0, 0, None)


def test_what_was_not_computed_is_null(engine: sa.Engine) -> None:
    fill(engine, [Cell(2, 5, (1, 1, 1), version=1), Cell(3, 5, (1, 1, 1))])
    with writing(engine) as session:
        workspace = session.get(Workspace, 1)
        assert workspace is not None
        workspace.scored_brand = 2
    old = {row["prompt"]: row for row in rows(engine, "v_coverage_daily")}
    assert (old["prompt 2"]["sum_cut"], old["prompt 2"]["sum_answers"]) == (None, 5)
    assert old["prompt 3"]["sum_cut"] == 0
    unscored = [row for row in rows(engine, "v_visibility_daily") if row["brand"] == "Basalt"]
    assert {row["mention_rate"] for row in unscored} == {None}
    assert {row["sum_answers"] for row in unscored} == {5}


def test_answers_and_their_evidence_are_whole(engine: sa.Engine) -> None:
    raw = oracle.draw(3)
    oracle.store(engine, raw)
    assert sorted(row["answer_id"] for row in rows(engine, "v_answers")) == sorted(each.id for each in raw)
    assert len(rows(engine, "v_citations")) == sum(len(each.citations) for each in raw)
    assert len(rows(engine, "v_offers")) == sum(len(each.offers) for each in raw)
    assert {row["workspace"] for row in rows(engine, "v_citations")} == {"w"}


def test_a_migration_finds_no_view_in_its_way_and_leaves_all(filled: sa.Engine) -> None:
    with filled.execution_options(writing=True).begin() as connection:
        command.downgrade(migration_config(connection), "0003")
        assert not [name for name in sa.inspect(connection).get_view_names() if name.startswith("v_")]
        command.upgrade(migration_config(connection), "head")
        assert set(sa.inspect(connection).get_view_names()) >= set(views())
    assert len(rows(filled, "v_visibility_daily")) == len(CELLS) * len(BRANDS)


def test_the_example_of_the_documentation_runs_and_gives_the_rate(filled: sa.Engine) -> None:
    text = (ROOT / "docs" / "data.md").read_text("utf-8")
    example = next(part for part in text.split("```sql\n")[1:] if part.startswith("SELECT")).split("```")[0]
    with filled.connect() as connection:
        asked = example.replace("'crm'", "'demo'").replace("'web'", "'api'")
        found = connection.execute(sa.text(asked)).mappings().all()
    rates = {(str(row["day"]), row["brand"]): (float(row["mention_rate"]), row["n"]) for row in found}
    assert rates["2026-03-02", "Aurora Care"] == (pytest.approx(3 / 5), 5)
    assert set(views()) == {name for name in views() if f"`{name}`" in text}
