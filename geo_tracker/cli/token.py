"""Tokens for the read API and the MCP server."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from geo_tracker.cli._console import Json, emit, say
from geo_tracker.cli._place import Place, Slug, acting
from geo_tracker.storage.database import reading, workspace_named, writing
from geo_tracker.storage.models import Token
from geo_tracker.storage.tokens import create_token, read_tokens, revoke_token

app = typer.Typer(
    help="Tokens that let programs read a workspace through 'api' and 'mcp --http'.", no_args_is_help=True
)
Name = Annotated[str, typer.Option("--name", help="What the token is known by, such as who uses it.")]


@app.command()
def create(workspace: Slug, name: Name = "default", json: Json = False) -> None:
    """Make a token and print it once: only its hash is kept."""
    with writing(Place().engine) as session:
        made = create_token(
            session, workspace_named(session, workspace), name, datetime.now(UTC), who=acting()
        )
    if json:
        emit([{"workspace": workspace, "name": name, "token": made}], json=True)
    else:
        sys.stdout.write(f"{made}\n")
    say(f"the token {name!r} of {workspace} is shown this once: keep it where passwords are kept")


@app.command(name="list")
def list_(workspace: Slug, json: Json = False) -> None:
    """The tokens of a workspace by name, never the tokens themselves."""
    with reading(Place().engine) as session:
        found = read_tokens(session, workspace_named(session, workspace))
    emit(_records(found), json=json)


@app.command()
def revoke(workspace: Slug, name: Name = "default") -> None:
    """Let nobody in by a token any more, from the next request on."""
    with writing(Place().engine) as session:
        revoke_token(session, workspace_named(session, workspace), name, datetime.now(UTC), who=acting())
    say(f"the token {name!r} of {workspace} opens nothing any more")


def _records(tokens: Any) -> Iterator[dict[str, Any]]:
    token: Token
    for token in tokens:
        yield {
            "name": token.name,
            "opens": token.scope,
            "created_at": token.created_at,
            "revoked_at": token.revoked_at,
        }
