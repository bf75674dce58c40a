"""New, lost, rising and falling sources between two windows, each with how far to believe it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import pandas as pd
from sqlmodel import Session, col, select

from geo_tracker.metrics.changes import frame_movements
from geo_tracker.metrics.definitions import SOURCE_RATE
from geo_tracker.metrics.records import Change, Selection
from geo_tracker.queries.by_prompt import asked, by_prompt
from geo_tracker.queries.citations import Level, citing, facets, page_citations, read_cited
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Page, Workspace

State = Literal["new", "lost", "rising", "falling", "steady"]
SURER = ("suggestive", "within noise")
"""Verdicts after a real change, the surer first; what cannot be said comes last."""
MOST = 1_000
"""Sources that are compared: those that most answers of both windows together cite."""


@dataclass(frozen=True, slots=True)
class SourceChange:
    """How the share of answers that cite a source moved, over the prompts that both windows have."""

    source: str
    page_id: int | None
    title: str | None
    type: str | None
    state: State
    """`new`: cited by no answer before; `lost`: by none after."""
    change: Change

    def record(self) -> dict[str, Any]:
        """The change as one JSON object; the fields are those of `geo-tracker sources --compare`."""
        own = {name: getattr(self, name) for name in ("source", "page_id", "title", "type", "state")}
        return {**own, **asdict(self.change)}


def read_source_changes(
    session: Session, before: Selection, after: Selection, level: Level = "domain"
) -> list[SourceChange]:
    """The sources of both windows as one family of comparisons, the surest and largest changes first."""
    workspace = workspace_named(session, after.workspace)
    sides = [_Window(session, workspace, filters, level) for filters in (before, after)]
    names = _most_cited(*sides)
    earlier, later = (by_prompt(side.counts, names, side.asked, SOURCE_RATE.numerator) for side in sides)
    titles = _titles(session, names) if level == "page" else {}
    found = [
        SourceChange(
            source=moved.brand or "",
            page_id=titles.get(moved.brand or "", (None, None))[0],
            title=titles.get(moved.brand or "", (None, None))[1],
            type=sides[1].types.get(moved.brand or "") or sides[0].types.get(moved.brand or ""),
            state=_state(moved.change),
            change=moved.change,
        )
        for moved in frame_movements(earlier, later, SOURCE_RATE, names)
    ]
    # A source that only prompts of one window lead to is cited on neither side of the shared ones.
    return sorted((row for row in found if _is_cited(row.change)), key=surest)


class _Window:
    """The citing answers by source and prompt of one selection."""

    def __init__(self, session: Session, workspace: Workspace, filters: Selection, level: Level) -> None:
        answers = citing(session, workspace, filters, level)
        self.counts = [(key, *count) for key, of in answers.items() for count in of.items()]
        self.asked: pd.DataFrame = asked(session, workspace, filters)
        found = facets(page_citations(read_cited(session, workspace, filters, weights=False), level))
        self.types = {key: of.kind[0] for key, of in found.items()}


def _most_cited(*sides: _Window) -> list[str]:
    total: dict[str, int] = {}
    for side in sides:
        for key, _prompt, count in side.counts:
            total[key] = total.get(key, 0) + count
    return sorted(total, key=lambda key: (-total[key], key))[:MOST]


def _titles(session: Session, urls: list[str]) -> dict[str, tuple[int, str | None]]:
    pages = session.exec(select(Page.url, Page.id, Page.title).where(col(Page.url).in_(urls))).all()
    return {url: (page_id, title) for url, page_id, title in pages}


def _is_cited(change: Change) -> bool:
    return bool(change.before.numerator or change.after.numerator)


def _state(change: Change) -> State:
    if not change.before.numerator:
        return "new"
    if not change.after.numerator:
        return "lost"
    if not change.value:
        return "steady"
    return "rising" if change.value > 0 else "falling"


def surest(row: SourceChange) -> tuple[int, float, str]:
    """The order of changes: real ones, hints, noise, what cannot be said; the largest of each first."""
    moved = row.change
    sure = 0 if moved.real else SURER.index(moved.verdict) + 1 if moved.verdict in SURER else len(SURER) + 1
    return (sure, -abs(moved.value or 0), row.source)
