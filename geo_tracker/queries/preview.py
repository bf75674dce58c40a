"""What a change of brands would move in stored answers, before it is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from geo_tracker.extract.brands.mentions import Matcher
from geo_tracker.extract.brands.priors import with_uses
from geo_tracker.extract.text.excerpts import quotation
from geo_tracker.extract.text.sentences import read
from geo_tracker.queries.rescoring import COUNTED, NOTHING, UNSURE
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Answer, AnswerStatus, Brand, Workspace
from geo_tracker.workspaces.brands import taught, uses_of
from geo_tracker.workspaces.current import file_of
from geo_tracker.workspaces.edits import Difference, patched
from geo_tracker.workspaces.entries import BrandEntry

LIMIT = 2_000
"""Answers looked at, the newest that hold a form in question: 1.6 ms each, 3 s for all (20 brands, 1,500 characters,
read and matched with both sets of brands; 2026-11-26)."""
SAMPLES = 3
Place = tuple[str, int, int]


@dataclass(slots=True)
class Effect:
    """One kind of change of one brand's mentions."""

    brand: str
    before: str
    after: str
    """counted | unsure | no mention"""
    mentions: int = 0
    answers: set[int] = field(default_factory=set)
    samples: list[tuple[int, date, str]] = field(default_factory=list)
    """Answer, day and sentence of the first few."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The effects of a change on the answers that were looked at."""

    effects: tuple[Effect, ...]
    """Most mentions first."""
    looked_at: int
    """Answers that hold a form in question."""
    whole: bool
    """False where there are more than `LIMIT` of them."""


def preview(session: Session, slug: str, changes: Iterable[Difference]) -> Preview:
    """Which mentions changes of brands would add, drop or make unsure, in valid answers with the forms they touch."""
    found = [each for each in changes if each.section == "brands"]
    forms = sorted({form for each in found for form in _touched(each)})
    if not forms:
        return Preview((), 0, True)
    workspace = workspace_named(session, slug)
    whole = file_of(session, workspace, tracked=True)
    stored = _stored(session, workspace)
    was, now = (_matcher(file.brands, workspace, stored) for file in (whole, patched(whole, found)))
    rows = session.connection().execute(_holding(workspace, forms)).all()
    effects: dict[tuple[str, str, str], Effect] = {}
    for row in rows[:LIMIT]:
        _compare(row, was, now, effects)
    ordered = sorted(effects.values(), key=lambda each: (-each.mentions, each.brand, each.before))
    return Preview(tuple(ordered), min(len(rows), LIMIT), len(rows) <= LIMIT)


def _touched(change: Difference) -> set[str]:
    """The written forms that are new, gone or under other conditions."""
    before, after = (_forms(item) for item in (change.before, change.after))
    return {text for text in {*before, *after} if before.get(text) != after.get(text)}


def _forms(item: Any) -> dict[str, Any]:
    if item is None:
        return {}
    named: dict[str, Any] = {item["name"]: None}
    return named | {form["text"]: form for part in ("aliases", "products") for form in item[part]}


def _stored(session: Session, workspace: Workspace) -> dict[str, Brand]:
    mine = select(Brand).where(Brand.workspace_id == workspace.id)
    return {brand.name: brand for brand in session.exec(mine).all()}


def _matcher(brands: Sequence[BrandEntry], workspace: Workspace, stored: Mapping[str, Brand]) -> Matcher:
    """As scoring makes it, decisions on unsure mentions and what was learnt included."""
    specs = []
    for spec in (brand.spec() for brand in brands):
        if spec.name in stored:
            known = stored[spec.name]
            forms = tuple(taught(spec.aliases, known.lessons))
            spec = with_uses(replace(spec, aliases=forms), uses_of(known))
        specs.append(spec)
    return Matcher(specs, topics=workspace.topics, attributes=workspace.attributes)


def _holding(workspace: Workspace, forms: Sequence[str]) -> sa.Select[Any]:
    columns: list[Any] = [Answer.id, Answer.day, Answer.text]
    holding = sa.or_(*(col(Answer.text).icontains(form, autoescape=True) for form in forms))
    mine = sa.select(*columns).where(
        col(Answer.workspace_id) == workspace.id, col(Answer.status) == AnswerStatus.CAPTURED, holding
    )
    return mine.order_by(col(Answer.day).desc(), col(Answer.id).desc()).limit(LIMIT + 1)


def _compare(row: Any, was: Matcher, now: Matcher, effects: dict[tuple[str, str, str], Effect]) -> None:
    document = read(row.text or "")
    before, after = (_states(matcher, document) for matcher in (was, now))
    for place in sorted({*before, *after}):
        states = before.get(place, NOTHING), after.get(place, NOTHING)
        if states[0] == states[1]:
            continue
        effect = effects.setdefault((place[0], *states), Effect(place[0], *states))
        effect.mentions += 1
        effect.answers.add(row.id)
        if len(effect.samples) < SAMPLES:
            effect.samples.append((row.id, row.day, quotation(row.text, place[1], place[2])))


def _states(matcher: Matcher, document: Any) -> dict[Place, str]:
    found = matcher.read(document)
    named = {(each.brand, each.start, each.end): COUNTED for each in found.mentions}
    return named | {(each.brand, each.start, each.end): UNSURE for each in found.unsure}
