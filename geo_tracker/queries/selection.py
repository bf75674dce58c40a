"""A selection of answers in SQL, and what a workspace's answers can be narrowed to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlmodel import SQLModel, col

from geo_tracker.metrics.dimensions import CHOSEN, UNKNOWN_MODE, Dimension
from geo_tracker.metrics.records import Selection
from geo_tracker.storage.models import Prompt, Workspace


def selected(table: type[SQLModel], workspace: Workspace, selection: Selection) -> Iterator[Any]:
    """The selection as conditions on a table with the columns of an answer's cell, joined with `prompt`."""
    of: Any = table
    yield of.workspace_id == workspace.id
    if selection.start:
        yield of.day >= selection.start
    if selection.end:
        yield of.day <= selection.end
    if not selection.branded:
        yield col(Prompt.branded).is_(False)
    for dimension in CHOSEN:
        values = selection.values(dimension.name)
        if values:
            yield _is_one_of(of, dimension, values)


def _is_one_of(table: Any, dimension: Dimension, values: Sequence[str]) -> sa.ColumnElement[bool]:
    if dimension.name == "mode":
        values = ["" if value == UNKNOWN_MODE else value for value in values]
    column = getattr(Prompt if dimension.of == "prompt" else table, dimension.column)
    return sa.or_(*(_holds(column, value) for value in values)) if dimension.several else column.in_(values)


class _holds(sa.ColumnElement[bool]):
    """Whether a JSON list of texts holds a text."""

    type = sa.Boolean()
    inherit_cache = False

    def __init__(self, column: Any, value: str) -> None:
        self.column, self.value = sa.cast(column, sa.Text), sa.literal(value)


@compiles(_holds, "sqlite")
def _sqlite(element: _holds, compiler: Any, **more: Any) -> str:
    column, value = (compiler.process(part, **more) for part in (element.column, element.value))
    return f"EXISTS (SELECT 1 FROM json_each({column}) AS held WHERE held.value = {value})"  # noqa: S608 - bound


@compiles(_holds, "postgresql")
def _postgresql(element: _holds, compiler: Any, **more: Any) -> str:
    column, value = (compiler.process(part, **more) for part in (element.column, element.value))
    return f"jsonb_exists(CAST({column} AS jsonb), {value})"
