"""The MCP server over HTTP, which asks for a bearer token with every request, as the API does."""

from __future__ import annotations

import sqlalchemy as sa
from starlette.applications import Starlette

from geo_tracker.api.mcp import create_server
from geo_tracker.api.monitoring import Counts
from geo_tracker.api.server import PER_MINUTE
from geo_tracker.api.token_check import TokenCheck

MOST_BODY = 256 * 1024
"""Bytes of a request: a call with all its options has about one kilobyte."""


def create_mcp_app(engine: sa.Engine, host: str, *, per_minute: int = PER_MINUTE) -> Starlette:
    """The app that serves `/mcp`; sessions are not kept, so that a token is checked with every request.

    On this machine only, requests that another page's script sends through a browser are refused by their Host.
    """
    app = create_server(engine).streamable_http_app(
        json_response=True, stateless_http=True, host=host, max_request_body_size=MOST_BODY
    )
    app.add_middleware(TokenCheck, engine=engine, counts=Counts(), per_minute=per_minute, public=())
    return app
