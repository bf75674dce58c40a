"""Members and their roles."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from geo_tracker.cli._console import Json, emit, say
from geo_tracker.cli._place import Place, acting
from geo_tracker.errors import UsageError
from geo_tracker.people.members import add_member, read_members, remove_member
from geo_tracker.people.permissions import ROLES
from geo_tracker.storage.database import reading, writing

app = typer.Typer(
    help="Who may see and change which workspaces, where people sign in (docs/people.md).",
    no_args_is_help=True,
)
Who = Annotated[str, typer.Argument(help="An e-mail address, or sub:SUBJECT of a provider without them.")]
Somewhere = Annotated[str, typer.Option("--workspace", "-w", help="Slug of a workspace.")]
All = Annotated[bool, typer.Option("--all", help="Every workspace, those to come included.")]


@app.command()
def add(
    who: Who,
    role: Annotated[str, typer.Option("--role", help=f"{', '.join(ROLES)}.")],
    workspace: Somewhere = "",
    all: All = False,
    json: Json = False,
) -> None:
    """Give somebody a role in a workspace, or with --all in every one; one that they have there is replaced."""
    slug = _one(workspace, all)
    with writing(Place().engine) as session:
        row = add_member(session, who, role, slug, by=acting(), now=datetime.now(UTC))
    if json:
        emit([{"who": row.who, "workspace": slug, "role": row.role}], json=True)
    say(f"{row.who} is {row.role} of {slug or 'all workspaces'}")


@app.command(name="list")
def list_(workspace: Somewhere = "", json: Json = False) -> None:
    """Who has which role where; of one workspace with those who have one in all."""
    with reading(Place().engine) as session:
        found = read_members(session, workspace or None)
    emit(_records(found), json=json)


@app.command()
def remove(who: Who, workspace: Somewhere = "", all: All = False) -> None:
    """Take somebody's role in a workspace, or with --all the one in every workspace; from their next click on."""
    slug = _one(workspace, all)
    with writing(Place().engine) as session:
        remove_member(session, who, slug, by=acting(), now=datetime.now(UTC))
    say(f"{who} has no role of its own in {slug or 'all workspaces'} any more")


def _one(slug: str, every: bool) -> str | None:
    if bool(slug) == every:
        raise UsageError("give --workspace SLUG, or --all")
    return slug or None


def _records(found: Any) -> Iterator[dict[str, Any]]:
    for member, slug in found:
        yield {
            "who": member.who,
            "workspace": slug or "all",
            "role": member.role,
            "added_by": member.added_by,
            "added_at": member.added_at,
        }
