"""One market and one server for all tests of the API: they only read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from geo_tracker.api.server import create_app
from geo_tracker.storage.database import migrate, open_engine
from tests.support.api import Market, market, serving


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("market") / "geo.db"


@pytest.fixture(scope="session")
def filled(place: Path) -> Iterator[Market]:
    engine = open_engine(f"sqlite:///{place}")
    migrate(engine)
    yield market(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def url(filled: Market) -> Iterator[str]:
    with serving(create_app(filled.engine, per_minute=100_000)) as address:
        yield address
