"""The read API gives the same on PostgreSQL as on SQLite."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient

from geo_tracker.api.server import create_app
from geo_tracker.storage.database import open_engine
from tests.support.api import Market, market

READS = (
    *("", "/metrics?by=engine&by=topic&limit=1000", "/metrics?by=week&metric=mention_rate", "/changes"),
    *("/answers?limit=3", "/answers/5", "/sources", "/sources?level=page", "/gap", "/shelf", "/prompts"),
)


def read(market: Market, path: str) -> Any:
    client = TestClient(create_app(market.engine))
    answer = client.get(f"/v1/workspaces/crm{path}", headers={"Authorization": f"Bearer {market.crm}"})
    assert answer.status_code == 200, f"{path}: {answer.text}"
    return rounded(answer.json())


def rounded(found: Any) -> Any:
    """Numbers as far as two databases that add up in another order agree."""
    if isinstance(found, dict):
        return {name: rounded(value) for name, value in found.items()}
    if isinstance(found, list):
        return [rounded(value) for value in found]
    return round(found, 9) if isinstance(found, float) else found


def test_every_read_gives_the_same_on_postgresql(filled: Market, postgres_database: str) -> None:
    engine = open_engine(postgres_database)
    other = market(engine)
    for path in READS:
        assert read(other, path) == read(filled, path), path
    engine.dispose()
