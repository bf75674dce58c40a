"""A backup brought back elsewhere is the same: every row, every body and every number."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import orjson
import pytest
import sqlalchemy as sa

from geo_tracker.errors import GeoTrackerError, UsageError
from geo_tracker.metrics.measures import table
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.facts import read_facts
from geo_tracker.storage import backup
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.backup import kept_tables, write_backup
from geo_tracker.storage.database import migrate, open_engine, reading, writing
from geo_tracker.storage.models import Body, Page, PageStatus, Workspace
from geo_tracker.storage.restore import restore_backup
from tests.support import oracle


def quiet(done: int, total: int) -> None:
    """No progress is shown."""


@pytest.fixture
def filled(engine: sa.Engine, archive: Archive, tmp_path: Path) -> str:
    """The path of a backup of a workspace with every kind of row, and two bodies."""
    oracle.store(engine, oracle.draw(1))
    with writing(engine) as session:
        session.add(Page(id=90, url="https://s.example/", domain="s.example", status=PageStatus.MOVED))
        session.flush()
        session.get_one(Page, 1).target_id = 90  # to a row that comes after it
    archive.put(b"an answer")
    archive.put("云纱\0".encode())
    path = str(tmp_path / "geo.tar")
    write_backup(engine, archive, path, quiet)
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """A database of either kind that holds nothing."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    else:
        url = str(request.getfixturevalue("postgres_database"))
    engine = open_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def other_archive(tmp_path: Path) -> Archive:
    return Archive((tmp_path / "other").as_uri())


def all_rows(engine: sa.Engine) -> dict[str, list[tuple[object, ...]]]:
    with engine.connect() as connection:
        return {
            each.name: [tuple(row) for row in connection.execute(sa.select(each).order_by(*each.primary_key))]
            for each in kept_tables()
        }


def numbers(engine: sa.Engine) -> list[dict[str, object]]:
    """What `metrics` says; the databases add floats up in orders of their own, hence the rounding."""
    with reading(engine) as session:
        records = table(read_facts(session, Selection(workspace="w")), by=("engine",))
    return [
        {name: round(each, 9) if isinstance(each, float) else each for name, each in record.items()}
        for record in records
    ]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_it_comes_back_whole_in_either_kind_of_database(
    engine: sa.Engine, filled: str, empty: sa.Engine, other_archive: Archive
) -> None:
    restored = restore_backup(empty, other_archive, filled, quiet)
    assert all_rows(empty) == all_rows(engine)
    assert restored.rows.total() == sum(map(len, all_rows(engine).values()))
    assert numbers(empty) == numbers(engine) != []
    assert sorted(map(other_archive.get, other_archive.stored())) == sorted([b"an answer", "云纱\0".encode()])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_new_rows_get_new_ids_and_the_views_are_there(
    filled: str, empty: sa.Engine, other_archive: Archive
) -> None:
    restore_backup(empty, other_archive, filled, quiet)
    with writing(empty) as session:
        fresh = Workspace(slug="fresh", name="Fresh")
        session.add(fresh)
        session.flush()
        assert fresh.id is not None
        assert fresh.id > 1
        assert session.connection().exec_driver_sql("SELECT count(*) FROM v_answers").scalar_one() > 0


