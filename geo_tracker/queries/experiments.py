"""Experiments: fixed with their power before they start, read with effect and placebo days afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from geo_tracker.errors import UsageError
from geo_tracker.metrics.clusters import brand_names
from geo_tracker.metrics.comparing import comparability
from geo_tracker.metrics.definitions import METRICS, SOURCE_RATE, Metric
from geo_tracker.metrics.experiments import (
    NO_EFFECT,
    Detectable,
    Effect,
    Placebo,
    Span,
    detectable,
    effect_of,
    placebos,
)
from geo_tracker.metrics.records import Facts, Selection, TrackedBrand
from geo_tracker.queries.facts import dates, read_facts, read_table, with_prompts
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Answer, AnswerStatus, Citation, Event, Page, Prompt, Workspace
from geo_tracker.workspaces.days import day_of
from geo_tracker.workspaces.events import EventDraft, add_event, event_named, read_events

PAGES = "pages"
"""Instead of a metric of a brand: answers that cite one of the experiment's pages / A."""
MEASURABLE = (*(each.name for each in METRICS.values() if each.per_brand), PAGES)
SHORTEST, LONGEST = 3, 60
"""Days of a window: with fewer nothing is known of how days differ, and with more the market has moved on."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What an experiment looks at, besides its event."""

    before: int
    after: int
    metric: str
    brand: str


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment as it was fixed, and what came of it so far."""

    name: str
    span: Span
    metric: str
    brand: str
    note: str
    moves: tuple[str, ...]
    controls: tuple[str, ...]
    pages: tuple[str, ...]
    detectable: Detectable | None
    status: str
    """planned, running (its last day has not passed) or done."""
    effect: Effect
    notes: tuple[str, ...]
    """Why before and after may not be comparable: keys below `change` of the translations."""
    placebos: tuple[Placebo, ...]
    sandbox: bool

    @property
    def is_share(self) -> bool:
        """Whether the effect is one of percentage points."""
        return _metric(self.metric).unit == "share"

    @property
    def exceeded(self) -> int:
        """Placebo days that show as much as the experiment, either way."""
        return sum(abs(each.value) >= abs(self.effect.value or 0) for each in self.placebos)

    def record(self) -> dict[str, Any]:
        """As one JSON object; the fields are those of `geo-tracker experiment show`."""
        of = self.effect
        return {
            "name": self.name,
            "status": self.status,
            "start": self.span.start,
            "from": self.span.first,
            "to": self.span.last,
            "metric": self.metric,
            "brand": self.brand,
            "effect": of.value,
            "low": of.low,
            "high": of.high,
            "p": of.p,
            "across": of.across,
            "treated": asdict(of.treated),
            "control": asdict(of.control),
            "placebos": [asdict(each) for each in self.placebos],
            "placebos_as_large": self.exceeded,
            "detectable": asdict(self.detectable) if self.detectable else None,
            "notes": list(self.notes),
            "moves": list(self.moves),
            "controls": list(self.controls),
            "pages": list(self.pages),
            "sandbox": self.sandbox,
        }


def add_experiment(
    session: Session, workspace: Workspace, draft: EventDraft, planned: Planned, now: datetime
) -> Event:
    """Fix an experiment that has not begun, with the effect that it can find.

    Raises `UsageError` where it begins today or before, or cannot be measured.
    """
    today = day_of(now, workspace)
    if draft.day <= today:
        raise UsageError(
            f"an experiment is fixed before it starts: {draft.day} is not after {today}. "
            "What was done already is marked with 'geo-tracker event add'"
        )
    _check(draft, planned)
    facts = _history(session, workspace, planned, today, draft.pages)
    brand = _brand(facts, planned)
    window: dict[str, Any] = {"before": planned.before, "after": planned.after, "metric": planned.metric}
    event = add_event(session, workspace, draft, now, {**window, "brand": brand, "detectable": None})
    if not event.controls:
        raise UsageError("an experiment needs controls: prompts that it should not move")
    span = Span(event.day, planned.before, planned.after)
    told = detectable(facts, _metric(planned.metric), brand, span, event.moves, event.controls)
    event.window = {**window, "brand": brand, "detectable": asdict(told) if told else None}
    session.add(event)
    return event


def _check(draft: EventDraft, planned: Planned) -> None:
    if not draft.moves:
        raise UsageError("an experiment needs prompts that it should move: --moves TEXT, or --moves topic=…")
    if planned.metric not in MEASURABLE:
        raise UsageError(f"--metric: {planned.metric!r} is none of {', '.join(MEASURABLE)}")
    if planned.metric == PAGES and not draft.pages:
        raise UsageError("--metric pages needs the addresses of pages: --page https://…")
    if not all(SHORTEST <= days <= LONGEST for days in (planned.before, planned.after)):
        raise UsageError(f"--before and --after are days, {SHORTEST} to {LONGEST}")


def _metric(name: str) -> Metric:
    return SOURCE_RATE if name == PAGES else METRICS[name]


def _brand(facts: Facts, planned: Planned) -> str:
    if planned.metric == PAGES:
        return PAGES
    if planned.brand:
        return brand_names(facts, (planned.brand,))[0]
    if facts.own is None:
        raise UsageError("name the brand that it is about: --brand")
    return facts.own.name


def _history(
    session: Session, workspace: Workspace, planned: Planned, last: date, pages: Sequence[str]
) -> Facts:
    """The days before that say how much an experiment of this length can find."""
    first = last - timedelta(days=planned.before + planned.after)
    return _facts(session, Selection(workspace.slug, first, last, branded=True), planned.metric, pages)


def _facts(session: Session, filters: Selection, name: str, pages: Sequence[str]) -> Facts:
    """By engine and day; with pages, the answers that cite one of them as the sums of a brand of that name."""
    facts = read_facts(session, filters, ("engine", "day"), (_metric(name),))
    if name != PAGES:
        return facts
    workspace = workspace_named(session, filters.workspace)
    cited = with_prompts(session, workspace, read_table(session, _citing(workspace, filters, pages)))
    sums = cited.assign(brand=PAGES).astype({**dates(("day",)), SOURCE_RATE.numerator: "float64"})
    return replace(facts, own_sums=sums, brands=(TrackedBrand(PAGES),))


def _citing(workspace: Workspace, filters: Selection, pages: Sequence[str]) -> sa.Select[Any]:
    """Answers that cite one of the pages, by cell."""
    keys: list[Any] = [getattr(Answer, name) for name in ("day", "prompt_id", "engine", "surface", "mode")]
    counted = sa.func.count(sa.distinct(col(Answer.id))).label(SOURCE_RATE.numerator)
    chosen = (
        sa.select(*keys, counted)
        .join(Citation, col(Citation.answer_id) == col(Answer.id))
        .join(Page, col(Page.id) == col(Citation.page_id))
        .where(
            col(Answer.workspace_id) == workspace.id,
            col(Answer.status) == AnswerStatus.CAPTURED,
            col(Answer.day).between(filters.start, filters.end),
            col(Citation.role) == "cited",
            col(Page.url).in_(pages),
        )
    )
    return chosen.group_by(*keys)


def read_experiments(session: Session, slug: str, now: datetime, name: str | None = None) -> list[Experiment]:
    """The experiments of a workspace, the newest first, or the one of that name."""
    workspace = workspace_named(session, slug)
    if name is not None and event_named(session, workspace, name).window is None:
        raise UsageError(f"{name!r} is an event without a window: only what is fixed beforehand is measured")
    events = [each for each in read_events(session, workspace) if each.window and name in (None, each.name)]
    return [_read(session, workspace, event, day_of(now, workspace)) for event in reversed(events)]


def _read(session: Session, workspace: Workspace, event: Event, today: date) -> Experiment:
    fixed = dict(event.window or {})
    told, (before, after) = fixed["detectable"], (int(fixed["before"]), int(fixed["after"]))
    span = Span(event.day, before, after)
    ended = min(span.last, today)
    found = Experiment(
        name=event.name,
        span=span,
        metric=fixed["metric"],
        brand=fixed["brand"],
        note=event.note,
        moves=_texts(session, event.moves),
        controls=_texts(session, event.controls),
        pages=tuple(event.pages),
        detectable=Detectable(**told) if told else None,
        status="planned" if today < span.start else "running" if today <= span.last else "done",
        effect=NO_EFFECT,
        notes=(),
        placebos=(),
        sandbox=False,
    )
    return found if found.status == "planned" else _measured(session, workspace, event, found, ended)


def _measured(
    session: Session, workspace: Workspace, event: Event, found: Experiment, ended: date
) -> Experiment:
    span, sides = found.span, (event.moves, event.controls)
    first = span.first - timedelta(days=span.before + span.after)
    everything = Selection(workspace.slug, first, ended, branded=True)
    facts = _facts(session, everything, found.metric, event.pages)
    of = (_metric(found.metric), found.brand)
    windows = (
        replace(everything, start=span.first, end=span.start - timedelta(days=1)),
        replace(everything, start=span.start),
    )
    compared = (read_facts(session, each, (), (_metric(found.metric),)) for each in windows)
    return replace(
        found,
        effect=effect_of(facts, *of, span, *sides),
        notes=comparability(*compared),
        placebos=tuple(placebos(facts, *of, span, *sides)),
        sandbox=facts.sandbox,
    )


def _texts(session: Session, ids: Sequence[int]) -> tuple[str, ...]:
    rows = session.connection().execute(
        sa.select(col(Prompt.text))
        .where(col(Prompt.id).in_(ids))
        .order_by(col(Prompt.position), col(Prompt.id))
    )
    return tuple(rows.scalars())
