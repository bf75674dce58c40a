"""What the page Events reads and stores, kept as in `dashboard.data`."""

from __future__ import annotations

from datetime import UTC, datetime

from dashboard import person
from dashboard.caching import kept, reading_run
from geo_tracker.queries.experiments import Experiment, Planned, add_experiment, read_experiments
from geo_tracker.queries.facts import Selection
from geo_tracker.queries.planner import Month, Plan, read_month, read_plan
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Event
from geo_tracker.workspaces.events import EventDraft, add_event, prompts_of, read_events, remove_event


@kept(50)
def events(url: str, slug: str) -> list[Event]:
    with reading_run(url) as session:
        return read_events(session, workspace_named(session, slug))


@kept(20)
def experiments(url: str, slug: str) -> list[Experiment]:
    with reading_run(url) as session:
        return read_experiments(session, slug, datetime.now(UTC))


@kept(50)
def prompts(url: str, slug: str) -> dict[int, str]:
    """The texts that events and experiments name, by id; one that is asked of several languages stands there again."""
    with reading_run(url) as session:
        return {each.id: each.text for each in prompts_of(session, workspace_named(session, slug))}


def mark_event(url: str, slug: str, draft: EventDraft, planned: Planned | None = None) -> None:
    """Store an event, or with a plan an experiment."""
    now = datetime.now(UTC)
    with person.changing(url, slug, "edit") as (session, _):
        workspace = workspace_named(session, slug)
        if planned:
            add_experiment(session, workspace, draft, planned, now)
        else:
            add_event(session, workspace, draft, now)


def unmark(url: str, slug: str, name: str) -> None:
    """Forget an event."""
    with person.changing(url, slug, "edit") as (session, _):
        remove_event(session, workspace_named(session, slug), name, datetime.now(UTC))


@kept(50)
def plan(url: str, filters: Selection, brand: str, points: float, power: float) -> Plan:
    with reading_run(url) as session:
        return read_plan(session, filters, "mention_rate", brand, points, power)


@kept(20)
def month(url: str, slug: str) -> list[Month]:
    with reading_run(url) as session:
        return read_month(session, slug, datetime.now(UTC))
