"""`python -m geo_tracker.sandbox`: serve the sandbox until interrupted."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
from datetime import datetime
from typing import Annotated

import typer

from geo_tracker.sandbox.faults import Fault
from geo_tracker.sandbox.server import Options, serve


def main(
    port: Annotated[int, typer.Option(help="0 takes any free port.", min=0, max=65535)] = 0,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    seed: Annotated[int, typer.Option(help="Another seed gives other answers.")] = 1,
    faults: Annotated[
        float,
        typer.Option(help="Share of first attempts that fail.", min=0, max=1, envvar="GEO_SANDBOX_FAULTS"),
    ] = 0.0,
    fault: Annotated[Fault | None, typer.Option(help="They all fail in this way.")] = None,
    start: Annotated[
        datetime | None,
        typer.Option(help="First day of the story; by default it ends today.", formats=["%Y-%m-%d"]),
    ] = None,
    hang: Annotated[float, typer.Option(help="Seconds that a 'timeout' is held.", min=0)] = 3.0,
    with_parent: Annotated[bool, typer.Option(help="End when standard input does.", hidden=True)] = False,
) -> None:
    """Serve fictional engines and a fictional web; prints one JSON line with the address when ready."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if with_parent:
        threading.Thread(target=_end_with_input, daemon=True).start()
    options = Options(seed, faults, fault, start.date() if start else None, hang)
    try:
        asyncio.run(serve(options, host, port, lambda url: print(json.dumps({"url": url}), flush=True)))
    except KeyboardInterrupt:
        raise typer.Exit(0) from None
    except OSError as error:
        typer.echo(f"cannot listen on {host}:{port}: {error.strerror}; choose another --port", err=True)
        raise typer.Exit(2) from None


def _end_with_input() -> None:
    """End at once when the parent's end of the pipe is closed, which a killed parent does, too."""
    while os.read(0, 4096):  # not sys.stdin, whose lock would be held when the interpreter shuts down
        pass
    os._exit(0)


if __name__ == "__main__":
    typer.run(main)
