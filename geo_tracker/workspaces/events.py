"""Events and experiments of a workspace: what was done, when, and what it should move."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from geo_tracker.errors import UsageError
from geo_tracker.extract.urls import canonical, split
from geo_tracker.metrics.dimensions import CHOSEN
from geo_tracker.storage.models import Event, Prompt, Workspace
from geo_tracker.workspaces.days import day_of

LONGEST = 200
"""Characters of a name: it stands on charts."""
MOST_NOTE = 2000
REST = "rest"
"""As controls: all prompts that nothing else is said of."""
KINDS = ("relaunch", "pr", "page", "campaign", "price", "other")


@dataclass(frozen=True, slots=True)
class EventDraft:
    """What a user marks; prompts are named as `prompts_named` reads them."""

    name: str
    day: date
    kind: str = "other"
    note: str = ""
    moves: Sequence[str] = ()
    controls: Sequence[str] = ()
    pages: Sequence[str] = ()


def add_event(
    session: Session,
    workspace: Workspace,
    draft: EventDraft,
    now: datetime,
    window: dict[str, Any] | None = None,
) -> Event:
    """Store an event, or with a window an experiment; raises `UsageError` for what cannot be one."""
    _check(session, workspace, draft)
    moves = prompts_named(session, workspace, draft.moves)
    controls = _controls(session, workspace, draft.controls, moves)
    if both := {*moves} & {*controls}:
        texts = [prompt.text for prompt in prompts_of(session, workspace) if prompt.id in both]
        raise UsageError(f"both moved and a control: {'; '.join(texts)}")
    event = Event(
        workspace_id=workspace.id,
        name=draft.name.strip(),
        day=draft.day,
        kind=draft.kind,
        note=draft.note.strip(),
        moves=moves,
        controls=controls,
        pages=[canonical(page) for page in draft.pages],
        window=window,
        made_at=now,
    )
    session.add(event)
    session.flush()
    return event


def _controls(
    session: Session, workspace: Workspace, names: Sequence[str], moves: Sequence[int]
) -> list[int]:
    if [*names] != [REST]:
        return prompts_named(session, workspace, names)
    return [
        prompt.id
        for prompt in prompts_of(session, workspace)
        if prompt.id not in moves and not prompt.branded
    ]


def _check(session: Session, workspace: Workspace, draft: EventDraft) -> None:
    name = draft.name.strip()
    if not name or len(name) > LONGEST or not name.isprintable():
        raise UsageError(f"an event needs a name of 1 to {LONGEST} characters in one line")
    if draft.kind not in KINDS:
        raise UsageError(f"--kind: no kind {draft.kind!r}; there are {', '.join(KINDS)}")
    if len(draft.note) > MOST_NOTE:
        raise UsageError(f"--note: at most {MOST_NOTE} characters")
    if wrong := [page for page in draft.pages if split(page) is None]:
        raise UsageError(f"--page: {wrong[0]!r} is not an address such as https://example.com/page")
    if any(event.name == name for event in read_events(session, workspace)):
        raise UsageError(f"{workspace.slug} has an event {name!r}: give another name, or remove that first")


def remove_event(session: Session, workspace: Workspace, name: str, now: datetime) -> None:
    """Forget an event; raises `UsageError` for an experiment that has begun."""
    event = event_named(session, workspace, name)
    if event.window is not None and event.day <= day_of(now, workspace):
        raise UsageError(
            f"the experiment {event.name!r} began on {event.day}: it stays as it was fixed, so that one that found "
            "nothing is told, too"
        )
    session.delete(event)


def read_events(session: Session, workspace: Workspace) -> list[Event]:
    """All events and experiments, the earliest first."""
    mine = select(Event).where(Event.workspace_id == workspace.id)
    return list(session.exec(mine.order_by(col(Event.day), col(Event.id))).all())


def event_named(session: Session, workspace: Workspace, name: str) -> Event:
    """The event of that name; raises `UsageError` that lists the known ones."""
    found = read_events(session, workspace)
    for event in found:
        if event.name == name.strip():
            return event
    known = ", ".join(event.name for event in found) or "none"
    raise UsageError(f"{workspace.slug} has no event {name!r}; there are {known}")


def prompts_of(session: Session, workspace: Workspace) -> list[Prompt]:
    """The prompts of a workspace that are asked or were imported, in the file's order."""
    mine = select(Prompt).where(Prompt.workspace_id == workspace.id, col(Prompt.archived_at).is_(None))
    return list(session.exec(mine.order_by(col(Prompt.position), col(Prompt.id))).all())


def prompts_named(session: Session, workspace: Workspace, names: Iterable[str]) -> list[int]:
    """Ids of prompts by their text or by a property such as `topic=masks`; raises `UsageError` where one has none."""
    prompts = prompts_of(session, workspace)
    found: dict[int, None] = {}
    for name in names:
        ids = [prompt.id for prompt in prompts if _is_named(prompt, name.strip())]
        if not ids:
            known = ", ".join(f"{key}=…" for key in _columns())
            raise UsageError(
                f"no prompt {name!r}: give its text as 'geo-tracker metrics --by prompt' has it, or {known}"
            )
        found.update(dict.fromkeys(ids))
    return list(found)


def _columns() -> dict[str, str]:
    return {each.name: each.column for each in CHOSEN if each.of == "prompt"}


def _is_named(prompt: Prompt, name: str) -> bool:
    key, equals, value = name.partition("=")
    if equals and key in _columns():
        return value in _held(getattr(prompt, _columns()[key]))
    return prompt.text == name


def _held(value: Any) -> Iterator[str]:
    yield from value if isinstance(value, list) else [value]
