"""A database of the first schema, with data in it, is carried over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from sqlmodel import Session, col, select

from geo_tracker.extract.scores import RULES_VERSION
from geo_tracker.metrics.measures import measure, measurements
from geo_tracker.queries.facts import Selection, read_choices, read_facts
from geo_tracker.queries.sources import read_sources
from geo_tracker.score.answers import score
from geo_tracker.score.longer_sums import unsummed
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import (
    migrate,
    migration_config,
    open_engine,
    reading,
    revisions,
    workspace_named,
    writing,
)
from geo_tracker.storage.leases import claim
from geo_tracker.storage.models import Answer, DailyBrand, DailyCell, Panel, Score, WeeklyBrand
from geo_tracker.storage.spending import limits

KEYS = ("day", "prompt_id", "engine", "surface", "brand_id", "workspace_id", "sandbox")
CELLS = (
    ("2026-03-02", 1, "kimi", "web"),
    ("2026-03-02", 1, "openai", "api"),
    ("2026-03-03", 2, "kimi", "web"),
)


@pytest.fixture
def old(database_url: str) -> Iterator[sa.Engine]:
    """A database as revision 0001 left it: two brands, of which one has something in the first cell only."""
    engine = open_engine(database_url)
    with engine.execution_options(writing=True).begin() as connection:
        config = migration_config(connection)
        command.upgrade(config, "0001")
        if engine.dialect.name == "postgresql":  # the template is at the newest schema
            command.downgrade(config, "0001")
    with engine.execution_options(writing=True).begin() as connection:
        _fill(connection)
    yield engine
    engine.dispose()


def _fill(connection: sa.Connection) -> None:
    tables = sa.MetaData()
    tables.reflect(connection)

    def insert(name: str, *rows: dict[str, Any]) -> None:
        connection.execute(
            tables.tables[name].insert(), [{**_zeros(tables.tables[name]), **row} for row in rows]
        )

    insert("workspace", {"id": 1, "slug": "w", "name": "W", "timezone": "UTC", "recrawl_days": 0})
    insert("run", {"id": 1, "workspace_id": 1})
    insert("brand", *({"id": n, "workspace_id": 1, "name": f"B{n}"} for n in (1, 2)))
    insert("prompt", *({"id": n, "workspace_id": 1, "text": f"?{n}"} for n in (1, 2)))
    days = [dict(zip(KEYS, cell, strict=False)) for cell in CELLS]
    days = [{**day, "day": date.fromisoformat(str(day["day"]))} for day in days]
    own = {
        "workspace_id": 1,
        "run_id": 1,
        "status": "captured",
        "rules": "7",
        "scored_at": datetime(2030, 1, 1, tzinfo=UTC),
    }
    insert("answer", *({**own, **day, "id": n, "key": str(n)} for n, day in enumerate(days, 1)))
    insert("page", {"id": 1, "url": "https://real.example/", "domain": "real.example", "status": "fetched"})
    cited = ((1, 1, "jump.example"), (2, None, "bare.example"), (3, 1, "real.example"))
    for answer, page, domain in cited:
        insert("citation", {"answer_id": answer, "page_id": page, "domain": domain, "role": "cited"})
    insert("score", {"answer_id": 1, "brand_id": 1, "mentions": 2, "rank": 1, "prominence": 0.5})
    shared = {"planned": 2, "answers": 1, "failed": 1, "mentions_all": 2, "mentioned_all": 1, "triggered": 1}
    for at, day in enumerate(days):
        for brand in (1, 2):
            named = {"mentioned": 1, "mentions": 2, "prominence": 0.5} if (at, brand) == (0, 1) else {}
            insert(
                "daily", {**day, **shared, "shelf_answers": 1, "workspace_id": 1, "brand_id": brand, **named}
            )


def _zeros(table: sa.Table) -> dict[str, Any]:
    """A value for every column that needs one."""
    plain = {"INTEGER": 0, "FLOAT": 0.0, "BOOLEAN": False, "DOUBLE PRECISION": 0.0, "JSON": []}
    return {
        column.name: plain.get(str(column.type).split("(")[0], "")
        for column in table.columns
        if not column.nullable and not (column.primary_key and column.name == "id")
    }


def migrated(engine: sa.Engine) -> None:
    with engine.execution_options(writing=True).begin() as connection:
        command.upgrade(migration_config(connection), "head")


def test_stored_sums_are_carried_over(old: sa.Engine) -> None:
    migrated(old)
    with Session(old) as session:
        facts = read_facts(session, Selection("w"))
        cells = session.execute(sa.select(DailyCell)).scalars().all()
    assert [(cell.version, cell.rules, cell.planned, cell.failed) for cell in cells] == [(1, "7", 2, 1)] * 3
    assert (len(facts.cells), len(facts.own_sums)) == (3, 1)
    named = {brand: measure(facts, "mention_rate", brand) for brand in ("B1", "B2")}
    assert [(of.numerator, of.denominator, of.coverage) for of in named.values()] == [
        (1, 3, 0.5),
        (0, 3, 0.5),
    ]
    voice = measure(facts, "share_of_voice", "B1")
    assert (voice.value, voice.verdict) == (None, "not computed"), (
        "its n, answers that name anyone, came later"
    )


def test_what_the_old_roll_up_did_not_compute_says_so_until_scores_are_added_up_again(old: sa.Engine) -> None:
    migrated(old)
    with Session(old) as session:
        assert measure(read_facts(session, Selection("w")), "trigger_rate").verdict == "not computed"
        assert measure(read_facts(session, Selection("w")), "trigger_rate_pages").value == 1
    with reading(old) as session:
        workspace = workspace_named(session, "w")
    _as_scored(old)
    scored = [score(old, Archive("memory://"), workspace) for _ in range(2)]
    assert [(of.answers, of.days) for of in scored] == [(0, 2), (0, 0)]
    with Session(old) as session:
        facts = read_facts(session, Selection("w"))
        assert session.get_one(Score, (1, 1)).mentions == 2, "no text was read again"
        weeks = session.execute(sa.select(sa.func.sum(WeeklyBrand.mentions))).scalar_one()
        assert weeks == session.execute(sa.select(sa.func.sum(DailyBrand.mentions))).scalar_one() > 0
        assert unsummed(session, workspace) == []
    assert measure(facts, "trigger_rate").value == 0
    assert measure(facts, "mention_rate", "B1").numerator == 1
    assert {row.estimate.verdict for row in measurements(facts)}.isdisjoint({"not computed"})


def _as_scored(engine: sa.Engine) -> None:
    with engine.execution_options(writing=True).begin() as connection:
        connection.execute(sa.text("UPDATE answer SET rules = :rules"), {"rules": RULES_VERSION})


def test_the_choices_of_the_filters_are_carried_over(old: sa.Engine) -> None:
    migrated(old)
    with Session(old) as session:
        choices = read_choices(session, "w")
    assert (choices.values["engine"], choices.values["surface"]) == (("kimi", "openai"), ("web", "api"))
    assert (str(choices.first), str(choices.last)) == ("2026-03-02", "2026-03-03")


def test_a_citation_stands_under_the_domain_of_its_page(old: sa.Engine) -> None:
    migrated(old)
    with Session(old) as session:
        found = {row.source: (row.answers, row.citations) for row in read_sources(session, Selection("w"))}
    assert found == {"real.example": (2, 2), "bare.example": (1, 1)}


def test_attributes_lose_the_names_of_their_parts_and_an_older_program_gets_them_back(old: sa.Engine) -> None:
    named = [
        {"attribute": "温和", "polarity": "positive", "start": 12, "end": 14},
        {"attribute": "price", "polarity": "negative", "start": 3, "end": 8},
    ]
    with old.execution_options(writing=True).begin() as connection:
        columns = [column["name"] for column in sa.inspect(connection).get_columns("score")]
        others = ", ".join(f'"{name}"' for name in columns if name != "brand_id")
        insert = f"INSERT INTO score ({others}, brand_id) SELECT {others}, 2 FROM score"
        connection.execute(sa.text(insert))
        change = sa.text("UPDATE score SET attributes = :said WHERE brand_id = 1")
        connection.execute(change, {"said": json.dumps(named)})
    migrated(old)
    with Session(old) as session:
        said = {brand: session.get_one(Score, (1, brand)).attributes for brand in (1, 2)}
    assert said == {1: [["温和", "positive", 12, 14], ["price", "negative", 3, 8]], 2: []}
    with old.execution_options(writing=True).begin() as connection:
        command.downgrade(migration_config(connection), "0023")
        found = connection.execute(sa.text("SELECT brand_id, CAST(attributes AS TEXT) FROM score")).all()
        assert {brand: json.loads(said) for brand, said in found} == {1: named, 2: []}
    migrated(old)


def test_a_key_is_not_kept_beside_rows_that_lie_in_its_order(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'geo.db'}")
    migrate(engine)
    with engine.connect() as connection:
        for table in ("score", "discovery", "page_reading", "page_mention"):
            with pytest.raises(sa.exc.OperationalError, match="no such column: rowid"):
                connection.execute(sa.text(f"SELECT rowid FROM {table}"))
    engine.dispose()


def test_an_older_program_makes_its_sums_anew(old: sa.Engine) -> None:
    migrated(old)
    with old.execution_options(writing=True).begin() as connection:
        command.downgrade(migration_config(connection), "0001")
        assert connection.execute(sa.text("SELECT COUNT(*) FROM daily")).scalar_one() == 0
        assert set(connection.execute(sa.text("SELECT rules FROM answer")).scalars()) == {None}
    migrated(old)


def test_tokens_of_before_open_reads_and_an_older_program_knows_no_others(old: sa.Engine) -> None:
    with old.execution_options(writing=True).begin() as connection:
        command.upgrade(migration_config(connection), "0009")
        insert = "INSERT INTO token (workspace_id, name, sha256) VALUES (1, 'bi', 'a')"
        connection.execute(sa.text(insert))
        panel = "INSERT INTO panel (workspace_id, name, engines, repeats, cron, budget)"
        connection.execute(sa.text(f"{panel} VALUES (1, 'p', '[]', 1, '', '{{}}')"))
    migrated(old)
    with old.execution_options(writing=True).begin() as connection:
        assert connection.execute(sa.text("SELECT scope FROM token")).scalars().all() == ["read"]
        connection.execute(
            sa.text("INSERT INTO token (workspace_id, name, sha256, scope) VALUES (1, 'c', 'b', 'capture')")
        )
    with reading(old) as session:
        assert session.exec(select(Panel)).one().apps == []
    with old.execution_options(writing=True).begin() as connection:
        command.downgrade(migration_config(connection), "0009")
        assert connection.execute(sa.text("SELECT name FROM token")).scalars().all() == ["bi"]


def test_rows_that_wait_to_be_asked_by_hand_get_a_mode_of_their_own_and_an_older_program_gets_the_empty_one(
    old: sa.Engine,
) -> None:
    """Of three rows one waits to be asked by hand, one was asked so, one waits for an API; a day counts its own."""
    rows = sa.text("SELECT mode FROM answer ORDER BY id")
    days = sa.text("SELECT DISTINCT day, version FROM daily_cell ORDER BY day")
    with old.execution_options(writing=True).begin() as connection:
        config = migration_config(connection)
        command.upgrade(config, "0025")
        for row, key, status, mode in (
            (1, "session:1:1:kimi:1", "captured", "search"),
            (2, "session:1:1:openai:1", "planned", ""),
            (3, "1:2:kimi:1", "planned", ""),
        ):
            changed = "UPDATE answer SET key = :key, status = :status, mode = :mode WHERE id = :row"
            connection.execute(sa.text(changed), {"key": key, "status": status, "mode": mode, "row": row})
        connection.execute(sa.text("UPDATE daily_cell SET version = 9"))
        command.upgrade(config, "0026")
        assert connection.execute(rows).scalars().all() == ["search", "unasked", ""]
        assert [version for _, version in connection.execute(days)] == [0, 9], "its day is added up anew"
        connection.execute(sa.text("UPDATE daily_cell SET version = 9"))
        command.downgrade(config, "0025")
        assert connection.execute(rows).scalars().all() == ["search", "", ""]
        assert [version for _, version in connection.execute(days)] == [0, 9]
    migrated(old)


def test_what_was_asked_before_counts_in_the_months_budget_and_a_run_goes_on_in_every_schema(
    old: sa.Engine,
) -> None:
    """Step by step through every schema, in the middle of a run: an answer captured, one claimed, one waiting."""
    with old.execution_options(writing=True).begin() as connection:
        for number, (status, attempts) in enumerate((("captured", 2), ("planned", 1), ("planned", 0)), 11):
            held = "'gone/1/1.00'" if attempts == 1 else "NULL"
            until = "'2020-01-01 00:00:00+00:00'" if attempts == 1 else "NULL"
            paid = "0.25, 'USD'" if status == "captured" else "NULL, NULL"
            columns = {column["name"]: column for column in sa.inspect(connection).get_columns("answer")}
            given = (
                "id",
                "workspace_id",
                "run_id",
                "prompt_id",
                "engine",
                "surface",
                "repeat",
                "key",
                "day",
                "status",
            )
            given += ("attempts", "claimed_by", "claimed_until", "cost", "currency")
            others = {
                name: "'[]'"
                if "JSON" in str(column["type"]).upper()
                else "FALSE"
                if name == "sandbox"
                else "''"
                for name, column in columns.items()
                if not column["nullable"] and name not in given
            }
            names = ", ".join((*given, *others))
            values = f"{number}, 1, 1, 1, 'kimi', 'api', 1, 'k{number}', '2026-03-15', '{status}', {attempts}"
            connection.execute(
                sa.text(
                    f"INSERT INTO answer ({names}) VALUES ({values}, {held}, {until}, {paid}, "
                    f"{', '.join(others.values())})"
                )
            )
    for revision in revisions()[1:]:
        with old.execution_options(writing=True).begin() as connection:
            command.upgrade(migration_config(connection), revision)
    now = datetime(2026, 3, 20, tzinfo=UTC)
    with writing(old) as session:
        workspace = workspace_named(session, "w")
        workspace.budget = {"calls_per_month": 10, "money_per_month": 1.0, "currency": "USD"}
        session.add(workspace)
        (limit,) = limits(session, workspace, now, sandbox=False)
        assert (limit.calls_used, limit.money_used) == (3, 0.25)
        open_ = claim(session, Answer, [col(Answer.status) == "planned"], 10, now)
        assert [row.id for row in open_] == [12, 13], "the rest of the run is there to be asked"


@pytest.mark.parametrize("revision", revisions())
def test_every_released_schema_leads_to_the_newest_with_its_data(tmp_path: Path, revision: str) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'geo.db'}")
    with engine.execution_options(writing=True).begin() as connection:
        command.upgrade(migration_config(connection), "0001")
    with engine.execution_options(writing=True).begin() as connection:
        _fill(connection)
        command.upgrade(migration_config(connection), revision)
    migrate(engine)  # as the first command of a new program does
    with Session(engine) as session:
        assert len(session.exec(select(Answer.id)).all()) == 3
        assert measure(read_facts(session, Selection("w")), "mention_rate", "B1").numerator == 1
    engine.dispose()
