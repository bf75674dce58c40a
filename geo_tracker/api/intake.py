"""The intake: captures of a companion on this machine, and what is to be asked next; only for a paired extension."""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, BackgroundTasks, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from geo_tracker import __version__
from geo_tracker.api.monitoring import Counts
from geo_tracker.api.origin_check import OriginCheck
from geo_tracker.api.server import later, misused, unserved
from geo_tracker.api.token_check import TokenCheck, problem
from geo_tracker.collect.intake import take_capture
from geo_tracker.collect.session import Due, next_due, plan_by_hand, read_session, retry, skip
from geo_tracker.errors import GeoTrackerError, UsageError
from geo_tracker.score.answers import score
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import reading, workspace_named, writing
from geo_tracker.storage.models import Workspace

PER_MINUTE = 120
MAX_CAPTURE = 16_000_000
"""Bytes of one capture with its picture: as long as a line of a file may be."""
log = logging.getLogger(__name__)


class Skipped(BaseModel):
    """A row that is not to be asked."""

    row: int
    reason: Literal["refused", "login", "limit", "unavailable"]


class Again(BaseModel):
    """A row that is to be asked again."""

    row: int


def create_intake(
    engine: sa.Engine,
    archive: Archive,
    *,
    port: int,
    per_minute: int = PER_MINUTE,
    max_capture: int = MAX_CAPTURE,
    sandbox: bool = False,
) -> FastAPI:
    """The app that listens on loopback at `port`; `sandbox` marks what it stores as invented."""
    app = FastAPI(title="GEO Tracker intake", docs_url=None, redoc_url=None, openapi_url=None)
    checks: dict[str, Any] = {"per_minute": per_minute, "public": frozenset(), "asks": "capture"}
    checks["made_by"] = "geo-tracker intake --pair"
    app.add_middleware(TokenCheck, engine=engine, counts=Counts(), **checks)
    app.add_middleware(OriginCheck, port=port, max_body=max_capture)  # the outermost: added last
    app.include_router(_Intake(engine, archive, sandbox=sandbox).router())
    app.add_exception_handler(GeoTrackerError, _refused)
    app.add_exception_handler(sa.exc.OperationalError, later)
    app.add_exception_handler(RequestValidationError, misused)
    app.add_exception_handler(HTTPException, unserved)
    return app


class _Intake:
    """What a companion may ask: everything is of the workspace that its token opens."""

    def __init__(self, engine: sa.Engine, archive: Archive, *, sandbox: bool) -> None:
        self._engine, self._archive, self._sandbox = engine, archive, sandbox
        self._scoring = Lock()

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/v1/intake")
        for path, answer in (
            ("/hello", self.hello),
            ("/captures", self.captures),
            ("/next", self.next),
            ("/skip", self.skip),
            ("/retry", self.retry),
        ):
            router.add_api_route(path, answer, methods=["POST"])
        return router

    def hello(self, request: Request) -> dict[str, Any]:
        """Who is here, so that a pairing can be tried."""
        return {"workspace": self._workspace(request).name, "version": __version__}

    async def captures(self, request: Request, after: BackgroundTasks) -> JSONResponse:
        """Store a capture; what of it is scored later is nothing that the companion waits for."""
        body = await request.body()
        workspace = await run_in_threadpool(self._workspace, request)
        try:
            taken = await run_in_threadpool(
                take_capture, self._engine, self._archive, workspace, body, sandbox=self._sandbox
            )
        except UsageError as error:
            return problem(422, str(error))
        after.add_task(self._score, workspace)
        return JSONResponse(asdict(taken))

    def next(self, request: Request) -> dict[str, Any]:
        """The next prompt, and how far the session is."""
        workspace = self._workspace(request)
        with writing(self._engine) as session:
            now = datetime.now(UTC)
            plan_by_hand(session, workspace, now)
            rows = read_session(session, workspace, now)
            due = next_due(session, workspace, rows)
        failed = [asdict(row) for row in rows if not row.open and row.status != "captured"]
        return {"due": asdict(due) if due else None, **_progress(rows), "failed": failed}

    def skip(self, request: Request, asked: Skipped) -> dict[str, Any]:
        workspace = self._workspace(request)
        with writing(self._engine) as session:
            skip(session, workspace, asked.row, asked.reason, datetime.now(UTC))
        return {}

    def retry(self, request: Request, asked: Again) -> dict[str, Any]:
        workspace = self._workspace(request)
        with writing(self._engine) as session:
            retry(session, workspace, asked.row)
        return {}

    def _workspace(self, request: Request) -> Workspace:
        with reading(self._engine) as session:
            return workspace_named(session, request.state.holder.workspace)

    def _score(self, workspace: Workspace) -> None:
        """Score what is new, one at a time; what one leaves out the next takes, and so does `geo-tracker score`."""
        with self._scoring:
            try:
                score(self._engine, self._archive, workspace, processes=1)
            except (GeoTrackerError, sa.exc.SQLAlchemyError) as error:
                log.error("not scored yet, run 'geo-tracker score': %s", error)


def _progress(rows: list[Due]) -> dict[str, int]:
    return {
        "planned": len(rows),
        "captured": sum(row.status == "captured" for row in rows),
        "left": sum(row.open for row in rows),
    }


def _refused(request: Request, error: Exception) -> JSONResponse:
    return problem(400, str(error))
