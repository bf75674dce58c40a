"""A small market scored by the real pipeline, and its report in both languages."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from geo_tracker.metrics.records import Selection
from geo_tracker.reports.build import build_report
from geo_tracker.reports.figures import Figures
from geo_tracker.reports.model import Report
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine
from tests.support.dashboard_data import LAST, fill

Built = dict[str, tuple[Report, Figures]]
WINDOW = (LAST - timedelta(days=2), LAST)


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    """Two workspaces, `crm` in English and `masks` in Chinese, six days each; nobody changes it."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('market') / 'geo.db'}")
    migrate(engine)
    fill(engine, Archive("memory://market"), days=6)
    yield engine
    engine.dispose()


@pytest.fixture
def own_market(market: sa.Engine, tmp_path: Path) -> Iterator[sa.Engine]:
    """A copy of the market that a test may change."""
    with (
        closing(sqlite3.connect(str(market.url.database))) as source,
        closing(sqlite3.connect(tmp_path / "geo.db")) as copy,
    ):
        source.backup(copy)
    engine = open_engine(f"sqlite:///{tmp_path / 'geo.db'}")
    yield engine
    engine.dispose()


def chosen(slug: str, window: tuple[date, date] = WINDOW) -> Selection:
    return Selection(slug, *window)


@pytest.fixture(scope="session")
def built(market: sa.Engine) -> Built:
    """The reports of both workspaces with their figures."""
    with Session(market) as session:
        return {slug: build_report(session, chosen(slug)) for slug in ("crm", "masks")}
