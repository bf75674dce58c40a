"""An intake that listens, and a companion that is paired with it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
import uvicorn
from sqlmodel import select

from geo_tracker.api.intake import MAX_CAPTURE, create_intake
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine, reading, writing
from geo_tracker.storage.models import Answer, AnswerStatus, Workspace
from geo_tracker.storage.tokens import CAPTURE, create_token
from tests.support.browser import free_port
from tests.support.captured import NOW, asking_by_hand

ORIGIN = "chrome-extension://abcdefghijklmnopabcdefghijklmnop"


class Paired:
    """An intake that listens, and a companion that is paired with it."""

    def __init__(
        self,
        home: Path,
        *,
        max_capture: int = MAX_CAPTURE,
        workspace: Callable[[sa.Engine], Workspace] = asking_by_hand,
        sandbox: bool = False,
    ) -> None:
        self.engine = open_engine(f"sqlite:///{home / 'geo.db'}")
        migrate(self.engine)
        self.archive = Archive((home / "archive").as_uri())
        self.workspace = workspace(self.engine)
        self._max = max_capture
        self._sandbox = sandbox
        with writing(self.engine) as session:
            self.token = create_token(session, self.workspace, "companion", NOW, scope=CAPTURE)
        self.port = free_port()

    @contextmanager
    def listening(self, per_minute: int = 10_000) -> Iterator[Paired]:
        app = create_intake(
            self.engine,
            self.archive,
            port=self.port,
            per_minute=per_minute,
            max_capture=self._max,
            sandbox=self._sandbox,
        )
        server = uvicorn.Server(uvicorn.Config(app, port=self.port, log_level="warning", access_log=False))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        until = time.monotonic() + 30
        while not server.started and time.monotonic() < until:
            time.sleep(0.01)
        try:
            yield self
        finally:
            server.should_exit = True
            thread.join(10)

    def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        sent = {"Origin": ORIGIN, "Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        url = f"http://127.0.0.1:{self.port}/v1/intake/{path}"
        with httpx.Client(trust_env=False, timeout=30) as client:
            request = client.build_request("POST", url, content=content, headers={**sent, **headers})
            return client.send(request)

    def answers(self) -> list[Answer]:
        with reading(self.engine) as session:
            return list(session.exec(select(Answer).where(Answer.status == AnswerStatus.CAPTURED)).all())
