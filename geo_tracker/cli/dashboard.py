"""Serve the dashboard."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from geo_tracker.cli._console import say
from geo_tracker.cli._extras import need
from geo_tracker.cli._place import Place

app = typer.Typer()


@app.command()
def dashboard(
    port: Annotated[int, typer.Option(help="Port to serve on.", min=1, max=65535)] = 8501,
    host: Annotated[
        str, typer.Option(help="Address to listen on; anybody who reaches it sees all data.")
    ] = "127.0.0.1",
) -> None:
    """Serve the dashboard until interrupted."""
    need("streamlit")
    Place()
    say(f"dashboard: http://{host}:{port} - stop with Ctrl-C")
    script = Path(__file__).parents[2] / "dashboard" / "app.py"
    options = [f"--server.port={port}", f"--server.address={host}", "--server.headless=true"]
    arguments = [
        sys.executable,
        "-P",
        "-m",
        "streamlit",
        "run",
        str(script),
        *options,
        "--browser.gatherUsageStats=false",
    ]
    os.environ["PYTHONSAFEPATH"] = "1"  # nothing that lies where the user stands is imported
    os.execv(sys.executable, arguments)  # noqa: S606 - the arguments are ours; Ctrl-C then reaches it directly
