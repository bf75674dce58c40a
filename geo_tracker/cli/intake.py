"""Receive what the companion captures."""

from __future__ import annotations

import secrets
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from geo_tracker.cli._console import say
from geo_tracker.cli._extras import need
from geo_tracker.cli._place import Place, acting
from geo_tracker.cli._serving import Rate, bound, serve
from geo_tracker.errors import UsageError
from geo_tracker.storage.database import workspace_named, writing
from geo_tracker.storage.tokens import CAPTURE, create_token

app = typer.Typer()
Port = Annotated[int, typer.Option(help="Port on 127.0.0.1 to listen on.", min=1024, max=65535)]


@app.command()
def intake(
    workspace: Annotated[
        str | None, typer.Option("--workspace", "-w", help="Slug; needed to pair where there are several.")
    ] = None,
    port: Port = 8601,
    pair: Annotated[bool, typer.Option("--pair", help="Print a port and a new token, then listen.")] = False,
    rate: Rate = 120,
) -> None:
    """Receive captures of the companion on this machine until interrupted; --pair shows port and token once."""
    need("fastapi")
    from geo_tracker.api.intake import create_intake

    place = Place()
    listening = bound("127.0.0.1", port)  # before the pairing: one that nobody listens for would stay in use
    if pair:
        _pair(place, workspace, port)
    sandbox = bool(place.settings.sandbox_url)
    app = create_intake(place.engine, place.archive, port=port, per_minute=rate, sandbox=sandbox)
    serve(app, "127.0.0.1", port, "intake", listening)


def _pair(place: Place, slug: str | None, port: int) -> None:
    found = place.workspaces(slug)
    if len(found) > 1:
        raise UsageError(f"which one: --workspace {' | '.join(each.slug for each in found)}")
    name = f"companion {secrets.token_hex(3)}"
    with writing(place.engine) as session:
        of = workspace_named(session, found[0].slug)
        made = create_token(session, of, name, datetime.now(UTC), scope=CAPTURE, who=acting())
    sys.stdout.write(f"port  {port}\ntoken {made}\n")
    sys.stdout.flush()
    say(
        f"paired with {found[0].slug} as {name!r}: put both into the companion's options; the token is shown once, "
        f"'geo-tracker token revoke -w {found[0].slug} --name \"{name}\"' takes it back"
    )
