"""Whose requests are answered, how often, and what is written down of them."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Collection
from datetime import UTC, datetime

import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geo_tracker.api.limits import Buckets
from geo_tracker.api.monitoring import Counts
from geo_tracker.people.permissions import Permission, token_person
from geo_tracker.storage.database import reading, trouble
from geo_tracker.storage.tokens import Holder, holder_of

PUBLIC = frozenset({"/healthz", "/metrics", "/openapi.json"})
"""What tells nothing of any workspace."""
SHOWN_PATH = 200
log = logging.getLogger("geo_tracker.api")


class TokenCheck:
    """Lets requests with a token through to an app, which finds its holder in `request.state.holder`."""

    def __init__(
        self,
        app: ASGIApp,
        engine: sa.Engine,
        counts: Counts,
        *,
        per_minute: int,
        public: Collection[str] = PUBLIC,
        asks: Permission = "see",
        made_by: str = "geo-tracker token create",
    ) -> None:
        self._app, self._engine, self._counts, self._public = app, engine, counts, public
        self._asks, self._made_by = asks, made_by
        self._let_in, self._refused = Buckets(per_minute), Buckets(per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, seen = time.perf_counter(), _Status(send)
        holder = None
        try:
            try:
                holder = await self._holder(scope)
                answer = self._refusal(scope, holder) or self._app
            except sa.exc.OperationalError as error:  # the handlers of the app itself come after this
                answer = away(error)
            scope.setdefault("state", {})["holder"] = holder
            await answer(scope, receive, seen)
        finally:
            self._write_down(scope, holder, seen.status, time.perf_counter() - began)

    async def _holder(self, scope: Scope) -> Holder | None:
        kind, _, told = Headers(scope=scope).get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or scope["path"] in self._public:
            return None
        return await run_in_threadpool(self._look_up, told.strip())

    def _look_up(self, told: str) -> Holder | None:
        with reading(self._engine) as session:
            found = holder_of(session, told)
        return found if found and token_person(found).may(self._asks, found.workspace) else None

    def _refusal(self, scope: Scope, holder: Holder | None) -> ASGIApp | None:
        """What is answered instead: 401 without a token that opens anything, 429 to who asks too often."""
        if scope["path"] in self._public:
            return None
        buckets = self._let_in if holder else self._refused
        wait = buckets.take(f"{holder.workspace}/{holder.token}" if holder else _client(scope))
        if wait:
            return problem(429, f"too many requests: wait {wait} s", {"Retry-After": f"{wait}"})
        if holder is None:
            said = f"a bearer token is needed: '{self._made_by}' makes one"
            return problem(401, said, {"WWW-Authenticate": "Bearer"})
        return None

    def _write_down(self, scope: Scope, holder: Holder | None, status: int, seconds: float) -> None:
        route = scope.get("route")
        self._counts.add(getattr(route, "path", "other"), scope["method"], status, seconds)
        line = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "method": scope["method"],
            "path": scope["path"][:SHOWN_PATH],  # without the query: people put what they like into it
            "status": status,
            "ms": round(seconds * 1000, 1),
            "workspace": holder.workspace if holder else None,
            "token": holder.token if holder else None,
        }
        log.info(json.dumps(line, ensure_ascii=False))


class _Status:
    """Passes messages on and remembers the status; 500 where none was sent."""

    def __init__(self, send: Send) -> None:
        self._send, self.status = send, 500

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)


def _client(scope: Scope) -> str:
    host, _ = scope.get("client") or ("unknown", 0)
    return str(host)


def away(error: Exception) -> JSONResponse:
    """What is answered while the database is away: who asks may come again."""
    return problem(503, trouble(error), {"Retry-After": "5"})


def problem(status: int, reason: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """An answer that says what is wrong and what to do."""
    return JSONResponse({"error": reason}, status, headers)
