"""Plan, ask, crawl and score."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from geo_tracker.cli._after import look_after
from geo_tracker.cli._console import progress, say, warn
from geo_tracker.cli._place import AnySlug, Place, acting
from geo_tracker.collect.missed import note_missed
from geo_tracker.collect.plan import OverBudget, due_now, place_note, plan_run
from geo_tracker.collect.worker import Outcome
from geo_tracker.collect.worker import crawl as crawl_with
from geo_tracker.engines import engine_named
from geo_tracker.score.answers import read_offers_of
from geo_tracker.score.answers import score as score_answers
from geo_tracker.storage.database import reading, writing
from geo_tracker.storage.journal import note
from geo_tracker.storage.models import Panel, Workspace
from geo_tracker.storage.pages import stale_before
from geo_tracker.workspaces.panels import active_prompts, panels_of

app = typer.Typer()


@app.command()
def run(
    workspace: AnySlug = None,
    panel: Annotated[str | None, typer.Option(help="Only this panel.")] = None,
    due: Annotated[
        bool, typer.Option("--due", help="Only what the panels' cron makes due; for a crontab.")
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Plan nothing, finish what is planned.")] = False,
) -> None:
    """Ask the panels' engines, crawl what they cite, score; find signals and send those that are due.

    A killed run is finished by the next one; no answer is asked twice. Exit 1 if any answer failed.
    """
    place = Place()
    complete = True
    for each in place.workspaces(workspace):
        if not due:
            _note(place, each, panel, resume=resume)
        if not resume:
            complete &= plan(place, each, panel, due=due)
        complete &= work(place, each)
        complete &= _tell(place, each)
    if not complete:
        raise typer.Exit(1)


def _note(place: Place, workspace: Workspace, panel: str | None, *, resume: bool) -> None:
    """Write down that somebody started a run; what a crontab starts is nobody's deed."""
    via, now = "resume" if resume else "start", datetime.now(UTC)
    with writing(place.engine) as session:
        note(session, workspace, acting(), now, "run", via, panel or "all panels")


def plan(place: Place, workspace: Workspace, name: str | None, *, due: bool) -> bool:
    """Plan a pass of the panels; False if a panel is over its budget or none of its engines can be asked."""
    with reading(place.engine) as session:
        panels = [panel for panel in panels_of(session, workspace, name) if panel.engines]
    if not panels:
        say(f"{workspace.slug}: its apps are asked by hand: see 'geo-tracker session'")
    planned = [_plan_panel(place, workspace, panel, due=due) for panel in panels]
    return all(planned)


def _plan_panel(place: Place, workspace: Workspace, panel: Panel, *, due: bool) -> bool:
    now = datetime.now(UTC)
    due_at = due_now(panel, workspace, now) if due else now
    if due_at is None:
        why = "is paused" if panel.paused else "not due" if panel.cron else "has no cron"
        say(f"{workspace.slug}/{panel.name}: {why}")
        return True
    engines, unready = ready_engines(place, panel.engines)
    if not engines and not due:  # a slip of the hand, not a pass that was meant to run
        return False
    try:
        with writing(place.engine) as session:
            sandbox = bool(place.settings.sandbox_url)
            missed = note_missed(session, workspace, panel, now, sandbox=sandbox)
            new = plan_run(
                *(session, workspace, panel, due_at), engines=engines, sandbox=sandbox, unready=unready
            )
            note = place_note(active_prompts(session, workspace), engines)
    except OverBudget as error:
        warn(str(error))
        return False
    if missed:
        say(
            f"{workspace.slug}/{panel.name}: {len(missed)} passes since {missed[0]:%Y-%m-%d} did not run: missing"
        )
    say(f"{workspace.slug}/{panel.name}: {new} answers planned for {due_at:%Y-%m-%d %H:%M} UTC")
    if new and note:
        say(f"{workspace.slug}/{panel.name}: {note}")
    return True


def ready_engines(place: Place, names: list[str]) -> tuple[list[str], dict[str, str]]:
    """The engines that have their keys, and what the others miss, which it says."""
    reasons = {name: place.settings.unready(engine_named(name)) for name in names}
    unready = {name: reason for name, reason in reasons.items() if reason}
    for reason in unready.values():
        warn(reason)
    return [name for name in names if name not in unready], unready


def work(place: Place, workspace: Workspace) -> bool:
    """Ask what is planned, crawl what is cited, score, find signals; False if any answer failed."""
    with progress(f"{workspace.slug}: asking") as bar:
        asked = crawl_with("answers", workspace.slug, place.settings, on_progress=bar)
    for message in asked.messages:
        warn(message)
    crawl_pages(place, workspace, stale_before(workspace, datetime.now(UTC)))
    with progress(f"{workspace.slug}: scoring") as bar:
        scored = score_answers(place.engine, place.archive, workspace, bar)
    look_after(place, workspace.slug, scored.days)
    return asked.ok


def _tell(place: Place, workspace: Workspace) -> bool:
    """Send the signals that are due; False if any did not arrive."""
    if not workspace.signals.get("channels"):
        return True
    from geo_tracker.cli._signals import send_due  # only where somebody is told: it loads pandas

    return send_due(place, workspace)


def crawl_pages(place: Place, workspace: Workspace, before: datetime | None) -> Outcome:
    """Crawl what answers cite, then what the offers in them and on those pages lead to.

    Pages last asked for `before` that time are asked for again.
    """
    with progress(f"{workspace.slug}: crawling") as bar:
        cited = crawl_with("references", workspace.slug, place.settings, before=before, on_progress=bar)
    with progress(f"{workspace.slug}: finding shop links") as bar:
        read_offers_of(place.engine, place.archive, workspace, bar)
    with progress(f"{workspace.slug}: following them") as bar:
        linked = crawl_with("references", workspace.slug, place.settings, before=before, on_progress=bar)
    return cited + linked