def test_rows_written_meanwhile_are_not_in_it(
    engine: sa.Engine, archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows are those of one moment, though other connections go on writing between its tables."""
    oracle.store(engine, oracle.draw(1))
    before = all_rows(engine)
    rows_of, ids = backup._rows, count(900)

    def interrupted(connection: sa.Connection, each: sa.Table) -> Iterator[list[dict[str, object]]]:
        yield from rows_of(connection, each)
        with writing(engine) as session:
            number = next(ids)
            session.add(Workspace(id=number, slug=f"after-{each.name}", name="Later"))
            session.add(Page(id=number, url=f"https://{each.name}.example/", domain="later.example"))

    monkeypatch.setattr(backup, "_rows", interrupted)
    write_backup(engine, archive, str(tmp_path / "geo.tar"), quiet)
    into = open_engine(f"sqlite:///{tmp_path / 'elsewhere.db'}")
    restore_backup(into, archive, str(tmp_path / "geo.tar"), quiet)
    assert all_rows(into) == before
    assert len(all_rows(engine)["workspace"]) > 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestRefusals:
    """What cannot be brought back says why and leaves nothing."""

    def test_a_place_that_holds_rows(self, engine: sa.Engine, filled: str, archive: Archive) -> None:
        before = all_rows(engine)
        with pytest.raises(UsageError, match="holds rows"):
            restore_backup(engine, archive, filled, quiet)
        assert all_rows(engine) == before

    def test_a_backup_that_was_cut_anywhere(
        self, filled: str, other_archive: Archive, tmp_path: Path
    ) -> None:
        whole = Path(filled).read_bytes()
        with tarfile.open(filled) as tar:
            last = tar.getmembers()[-1]
        for part in (0.1, 0.3, 0.5, 0.7, 0.9, 0.999):
            cut, database = tmp_path / "cut.tar", tmp_path / f"{part}.db"
            cut.write_bytes(
                whole[: int((last.offset_data + last.size) * part)]
            )  # not of the zeros that pad it
            into = open_engine(f"sqlite:///{database}")
            with pytest.raises(GeoTrackerError, match="cut"):
                restore_backup(into, other_archive, str(cut), quiet)
            migrate(into)
            assert not any(all_rows(into).values())

    def test_rows_that_are_missing_in_the_middle(
        self, filled: str, other_archive: Archive, tmp_path: Path
    ) -> None:
        short = _without(filled, tmp_path, "rows/score/")
        into = open_engine(f"sqlite:///{tmp_path / 'into.db'}")
        with pytest.raises(GeoTrackerError, match="does not hold the rows"):
            restore_backup(into, other_archive, short, quiet)
        migrate(into)
        assert not any(all_rows(into).values())

    def test_files_that_are_none(self, filled: str, other_archive: Archive, tmp_path: Path) -> None:
        into = open_engine(f"sqlite:///{tmp_path / 'into.db'}")
        other = tmp_path / "other.tar"
        with tarfile.open(other, "w") as tar:
            tar.add(__file__, "a.py")
        with pytest.raises(UsageError, match="is no backup"):
            restore_backup(into, other_archive, str(other), quiet)
        with pytest.raises(UsageError, match="no such file"):
            restore_backup(into, other_archive, str(tmp_path / "nowhere.tar"), quiet)
        with pytest.raises(UsageError, match="newer program"):
            restore_backup(into, other_archive, _of_revision(filled, tmp_path, "9999"), quiet)

    def test_an_existing_file_is_not_written_over(
        self, engine: sa.Engine, archive: Archive, filled: str
    ) -> None:
        before = Path(filled).read_bytes()
        with pytest.raises(UsageError, match="exists"):
            write_backup(engine, archive, filled, quiet)
        assert Path(filled).read_bytes() == before

    def test_a_body_that_is_damaged_in_the_file_is_told_and_costs_itself_only(
        self, filled: str, engine: sa.Engine, archive: Archive, other_archive: Archive, tmp_path: Path
    ) -> None:
        sha = archive.put(b"another answer")
        write_backup(engine, archive, str(tmp_path / "two.tar"), quiet)
        into = open_engine(f"sqlite:///{tmp_path / 'into.db'}")
        broken = _with(str(tmp_path / "two.tar"), tmp_path, f"bodies/{sha}.zst", b"no zstd")
        restored = restore_backup(into, other_archive, broken, quiet)
        assert (restored.damaged, restored.bodies) == ([sha], 2)
        assert all_rows(into) == all_rows(engine)


def test_bodies_that_are_damaged_or_that_rows_miss_are_told(
    engine: sa.Engine, archive: Archive, tmp_path: Path
) -> None:
    oracle.store(engine, oracle.draw(1, repeats=1))
    damaged, kept, missing = archive.put(b"one"), archive.put(b"two"), archive.put(b"three")
    with writing(engine) as session:
        for step, sha in enumerate((damaged, kept, missing)):
            session.add(Body(answer_id=1, step=step, sha256=sha, status=200, received_at=datetime.now(UTC)))
    archive.delete(missing)
    (tmp_path / "archive" / damaged[:2] / f"{damaged}.zst").write_bytes(b"no zstd")
    saved = write_backup(engine, archive, str(tmp_path / "geo.tar"), quiet)
    assert saved.bodies == 1
    told = sorted(saved.unread)
    assert len(told) == 2 and damaged in told[0] and missing in told[1], told
    assert "of answer 1 of w" in told[1]


def _with(path: str, folder: Path, name: str, content: bytes) -> str:
    """The same backup with another content of one member."""
    target = folder / "broken.tar"
    with tarfile.open(path) as tar, tarfile.open(target, "w") as other:
        for member in tar:
            held = tar.extractfile(member) or io.BytesIO()
            if member.name == name:
                member.size, held = len(content), io.BytesIO(content)
            other.addfile(member, held)
    return str(target)


def _without(path: str, folder: Path, prefix: str) -> str:
    target = folder / "short.tar"
    with tarfile.open(path) as tar, tarfile.open(target, "w") as other:
        for member in tar:
            if not member.name.startswith(prefix):
                other.addfile(member, tar.extractfile(member))
    return str(target)


def _of_revision(path: str, folder: Path, revision: str) -> str:
    target = folder / "newer.tar"
    with tarfile.open(path) as tar, tarfile.open(target, "w") as other:
        manifest = orjson.loads((tar.extractfile("manifest.json") or io.BytesIO()).read())
        content = orjson.dumps({**manifest, "revision": revision})
        member = tarfile.TarInfo("manifest.json")
        member.size = len(content)
        other.addfile(member, io.BytesIO(content))
    return str(target)
