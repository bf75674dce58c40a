"""The server on loopback, over a small market of two workspaces."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import sqlalchemy as sa
import uvicorn

from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import workspace_named, writing
from geo_tracker.storage.tokens import create_token
from tests.support.browser import free_port
from tests.support.dashboard_data import fill

DAYS = 12
NOW = datetime(2026, 11, 24, tzinfo=UTC)


@dataclass(frozen=True)
class Market:
    """Two workspaces, `crm` and `masks`, with a token each."""

    engine: sa.Engine
    crm: str
    masks: str


def market(engine: sa.Engine) -> Market:
    fill(engine, Archive("memory://"), days=DAYS)
    return Market(engine, token(engine, "crm"), token(engine, "masks"))


def token(engine: sa.Engine, slug: str, name: str = "test") -> str:
    with writing(engine) as session:
        return create_token(session, workspace_named(session, slug), name, NOW)


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The address of an app that is served by uvicorn in a thread."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    assert server.started
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


def caller(url: str, token: str = "") -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(base_url=f"{url}/v1", headers=headers, timeout=60, trust_env=False)
