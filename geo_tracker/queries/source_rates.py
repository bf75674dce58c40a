"""How many of the answers cite a source, with its interval."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, select

from geo_tracker.metrics.definitions import SOURCE_RATE
from geo_tracker.metrics.measures import estimates
from geo_tracker.metrics.records import Estimate, Selection
from geo_tracker.queries.by_prompt import asked, by_prompt
from geo_tracker.queries.citations import Level, citing
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Citation, Page

MANY = 50
"""Sources from which on all citations are read: of 2,120 pages with 55,000 citations, 20 take 0.07 s when looked up and
0.14 s among all, 200 0.48 and 0.16, all of them 4.95 and 0.47 (SQLite, 27 November 2026)."""


def read_source_rates(
    session: Session, filters: Selection, level: Level, names: Sequence[str]
) -> dict[str, Estimate]:
    """The share of the selected valid answers that cite each of these domains or pages."""
    workspace = workspace_named(session, filters.workspace)
    answers = citing(session, workspace, filters, level, only=_only(level, names))
    found = [(name, *count) for name, of in answers.items() for count in of.items()]
    frame = by_prompt(found, names, asked(session, workspace, filters), SOURCE_RATE.numerator)
    return estimates(frame, SOURCE_RATE, names)


def _only(level: Level, names: Sequence[str]) -> sa.ColumnElement[bool] | None:
    """The citations of these sources, or all where so many are asked for that looking each up takes longer."""
    if len(names) > MANY:
        return None
    if level == "domain":
        return col(Citation.domain).in_(names)
    return col(Citation.page_id).in_(select(Page.id).where(col(Page.url).in_(names)))
