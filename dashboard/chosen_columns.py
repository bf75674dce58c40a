"""Tables whose columns the reader chooses: the choice stands in the address, none chosen means those that fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from dashboard import elements, tables
from dashboard.selection import View
from dashboard.tables import Cell

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """A column: its head and what a row has there."""

    head: str
    cell: Callable[[R], Cell]
    number: bool = False
    shown: bool = True
    """Whether it is there while nobody has chosen."""


def grid(
    view: View,
    key: str,
    columns: Mapping[str, Column[R]],
    rows: Sequence[R],
    own: Callable[[R], bool] = lambda row: False,
) -> None:
    """A table; `key` names the choice in the address, the first column is always there."""
    heads = {name: column.head for name, column in columns.items()}
    kept = elements.choose_columns(
        view, key, heads, [name for name, column in columns.items() if column.shown]
    )
    chosen = [columns[name] for name in kept]
    lines = [tables.Row([column.cell(row) for column in chosen], own(row)) for row in rows]
    texts = [at for at, column in enumerate(chosen) if not column.number]
    tables.grid([column.head for column in chosen], lines, texts)
