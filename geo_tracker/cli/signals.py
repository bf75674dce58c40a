"""What changed and is worth telling: listed, marked, sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from geo_tracker.cli._console import Json, emit, say
from geo_tracker.cli._place import Place, Slug, acting
from geo_tracker.cli._selection import day_of
from geo_tracker.cli._signals import look, send_due
from geo_tracker.errors import UsageError
from geo_tracker.i18n import translate
from geo_tracker.signals.evidence_links import base_address
from geo_tracker.signals.life import mark as mark_signal
from geo_tracker.signals.listing import read_signals
from geo_tracker.signals.records import record
from geo_tracker.signals.text import kind_text
from geo_tracker.storage.database import reading, writing
from geo_tracker.storage.models import SignalStatus

app = typer.Typer(
    help="What changed and is worth telling: listed, marked and sent.", invoke_without_command=True
)
STATUSES = ", ".join(SignalStatus)


@app.callback()
def signals(
    ctx: typer.Context,
    workspace: Annotated[
        str, typer.Option("--workspace", "-w", help="Slug of a workspace, as 'status' lists them.")
    ] = "",
    since: Annotated[str | None, typer.Option(help="Only those told since that day, YYYY-MM-DD.")] = None,
    status: Annotated[list[str] | None, typer.Option(help=f"Only these: {STATUSES}.")] = None,
    refresh: Annotated[bool, typer.Option("--refresh", help="Look for new ones first.")] = False,
    json: Json = False,
) -> None:
    """The signals of a workspace, the newest first; 'mark' and 'send' are commands of their own."""
    if ctx.invoked_subcommand:
        return
    if not workspace:
        raise UsageError("which workspace? --workspace SLUG")
    if unknown := set(status or ()) - set(SignalStatus):
        raise UsageError(f"--status: {', '.join(sorted(unknown))} is none of {STATUSES}")
    first, place = day_of(since, "--since"), Place()
    place.workspace(workspace)
    if refresh:
        look(place, workspace)
    emit(
        _records(place, workspace, first, status or [], json=json), json=json, title=f"Signals of {workspace}"
    )


def _records(
    place: Place, slug: str, since: Any, statuses: list[str], *, json: bool
) -> Iterator[dict[str, Any]]:
    with reading(place.engine) as session:
        found = read_signals(session, slug, since, statuses)
    for row in found:
        told = record(row, slug, base_address(place.settings.environment))
        yield told if json else _line(told)


def _line(told: dict[str, Any]) -> dict[str, Any]:
    """A signal as it reads on a terminal."""
    kind = kind_text(told["kind"], translate("en"))
    state = {"told": told["told"], "kind": kind, "status": told["status"]}
    return {"id": told["fingerprint"], **state, "says": told["text_en"]}


@app.command()
def mark(
    signal: Annotated[str, typer.Argument(help="Its fingerprint, or enough of it.", metavar="ID")],
    status: Annotated[str, typer.Argument(help="seen, expected or resolved.")],
    workspace: Slug,
    reason: Annotated[str, typer.Option(help="Why; expected needs one.")] = "",
    json: Json = False,
) -> None:
    """Say where a signal stands: seen, expected (muted, with a reason) or resolved."""
    place = Place()
    with writing(place.engine) as session:
        row = mark_signal(session, workspace, signal, status, acting(), reason, datetime.now(UTC))
    if json:
        emit([record(row, workspace, base_address(place.settings.environment))], json=True)
    say(f"{row.fingerprint}: {row.status}" + (f", {row.reason}" if row.reason else ""))


@app.command()
def send(
    workspace: Annotated[
        str | None, typer.Option("--workspace", "-w", help="Slug; all workspaces without it.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would go out; send nothing.")] = False,
    json: Json = False,
) -> None:
    """Send what is due to the channels of the workspace file; for a crontab. Exit 1 if any did not arrive."""
    place = Place()
    complete = [send_due(place, each, dry_run=dry_run, json=json) for each in place.workspaces(workspace)]
    if not all(complete):
        raise typer.Exit(1)
