"""The reads as paths: each `Read` at its own, below its workspace."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from hashlib import sha256
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Path, Query, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel

from geo_tracker.api.limits import FRESH, Fresh, Kept
from geo_tracker.api.reads import reads
from geo_tracker.api.reads.base import Read
from geo_tracker.api.token_check import problem
from geo_tracker.people.permissions import token_person
from geo_tracker.queries.facts import read_workspaces
from geo_tracker.storage.database import reading

BELOW = "/workspaces/{slug}"
Slug = Annotated[str, Path(max_length=64, description="The token's workspace.")]
Id = Annotated[int, Path(ge=1, le=2**31 - 1)]


class Problem(BaseModel):
    """What is wrong and what to do."""

    error: str


class Opened(BaseModel):
    """A workspace that the token opens."""

    slug: str
    name: str


PROBLEMS: dict[int | str, dict[str, Any]] = {
    304: {"description": "As `If-None-Match` has it."},
    400: {"model": Problem, "description": "The question cannot be answered."},
    401: {"model": Problem, "description": "No token, or one that is unknown or revoked."},
    403: {"model": Problem, "description": "The token opens another workspace."},
    404: {"model": Problem, "description": "The workspace has nothing of that id."},
    422: {"model": Problem, "description": "An option is not what it may be."},
    429: {"model": Problem, "description": "Too many requests: wait for `Retry-After` seconds."},
}


def reading_routes(engine: sa.Engine) -> APIRouter:
    """Every read, and the list of what a token opens."""
    bearer = HTTPBearer(auto_error=False, description="Made by `geo-tracker token create`.")
    router = APIRouter(prefix="/v1", dependencies=[Security(bearer)], responses=PROBLEMS)

    @router.get("/workspaces", operation_id="workspaces")
    def workspaces(request: Request) -> list[Opened]:
        """The workspaces that the token opens: one."""
        with reading(engine) as session:
            names = read_workspaces(session)
        mine = token_person(request.state.holder).among(list(names))
        return [Opened(slug=slug, name=names[slug]) for slug in mine]

    fresh = Fresh()
    for each in reads():
        router.add_api_route(
            f"{BELOW}/{each.path}".rstrip("/"),
            _endpoint(each, engine, fresh),
            methods=["GET"],
            response_model=each.result,
            operation_id=each.name,
            summary=inspect.cleandoc(each.__doc__ or "").splitlines()[0],
            description=inspect.getdoc(each),
        )
    return router


def _endpoint(read: type[Read], engine: sa.Engine, fresh: Fresh) -> Callable[..., Response]:
    def answer(request: Request, slug: str, **options: Any) -> Response:
        if not token_person(request.state.holder).may("see", slug):
            return problem(403, "this token opens another workspace")
        query = options.get("query") or read.query(**options)
        key = f"{slug} {read.name} {query.model_dump_json()}"
        return _sent(request, fresh.get(key) or fresh.put(key, *_made(read, engine, slug, query)))

    # FastAPI draws the options from the signature.
    answer.__signature__ = inspect.Signature(_parameters(read))  # type: ignore[attr-defined]
    return answer


def _parameters(read: type[Read]) -> list[inspect.Parameter]:
    options: dict[str, Any] = {"request": Request, "slug": Slug}
    options |= {"id": Id} if "{id}" in read.path else {"query": Annotated[read.query, Query()]}
    kind = inspect.Parameter.KEYWORD_ONLY
    return [inspect.Parameter(name, kind, annotation=each) for name, each in options.items()]


def _made(read: type[Read], engine: sa.Engine, slug: str, query: Any) -> tuple[bytes, str]:
    with reading(engine) as session:
        body = read.read(session, slug, query).model_dump_json().encode()
    return body, f'"{sha256(body).hexdigest()[:32]}"'


def _sent(request: Request, kept: Kept) -> Response:
    headers = {"ETag": kept.etag, "Cache-Control": f"private, max-age={FRESH}"}
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if kept.etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(kept.body, media_type="application/json", headers=headers)
