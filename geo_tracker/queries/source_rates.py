"""How many of the answers cite a source, with its interval."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, func

from geo_tracker.metrics.definitions import SOURCE_RATE
from geo_tracker.metrics.measures import estimates
from geo_tracker.metrics.records import Estimate, Selection
from geo_tracker.queries.citations import Level, asked, by_prompt, cited
from geo_tracker.storage.database import workspace_named


def read_source_rates(
    session: Session, filters: Selection, level: Level, names: Sequence[str]
) -> dict[str, Estimate]:
    """The share of the selected valid answers that cite each of these domains or pages."""
    workspace = workspace_named(session, filters.workspace)
    rows = cited(workspace, filters, level)
    citing = func.count(sa.distinct(rows.c.answer_id))
    counted = sa.select(rows.c.key, rows.c.prompt_id, citing).where(rows.c.key.in_(names))
    counts = session.connection().execute(counted.group_by(rows.c.key, rows.c.prompt_id))
    found = [(key, prompt, count) for key, prompt, count in counts]
    frame = by_prompt(found, names, asked(session, workspace, filters), SOURCE_RATE.numerator)
    return estimates(frame, SOURCE_RATE, names)
