"""Serving programs: on this machine only unless told, with a log that holds no secrets."""

from __future__ import annotations

import logging
from typing import Annotated

import typer

from geo_tracker.cli._console import say, warn
from geo_tracker.cli._extras import need

Host = Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 is all of this machine's.")]
Rate = Annotated[int, typer.Option("--rate", help="Requests a minute and token.", min=1)]
LOCAL = ("127.0.0.1", "localhost", "::1")


def serve(served: object, host: str, port: int, name: str) -> None:
    """Serve an ASGI app; requests are written to stderr, one JSON object a line."""
    need("uvicorn")
    import uvicorn

    if host not in LOCAL:
        warn("tokens travel unencrypted: put a proxy with TLS in front")
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("geo_tracker.api").setLevel(logging.INFO)
    say(f"{name}: http://{host}:{port} - stop with Ctrl-C")
    uvicorn.run(
        served,  # type: ignore[arg-type]
        host=host,
        port=port,
        access_log=False,  # ours knows which token asked, and leaves the query out
        log_level="warning",
        server_header=False,
        limit_concurrency=200,
        timeout_graceful_shutdown=5,
    )
