"""What a table is: its columns, each with type, unit and meaning, and its rows, read in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any, Literal

import orjson
from ruamel.yaml import YAML
from sqlmodel import Session

from geo_tracker.metrics.records import Selection

Type = Literal["string", "integer", "number", "boolean", "date", "datetime", "array", "any"]
"""As frictionless names them; an `array` is of texts, `any` is JSON of another shape."""
BATCH = 5_000
"""Rows in memory at once: 5,000 answers of 3,000 characters are 15 MB, and their columns as much again."""
Batch = Sequence[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column; its name means the same in every table."""

    name: str
    type: Type
    meaning: str
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table of one workspace."""

    name: str
    """Of its file; lower case letters and underscores."""
    meaning: str
    columns: tuple[Column, ...]
    read: Callable[[Session, Selection], Iterable[Sequence[Any]]]
    """Its rows, read while they are written."""
    key: tuple[str, ...] = ()

    def batches(self, session: Session, selection: Selection) -> Iterator[Batch]:
        """The rows with their values as the columns' types are, at most `BATCH` at once."""
        rows = iter(self.read(session, selection))
        shapes = [SHAPES[column.type] for column in self.columns]
        while batch := list(islice(rows, BATCH)):
            yield [
                tuple(
                    None if value is None else shape(value) for shape, value in zip(shapes, row, strict=True)
                )
                for row in batch
            ]


def _text(value: Any) -> str | None:
    """Text; what is not said is empty in every format, whether the database has no text or an empty one."""
    return str(value) or None


def _list(value: Any) -> list[str]:
    return [str(each) for each in value]


def _date(value: date | str) -> date:
    """A day; groups have it as text."""
    if isinstance(value, str):
        return date.fromisoformat(value)
    return value.date() if isinstance(value, datetime) else value


def _time(value: datetime) -> datetime:
    return value.astimezone(UTC)


def _as_it_is(value: Any) -> Any:
    return value


SHAPES: Mapping[Type, Callable[[Any], Any]] = {
    "string": _text,
    "integer": int,
    "number": float,
    "boolean": bool,
    "date": _date,
    "datetime": _time,
    "array": _list,
    "any": _as_it_is,
}


def as_json(value: Any) -> str:
    """A value as JSON text, for formats that have no lists."""
    return orjson.dumps(value, default=str).decode()


@cache
def _known() -> Mapping[str, Mapping[str, str]]:
    text = (files(__package__) / "columns.yaml").read_text("utf-8")
    known: Mapping[str, Mapping[str, str]] = YAML(typ="safe", pure=True).load(text)
    return known


def columns(*names: str) -> tuple[Column, ...]:
    """Columns by name; raises `KeyError` for one that has no entry in `columns.yaml`."""
    return tuple(_column(name, **_known()[name]) for name in names)


def _column(name: str, type: Any = "string", meaning: str = "", unit: str | None = None) -> Column:
    return Column(name, type, meaning, unit)
