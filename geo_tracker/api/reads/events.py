"""What was done and when, and what came of experiments."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlmodel import Session

from geo_tracker.api.reads.base import Page, Paged, Read, about, page_of
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.experiments import read_experiments
from geo_tracker.storage.database import workspace_named
from geo_tracker.workspaces.events import prompts_of, read_events


class MarkedEvent(BaseModel):
    """Something that was done on a day; an experiment has a measured effect."""

    model_config = ConfigDict(use_attribute_docstrings=True)
    name: str
    day: date
    """In the workspace's timezone; of an experiment its first day."""
    kind: str
    note: str
    moves: list[str]
    """Prompts that it should move."""
    controls: list[str]
    """Prompts that it should not."""
    pages: list[str]
    experiment: dict[str, Any] | None
    """As `geo-tracker experiment show --json` gives it: effect, interval, placebo days; None of an event."""


class EventsPage(Page):
    """Events and experiments, the earliest first; `about` is what the workspace holds today."""

    events: list[MarkedEvent]


class Events(Read):
    """What was done and when: relaunches, press, rewritten pages; and of experiments what they moved.

    An event beside a change is no proof that it caused it. An experiment's effect is against its controls, with a 95 %
    interval and the same comparison around days on which nothing was done.
    """

    name = path = "events"
    query = Paged
    result = EventsPage
    untrusted = ("events.name", "events.note")

    @classmethod
    def read(cls, session: Session, slug: str, query: Any) -> EventsPage:
        workspace = workspace_named(session, slug)
        found = read_events(session, workspace)
        shown = found[query.offset : query.offset + query.limit]
        texts = {prompt.id: prompt.text for prompt in prompts_of(session, workspace)}
        now = datetime.now(UTC)
        return EventsPage(
            about=about(session, Selection(slug, branded=True)),
            events=[
                MarkedEvent(
                    **{name: getattr(event, name) for name in ("name", "day", "kind", "note", "pages")},
                    moves=[texts[id_] for id_ in event.moves if id_ in texts],
                    controls=[texts[id_] for id_ in event.controls if id_ in texts],
                    experiment=read_experiments(session, slug, now, event.name)[0].record()
                    if event.window
                    else None,
                )
                for event in shown
            ],
            **page_of(len(found), query),
        )
