"""Serving programs: on this machine only unless told, with a log that holds no secrets."""

from __future__ import annotations

import logging
import socket
from typing import Annotated

import typer

from geo_tracker.cli._console import say, warn
from geo_tracker.cli._extras import need
from geo_tracker.errors import UsageError

Host = Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 is all of this machine's.")]
Rate = Annotated[int, typer.Option("--rate", help="Requests a minute and token.", min=1)]
LOCAL = ("127.0.0.1", "localhost", "::1")


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens there; raises `UsageError` where another program does, or none may."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
        made.listen()  # two may be bound with SO_REUSEADDR, one listens
    except OSError as error:
        made.close()
        raise UsageError(
            f"{host}:{port} cannot be listened on: {error.strerror}; choose another --port"
        ) from None
    return made


def serve(served: object, host: str, port: int, name: str, listening: socket.socket | None = None) -> None:
    """Serve an ASGI app at a socket that is bound there; requests are written to stderr, one JSON object a line."""
    need("uvicorn")
    import uvicorn

    if host not in LOCAL:
        warn("tokens travel unencrypted: put a proxy with TLS in front")
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("geo_tracker.api").setLevel(logging.INFO)
    listening = listening or bound(host, port)
    say(f"{name}: http://{host}:{port} - stop with Ctrl-C")
    config = uvicorn.Config(
        served,  # type: ignore[arg-type]
        access_log=False,  # ours knows which token asked, and leaves the query out
        log_level="warning",
        server_header=False,
        limit_concurrency=200,
        timeout_graceful_shutdown=5,
    )
    uvicorn.Server(config).run(sockets=[listening])
