"""The demo: the real pipeline on two workspaces against the offline sandbox."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from sqlmodel import Session, col, select

from geo_tracker.cli._console import emit, progress, say
from geo_tracker.cli._extras import need
from geo_tracker.cli._place import Place
from geo_tracker.cli.dashboard import dashboard
from geo_tracker.cli.run import work
from geo_tracker.collect.imports import import_file
from geo_tracker.collect.plan import last_due, plan_run
from geo_tracker.config import Settings
from geo_tracker.metrics.measures import table
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.facts import read_facts
from geo_tracker.queries.status import read_status
from geo_tracker.sandbox import running
from geo_tracker.sandbox.answering import AnswerEngine
from geo_tracker.sandbox.capturing import App, apps_of
from geo_tracker.sandbox.web import Web, first_day
from geo_tracker.storage.database import reading, writing
from geo_tracker.storage.models import Answer, Panel, Workspace
from geo_tracker.workspaces.audit import apply_file
from geo_tracker.workspaces.file import WorkspaceFile, read_workspace
from geo_tracker.workspaces.panels import active_prompts, panels_of

app = typer.Typer()

WORKSPACES = ("demo-zh", "demo-en")
FAULTS = 0.02
"""Share of first attempts that fail: most are asked again, a few end as failed, as in life."""


@app.command()
def demo(
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the dashboard afterwards.")] = True,
    days: Annotated[int, typer.Option(help="Daily runs to make.", min=1, max=365)] = 28,
    seed: Annotated[int, typer.Option(help="Another seed gives other answers.")] = 1,
    port: Annotated[int, typer.Option(help="Port of the dashboard.", min=1, max=65535)] = 8501,
) -> None:
    """Four weeks of daily runs on two workspaces, asked of a local sandbox: no keys, no network.

    Everything it makes is labelled as sandbox data. Run again, it only adds the days since.
    """
    need("aiohttp")
    started = time.monotonic()
    with running(seed=seed, faults=FAULTS) as url:
        place = Place(replace(Settings.from_environment(), sandbox_url=url))
        for slug in WORKSPACES:
            workspace = _apply(place, _demo_file(slug))
            _plan_days(place, workspace, days)
            _import_apps(place, workspace, days, seed)
            work(place, workspace)
    _summary(place)
    say(f"done in {time.monotonic() - started:.0f} s - SANDBOX data: fictional brands, simulated answers")
    if serve:
        dashboard(port=port, host="127.0.0.1")


def _demo_file(slug: str) -> WorkspaceFile:
    with as_file(files("geo_tracker.sandbox").joinpath(f"{slug}.yaml")) as path:
        return read_workspace(path)


def _apply(place: Place, file: WorkspaceFile) -> Workspace:
    with writing(place.engine) as session:
        apply_file(session, file, datetime.now(UTC))
    return place.workspace(file.workspace.slug)


def _plan_days(place: Place, workspace: Workspace, days: int) -> None:
    with progress(f"{workspace.slug}: planning") as bar, writing(place.engine) as session:
        for panel in panels_of(session, workspace):
            for done, due_at in enumerate(_due_times(panel, workspace, days), 1):
                plan_run(session, workspace, panel, due_at, engines=panel.engines, sandbox=True)
                bar(done, days)


def _due_times(panel: Panel, workspace: Workspace, days: int) -> Iterator[datetime]:
    """The panel's newest due times, oldest first."""
    now = datetime.now(UTC)
    times = [last_due(panel, workspace, now - timedelta(days=back)) for back in range(days)]
    return iter(sorted({due for due in times if due}))


def _import_apps(place: Place, workspace: Workspace, days: int, seed: int) -> None:
    """Take what was captured from the assistants' own apps, on the days that have none yet."""
    web = Web(first_day(datetime.now(UTC).date()))
    for app in apps_of(workspace.locale.partition("-")[0]):
        with reading(place.engine) as session:
            prompts = [prompt.text for prompt in active_prompts(session, workspace)]
            times = _uncaptured(session, workspace, app, days)
        with TemporaryDirectory() as folder, progress(f"{workspace.slug}: importing {app.file}") as bar:
            path = Path(folder) / app.file
            path.write_text(app.capture(AnswerEngine(web, seed), prompts, times), "utf-8")
            import_file(place.engine, place.archive, workspace, path, sandbox=True, on_progress=bar)


def _uncaptured(session: Session, workspace: Workspace, app: App, days: int) -> list[datetime]:
    """The first panel's due times, in the workspace's own time, on days without answers of an app."""
    mine = (Answer.workspace_id == workspace.id, Answer.engine == app.engine, Answer.surface == app.surface)
    known = set(session.exec(select(col(Answer.day)).where(*mine).distinct()).all())
    due = _due_times(panels_of(session, workspace)[0], workspace, days)
    local = [time.astimezone(ZoneInfo(workspace.timezone)) for time in due]
    return [time for time in local if time.date() not in known]


def _summary(place: Place) -> None:
    """Print coverage and how the brands stand, in tables."""
    with reading(place.engine) as session:
        workspaces = [place.workspace(slug) for slug in WORKSPACES]
        emit(
            (asdict(read_status(session, each.slug)) for each in workspaces),
            json=False,
            title="Sandbox workspaces",
        )
        for each in workspaces:
            facts = read_facts(session, Selection(workspace=each.slug))
            shown = _brands(table(facts, by=("surface",)))
            emit(shown, json=False, title=f"{each.name} (sandbox): value [95 % interval], n")


def _brands(records: list[dict[str, Any]]) -> Iterator[dict[str, object]]:
    """One row per surface and brand, its main metrics as columns."""
    shown = ("mention_rate", "share_of_voice", "share_of_prominence", "mean_rank", "citation_rate")
    brands: dict[tuple[object, object], dict[str, object]] = {}
    for record in records:
        if record["metric"] in shown:
            named = {"surface": record["group"]["surface"], "brand": record["brand"]}
            row = brands.setdefault(tuple(named.values()), named)
            row[str(record["metric"])] = _estimate(record)
    return iter(brands.values())


def _estimate(record: dict[str, object]) -> str:
    value, low, high = record["value"], record["low"], record["high"]
    if value is None:
        return f"-, n={record['n']}"
    interval = "" if low is None else f" [{low:.2f}, {high:.2f}]"
    return f"{value:.2f}{interval}, n={record['n']}"
