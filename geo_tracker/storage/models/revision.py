"""How often the data was changed: what was read at one number holds as long as it stands."""

from __future__ import annotations

from sqlmodel import Field, SQLModel

ONLY = 1
"""The id of its one row."""


class Revision(SQLModel, table=True):
    """Transactions that changed something; every `storage.database.writing` counts itself."""

    id: int = Field(default=ONLY, primary_key=True)
    number: int = 0
