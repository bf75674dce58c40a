"""A home with two scored workspaces, and pages opened on it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from openpyxl import load_workbook
from streamlit.components.v2 import manifest_scanner

from dashboard import downloads
from dashboard.downloads import Make
from dashboard.selection import View
from geo_tracker.reports.sheet import workbook
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine
from tests.support.dashboard_data import fill
from tests.support.pages import Files, Open, visit

DAYS = 14


@pytest.fixture(scope="session", autouse=True)
def components() -> Iterator[None]:
    """What is installed is looked through once, not for every page: half the time of a page that AppTest opens."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests)
        )
        yield


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two scored workspaces, for reading only."""
    home = tmp_path_factory.mktemp("market")
    engine = open_engine(f"sqlite:///{home / 'geo.db'}")
    migrate(engine)
    fill(engine, Archive((home / "archive").as_uri()), days=DAYS)
    engine.dispose()
    return home


@pytest.fixture
def database(market: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("GEO_HOME", str(market))
    return f"sqlite:///{market / 'geo.db'}"


@pytest.fixture
def open_page(database: str) -> Open:
    """Opens a page with parameters in its address."""
    return visit


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> Files:
    """The rows of a table that the page offered as a file, read back from its CSV; opened as a workbook, too."""
    made: dict[str, Make | None] = {}

    def offered(view: View, name: str, make: Make | None, drawn: object = None, label: str = "") -> None:
        made[name] = make

    monkeypatch.setattr(downloads, "offer", offered)

    def read(name: str) -> list[dict[str, str]]:
        make = made[name]
        assert make is not None
        rows = list(csv.DictReader(io.StringIO(make().encoded().decode("utf-8-sig"))))
        sheet = load_workbook(io.BytesIO(workbook(make()))).active
        assert sheet is not None and sheet.max_row == len(rows) + 1
        return rows

    return read
