"""Kinds of columns: times in UTC, JSON, keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING
SORTED = {"sqlite_with_rowid": False}
"""Rows lie in the order of their key: the days of a workspace or the scores of an answer are read in one go, and the
key is not kept a second time beside the rows."""


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware datetime, stored in UTC; SQLite keeps no offset, so it is put back on reading."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time needs a timezone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def json_column(default: type) -> Any:
    return Field(default_factory=default, sa_column=Column(JSON, nullable=False))


def time_column(*, index: bool = False) -> Any:
    return Field(default=None, sa_column=Column(UtcDateTime, nullable=True, index=index))


def primary_key() -> Any:
    return Field(default=None, primary_key=True)


def reference(target: str, *, index: bool = False) -> Any:
    return Field(foreign_key=target, index=index, ondelete="CASCADE")
