"""Everything on one machine: dashboard, read API and worker."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from threading import Event
from typing import Annotated

import typer

from geo_tracker.cli._children import Child, log
from geo_tracker.cli._console import Json
from geo_tracker.cli._extras import need
from geo_tracker.cli._place import Place

app = typer.Typer()

LOOK = 0.5
"""Seconds between two looks at the children."""
AGAIN = 5.0
"""Seconds before one that ended is started again: time to read why, and no storm of starts."""


@app.command()
def up(
    port: Annotated[int, typer.Option(help="Port of the dashboard.", min=1, max=65535)] = 8501,
    api_port: Annotated[int, typer.Option(help="Port of the read API.", min=1, max=65535)] = 8600,
    concurrency: Annotated[int, typer.Option(help="Workspaces that are run at once.", min=1, max=64)] = 1,
    json: Json = False,
) -> None:
    """Serve the dashboard and the API, and run what is due, on this machine only, until interrupted; one log on stderr.

    What ends is started again. Ctrl-C ends all: a running pass puts away what it has in hand, and goes on next time.
    """
    for module in ("streamlit", "fastapi"):
        need(module)
    Place()
    stopping = Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stopping.set())
    commands = {
        "dashboard": ["dashboard", "--port", str(port)],
        "api": ["api", "--port", str(api_port)],
        "worker": ["worker", "--concurrency", str(concurrency), *(["--json"] if json else [])],
    }
    children = {name: _start(name, commands, json) for name in commands}
    log(
        "up",
        f"dashboard http://127.0.0.1:{port}, API http://127.0.0.1:{api_port} - stop with Ctrl-C",
        json=json,
    )
    while not stopping.wait(LOOK):
        for name, child in children.items():
            code = child.ended()
            if code is not None:
                log("up", f"{name} ended with code {code}: started again in {AGAIN:.0f} s", json=json)
                stopping.wait(AGAIN)
                if not stopping.is_set():
                    children[name] = _start(name, commands, json)
    for child in children.values():
        child.stop()
    for child in children.values():
        child.wait()
    log("up", "all ended", json=json)


def _start(name: str, commands: Mapping[str, Sequence[str]], json: bool) -> Child:
    return Child(name, commands[name], json, logs=name == "worker")
