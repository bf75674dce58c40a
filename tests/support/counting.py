"""What a piece of code asks of a database: sessions, statements, and the rows that came back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa


@dataclass(slots=True)
class Asked:
    """Of one stretch of code."""

    sessions: int = 0
    statements: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often each was sent with the same values."""
    rows: int = 0

    @property
    def twice(self) -> list[str]:
        """Statements that were sent more than once with the same values."""
        return [text for (text, _), count in self.statements.items() if count > 1]


@contextmanager
def counting(database: str) -> Iterator[Asked]:
    """Count what is asked inside of the SQLite database at an address."""
    asked = Asked()

    def is_it(connection: sa.Connection) -> bool:
        return connection.engine.url == sa.make_url(database)

    def begin(connection: sa.Connection) -> None:
        if not is_it(connection):
            return
        asked.sessions += 1
        raw: Any = connection.connection.dbapi_connection
        raw.row_factory = count_row

    def execute(connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if is_it(connection) and statement != "BEGIN":
            asked.statements[statement, repr(values)] += 1

    def count_row(cursor: Any, row: Any) -> Any:
        asked.rows += 1
        return row

    def reset(raw: Any, *_: Any) -> None:
        raw.row_factory = None

    listened = (("begin", begin), ("before_cursor_execute", execute))
    for name, listener in listened:
        sa.event.listen(sa.Engine, name, listener)
    sa.event.listen(sa.Pool, "checkin", reset)
    try:
        yield asked
    finally:
        for name, listener in listened:
            sa.event.remove(sa.Engine, name, listener)
        sa.event.remove(sa.Pool, "checkin", reset)
