"""The MCP server."""

from __future__ import annotations

from typing import Annotated

import typer

from geo_tracker.cli._extras import need
from geo_tracker.cli._place import AnySlug, Place
from geo_tracker.cli._serving import Host, Rate, serve
from geo_tracker.errors import UsageError

app = typer.Typer()


@app.command()
def mcp(
    workspace: AnySlug = None,
    http: Annotated[
        bool, typer.Option("--http", help="Over HTTP at /mcp, with a token for every request.")
    ] = False,
    host: Host = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to serve on.", min=1, max=65535)] = 8602,
    rate: Rate = 300,
) -> None:
    """Serve the reads to assistants as tools (MCP): over stdin and stdout, or with --http, until interrupted."""
    need("mcp")
    place = Place()
    if http:
        if workspace:
            raise UsageError(
                "--workspace is for stdin and stdout: with --http, a token opens its own workspace"
            )
        from geo_tracker.api.mcp_http import create_mcp_app

        serve(create_mcp_app(place.engine, host, per_minute=rate), host, port, "MCP server at /mcp")
        return
    only = [place.workspace(workspace).slug] if workspace else []
    from geo_tracker.api.mcp import create_server, serve_pipes

    serve_pipes(create_server(place.engine, only))
