"""The read API."""

from __future__ import annotations

from typing import Annotated

import typer

from geo_tracker.cli._extras import need
from geo_tracker.cli._place import Place
from geo_tracker.cli._serving import Host, Rate, serve

app = typer.Typer()


@app.command()
def api(
    host: Host = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to serve on.", min=1, max=65535)] = 8600,
    rate: Rate = 300,
) -> None:
    """Serve the read API until interrupted: /v1/workspaces/SLUG/metrics and more, described at /openapi.json."""
    need("fastapi")
    from geo_tracker.api.server import create_app

    serve(create_app(Place().engine, per_minute=rate), host, port, "read API")
