"""What the answers of a workspace can be narrowed to, and which workspaces there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from geo_tracker.captures.modes import UNASKED
from geo_tracker.metrics.dimensions import CHOSEN, UNKNOWN_MODE
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import DailyCell, Prompt, Stratum, Workspace
from geo_tracker.workspaces.days import last_possible_day


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
    mine = sa.and_(col(Stratum.workspace_id) == workspace.id, col(Stratum.planned) > 0)
    cells = sa.select(*(_chosen(each.column) for each in CHOSEN if each.of == "answer"))
    asked = sa.select(*(getattr(Prompt, each.column) for each in CHOSEN if each.of == "prompt"))
    with_answers = select(Stratum.prompt_id).where(mine)
    found = _distinct(session, "answer", cells.where(mine).distinct())
    found |= _distinct(session, "prompt", asked.where(col(Prompt.id).in_(with_answers)))
    first, last = _days(session, workspace)
    counted = select(Stratum.surface).where(mine).group_by(col(Stratum.surface))
    surfaces = session.exec(counted.order_by(func.sum(Stratum.answers).desc(), col(Stratum.surface))).all()
    return Choices({**found, "surface": tuple(surfaces)}, first, last)


def _chosen(column: str) -> Any:
    """A column as it is chosen from: what told no mode has the mode unknown, what was not asked yet has none."""
    if column != "mode":
        return getattr(Stratum, column)
    mode = col(Stratum.mode)
    return sa.case((mode == "", UNKNOWN_MODE), (mode == UNASKED, ""), else_=mode).label("mode")


def _distinct(session: Session, of: str, statement: Any) -> dict[str, tuple[str, ...]]:
    """The values of each dimension that are not empty, sorted; those of lists one by one."""
    rows = session.connection().execute(statement).all()
    named = [each.name for each in CHOSEN if each.of == of]
    return {name: tuple(sorted(_values(row[at] for row in rows))) for at, name in enumerate(named)}


def _values(found: Iterable[str | list[str]]) -> set[str]:
    return {value for each in found for value in (each if isinstance(each, list) else [each])} - {""}


def _days(session: Session, workspace: Workspace) -> tuple[date | None, date | None]:
    """The first and last day with answers; days in the future, of a wrong clock, are none if there are others."""
    possible = col(DailyCell.day) <= last_possible_day(workspace)
    first, last = (_day(session, workspace, found, possible) for found in (func.min, func.max))
    return (
        (first, last) if first else (_day(session, workspace, func.min), _day(session, workspace, func.max))
    )


def _day(session: Session, workspace: Workspace, found: Any, *where: Any) -> date | None:
    """The first or the last day; asked for alone, it is read off the end of the key."""
    days = select(found(DailyCell.day)).where(DailyCell.workspace_id == workspace.id, *where)
    return cast("date | None", session.exec(days).one())


def read_workspaces(session: Session) -> dict[str, str]:
    """Names of all workspaces by slug, in the order they were made."""
    return dict(session.exec(select(Workspace.slug, Workspace.name).order_by(col(Workspace.id))).all())
