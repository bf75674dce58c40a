"""Schema, claims and the archive: what a killed process leaves behind, and who may take it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from math import isnan
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from geo_tracker.errors import GeoTrackerError, UsageError
from geo_tracker.storage import leases
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import (
    insert_new,
    migrate,
    migration_config,
    newest_revision,
    open_engine,
    reading,
    revision_of,
    writing,
)
from geo_tracker.storage.models import Answer, Prompt, Run, Workspace

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def answers(engine: sa.Engine, count: int) -> None:
    with writing(engine) as session:
        workspace = Workspace(slug="w", name="W")
        session.add(workspace)
        session.flush()
        prompt, run = Prompt(workspace_id=workspace.id, text="?"), Run(workspace_id=workspace.id, label="x")
        session.add_all([prompt, run])
        session.flush()
        ids = {"workspace_id": workspace.id, "prompt_id": prompt.id, "run_id": run.id}
        insert_new(
            session,
            Answer,
            [{**ids, "engine": "openai", "key": str(n), "day": date(2026, 11, 24)} for n in range(count)],
        )


def claim(engine: sa.Engine, limit: int, now: datetime = NOW) -> list[str]:
    with writing(engine) as session:
        return [
            row.key for row in leases.claim(session, Answer, [col(Answer.status) == "planned"], limit, now)
        ]


def test_the_models_and_the_migrations_agree(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        command.check(migration_config(connection))


def test_migrating_twice_changes_nothing(engine: sa.Engine) -> None:
    migrate(engine)


def test_times_come_back_aware_and_in_utc(engine: sa.Engine) -> None:
    answers(engine, 1)
    shanghai = datetime.fromisoformat("2026-11-24T20:00:00+08:00")
    with writing(engine) as session:
        row = session.exec(select(Answer)).one()
        row.asked_at = shanghai
    with reading(engine) as session:
        stored = session.exec(select(Answer.asked_at)).one()
    assert stored == shanghai
    assert stored is not None
    assert stored.utcoffset() == timedelta(0)


def test_a_failed_transaction_leaves_nothing(engine: sa.Engine) -> None:
    def fail(session: Session) -> None:
        session.add(Workspace(slug="w", name="W"))
        session.flush()
        raise RuntimeError

    with pytest.raises(RuntimeError), writing(engine) as session:
        fail(session)
    with reading(engine) as session:
        assert session.exec(select(Workspace)).all() == []


def test_insert_new_skips_what_is_there(engine: sa.Engine) -> None:
    with writing(engine) as session:
        assert insert_new(session, Workspace, [{"slug": "a", "name": "A"}, {"slug": "b", "name": "B"}]) == 2
        assert insert_new(session, Workspace, [{"slug": "b", "name": "B"}, {"slug": "c", "name": "C"}]) == 1


def test_claimed_rows_are_not_claimed_again(engine: sa.Engine) -> None:
    answers(engine, 3)
    assert claim(engine, 2) == ["0", "1"]
    assert claim(engine, 2) == ["2"]
    assert claim(engine, 2) == []


def test_a_lease_runs_out(engine: sa.Engine) -> None:
    answers(engine, 1)
    claim(engine, 1)
    assert claim(engine, 1, NOW + leases.LEASE + timedelta(seconds=1)) == ["0"]


def test_a_renewed_lease_lasts(engine: sa.Engine) -> None:
    answers(engine, 1)
    claim(engine, 1)
    with writing(engine) as session:
        leases.renew(session, Answer, NOW + leases.LEASE)
    assert claim(engine, 1, NOW + leases.LEASE + timedelta(seconds=1)) == []


def test_what_a_dead_process_held_is_free_at_once(engine: sa.Engine) -> None:
    answers(engine, 1)
    code = "from geo_tracker.storage.leases import owner; print(owner())"
    dead = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()
    with writing(engine) as session:
        session.exec(sa.update(Answer).values(claimed_by=dead, claimed_until=NOW + timedelta(hours=1)))
    assert claim(engine, 1) == ["0"]


def test_no_more_is_claimed_than_was_asked_for_though_a_dead_process_held_some(engine: sa.Engine) -> None:
    answers(engine, 4)
    mine, _started = leases.owner().rsplit("/", 1)
    with writing(engine) as session:
        until = {"claimed_by": f"{mine}/0.00", "claimed_until": NOW + timedelta(hours=1)}
        session.exec(sa.update(Answer).where(col(Answer.key) != "0").values(**until))
    assert claim(engine, 2) == ["0", "1"]


def test_a_process_with_the_id_of_a_dead_one_does_not_hold_its_rows(engine: sa.Engine) -> None:
    answers(engine, 1)
    mine, _started = leases.owner().rsplit("/", 1)
    with writing(engine) as session:
        until = {"claimed_by": f"{mine}/0.00", "claimed_until": NOW + timedelta(hours=1)}
        session.exec(sa.update(Answer).values(**until))
    assert claim(engine, 1) == ["0"]


def test_what_another_host_holds_is_left_until_its_lease_ends(engine: sa.Engine) -> None:
    answers(engine, 1)
    with writing(engine) as session:
        session.exec(
            sa.update(Answer).values(claimed_by="elsewhere/1/0.00", claimed_until=NOW + timedelta(minutes=1))
        )
    assert claim(engine, 1) == []
    assert claim(engine, 1, NOW + timedelta(minutes=2)) == ["0"]


@pytest.mark.parametrize("url", ["mysql://x/y", "not a url", ""])
def test_other_databases_are_a_usage_error(url: str) -> None:
    with pytest.raises(UsageError):
        open_engine(url)


@given(body=st.binary(max_size=5000))
def test_the_archive_gives_back_what_it_took(tmp_path_factory: pytest.TempPathFactory, body: bytes) -> None:
    archive = Archive(tmp_path_factory.mktemp("archive").as_uri())
    sha = archive.put(body)
    assert archive.put(body) == sha
    assert archive.get(sha) == body


def test_a_missing_or_damaged_body_is_an_error(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(GeoTrackerError, match="no body"):
        archive.get("0" * 64)
    sha = archive.put(b"answer")
    other = archive.put(b"something else")
    root = tmp_path / "archive"
    (root / other[:2] / f"{other}.zst").replace(root / sha[:2] / f"{sha}.zst")
    with pytest.raises(GeoTrackerError, match="damaged"):
        archive.get(sha)


def test_an_archive_in_memory_works_like_one_on_disk() -> None:
    archive = Archive("memory://archive")
    assert archive.get(archive.put("答案".encode())) == "答案".encode()


def test_a_database_of_a_newer_program_is_a_usage_error(engine: sa.Engine) -> None:
    with engine.execution_options(writing=True).begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'from-the-future'"))
    with pytest.raises(UsageError, match="newer than this program"):
        migrate(engine)


def test_the_newest_migration_is_the_one_with_the_highest_number(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        script = ScriptDirectory.from_config(migration_config(connection))
    assert newest_revision() == script.get_current_head()
    assert all(each.revision == Path(each.path).name.partition("_")[0] for each in script.walk_revisions())


def number(engine: sa.Engine) -> int:
    with reading(engine) as session:
        return revision_of(session)


def test_every_change_raises_the_revision_and_nothing_else_does(engine: sa.Engine) -> None:
    before = number(engine)
    answers(engine, 2)
    assert number(engine) == before + 1
    with writing(engine) as session:  # asks, and changes no row
        session.exec(select(Answer)).all()
        session.exec(sa.delete(Answer).where(col(Answer.key) == "none"))
        insert_new(session, Answer, [])
    with pytest.raises(ZeroDivisionError), writing(engine) as session:
        session.exec(sa.delete(Answer))
        raise ZeroDivisionError
    assert number(engine) == before + 1
    with writing(engine) as session:
        session.exec(select(Workspace)).one().name = "another"
    assert number(engine) == before + 2


def test_a_reader_keeps_the_revision_of_what_it_sees(engine: sa.Engine) -> None:
    with reading(engine) as session:
        before = revision_of(session)
        answers(engine, 1)
        assert (revision_of(session), session.exec(select(Answer)).all()) == (before, [])
    assert number(engine) == before + 1


def test_json_is_written_without_spaces_and_escapes_and_read_as_it_was(engine: sa.Engine) -> None:
    said = {"topics": ["面膜", "a b"], "number": 2**70, 3: None}
    table = sa.Table("said", sa.MetaData(), sa.Column("of", sa.JSON))
    with engine.begin() as connection:
        table.create(connection)
        for value in ({"topics": ["面膜"], "n": [1, 2.5]}, said):
            connection.execute(table.insert(), {"of": value})
        stored = sa.select(sa.cast(table.c["of"], sa.Text))
        short, long = connection.execute(stored).scalars()
        assert short == '{"topics":["面膜"],"n":[1,2.5]}'
        assert json.loads(long) == {"topics": ["面膜", "a b"], "number": 2**70, "3": None}
        assert connection.execute(sa.select(table.c["of"])).scalars().first() == json.loads(short)
        if engine.dialect.name == "sqlite":  # PostgreSQL never took it
            connection.execute(sa.text("INSERT INTO said VALUES ('[NaN]')"))
            assert isnan(connection.execute(sa.select(table.c["of"])).scalars().all()[-1][0])
