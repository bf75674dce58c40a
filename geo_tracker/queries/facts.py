"""The one analytic read: daily sums of a selection, ready for `geo_tracker.metrics`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from geo_tracker.metrics.dimensions import CHOSEN
from geo_tracker.metrics.records import Facts, Selection, TrackedBrand
from geo_tracker.queries.selection import selected
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Answer, Brand, Daily, Prompt, Workspace
from geo_tracker.workspaces.days import last_possible_day

__all__ = [
    "Choices",
    "Facts",
    "Selection",
    "read_choices",
    "read_facts",
    "read_table",
    "read_workspaces",
]

KEYS = ("day", "prompt_id", "engine", "surface", "brand_id", "workspace_id", "sandbox")
SUMS = tuple(name for name in Daily.model_fields if name not in KEYS)
"""Every column of `daily` that adds up; a new one is read without a change here."""
PROMPT_COLUMNS = (*(each.column for each in CHOSEN if each.of == "prompt" and not each.several), "branded")


def read_facts(session: Session, filters: Selection) -> Facts:
    """Daily sums of the selected answers, with their workspace, brands and rules versions."""
    workspace = workspace_named(session, filters.workspace)
    frame = _read_frame(session, workspace, filters)
    return Facts(
        filters=filters,
        name=workspace.name,
        locale=workspace.locale,
        timezone=workspace.timezone,
        brands=_brands(session, workspace, frame),
        frame=frame,
        rules=_rules(session, workspace, filters),
    )


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters of a workspace can be set to."""

    values: Mapping[str, tuple[str, ...]]
    """Of each dimension, sorted; surfaces by their answers, most first."""
    first: date | None
    last: date | None


def read_choices(session: Session, slug: str) -> Choices:
    """The values that a workspace's answers have, and the days they cover."""
    workspace = workspace_named(session, slug)
    mine = col(Daily.workspace_id) == workspace.id
    cells = sa.select(*(getattr(Daily, each.column) for each in CHOSEN if each.of == "answer"))
    asked = sa.select(*(getattr(Prompt, each.column) for each in CHOSEN if each.of == "prompt"))
    with_answers = select(Daily.prompt_id).where(mine)
    found = _distinct(session, "answer", cells.where(mine).distinct())
    found |= _distinct(session, "prompt", asked.where(col(Prompt.id).in_(with_answers)))
    first, last = _days(session, workspace)
    counted = select(Daily.surface).where(mine).group_by(col(Daily.surface))
    surfaces = session.exec(counted.order_by(func.sum(Daily.answers).desc(), col(Daily.surface))).all()
    return Choices({**found, "surface": tuple(surfaces)}, first, last)


def _distinct(session: Session, of: str, statement: Any) -> dict[str, tuple[str, ...]]:
    """The values of each dimension that are not empty, sorted; those of lists one by one."""
    rows = session.connection().execute(statement).all()
    named = [each.name for each in CHOSEN if each.of == of]
    return {name: tuple(sorted(_values(row[at] for row in rows))) for at, name in enumerate(named)}


def _values(found: Iterable[str | list[str]]) -> set[str]:
    return {value for each in found for value in (each if isinstance(each, list) else [each])} - {""}


def _days(session: Session, workspace: Workspace) -> tuple[date | None, date | None]:
    """The first and last day with answers; days in the future, of a wrong clock, are none if there are others."""
    mine = col(Daily.workspace_id) == workspace.id
    span = select(func.min(Daily.day), func.max(Daily.day)).where(mine)
    first, last = session.exec(span.where(col(Daily.day) <= last_possible_day(workspace))).one()
    return (first, last) if first else session.exec(span).one()


def read_workspaces(session: Session) -> dict[str, str]:
    """Names of all workspaces by slug, in the order they were made."""
    return dict(session.exec(select(Workspace.slug, Workspace.name).order_by(col(Workspace.id))).all())


def _read_frame(session: Session, workspace: Workspace, filters: Selection) -> pd.DataFrame:
    """Sums joined with what describes their prompts and brands; the joins are pandas', on ids, for speed."""
    sums = [getattr(Daily, name) for name in (*KEYS, *SUMS) if name != "workspace_id"]
    chosen = sa.select(*sums).join(Prompt, col(Prompt.id) == col(Daily.prompt_id))
    daily = read_table(session, chosen.where(*selected(Daily, workspace, filters)))
    described: list[Any] = [col(Prompt.id).label("prompt_id"), col(Prompt.text).label("prompt")]
    described += [getattr(Prompt, name) for name in PROMPT_COLUMNS]
    prompts = read_table(session, sa.select(*described).where(col(Prompt.workspace_id) == workspace.id))
    named: list[Any] = [col(Brand.id).label("brand_id"), col(Brand.name).label("brand")]
    brands = read_table(session, sa.select(*named).where(col(Brand.workspace_id) == workspace.id))
    frame = daily.merge(prompts, on="prompt_id").merge(brands, on="brand_id").drop(columns="brand_id")
    return frame.astype({"day": "datetime64[s]", "sandbox": "bool", "branded": "bool"})


def read_table(session: Session, statement: Any) -> pd.DataFrame:
    """The rows of a statement under its column names, also where there are none."""
    result = session.connection().execute(statement)
    rows = [tuple(row) for row in result.all()]
    return pd.DataFrame(rows, columns=list(result.keys()), dtype=None if rows else "object")


def _brands(session: Session, workspace: Workspace, frame: pd.DataFrame) -> tuple[TrackedBrand, ...]:
    mine = select(Brand).where(Brand.workspace_id == workspace.id)
    rows = session.exec(mine.order_by(col(Brand.own).desc(), col(Brand.position), col(Brand.id))).all()
    seen = set(frame["brand"].unique())
    brands = [TrackedBrand(row.name, row.own, row.archived_at is not None) for row in rows]
    shown = [brand for brand in brands if not brand.archived or brand.name in seen]
    return tuple(sorted(shown, key=lambda brand: brand.archived))


def _rules(session: Session, workspace: Workspace, filters: Selection) -> tuple[str, ...]:
    statement = (
        select(Answer.rules)
        .join(Prompt, col(Prompt.id) == col(Answer.prompt_id))
        .where(*selected(Answer, workspace, filters))
        .distinct()
    )
    return tuple(sorted(version for version in session.exec(statement) if version is not None))
