"""The parts of a workspace file that bound it: what a month may cost, how long evidence is kept."""

from __future__ import annotations

from pydantic import Field, field_validator

from geo_tracker.engines import engine_named
from geo_tracker.errors import UsageError
from geo_tracker.workspaces.declared import Entry, is_currency


class BudgetEntry(Entry):
    """Limits per calendar month of the workspace's timezone; 0 means none."""

    calls_per_month: int = Field(default=0, ge=0)
    money_per_month: float = Field(default=0, ge=0, allow_inf_nan=False)
    currency: str = "USD"

    _currency = field_validator("currency")(is_currency)


class WorkspaceBudgetEntry(BudgetEntry):
    """Limits of the whole workspace, and of single engines within them."""

    engines: dict[str, BudgetEntry] = {}

    @field_validator("engines")
    @classmethod
    def _known_engines(cls, values: dict[str, BudgetEntry]) -> dict[str, BudgetEntry]:
        for name in values:
            try:
                engine_named(name)
            except UsageError as error:
                raise ValueError(str(error)) from None
        return values


class RetentionEntry(Entry):
    """Days that evidence is kept; 0 keeps it for ever. Numbers, answers and citations stay in any case."""

    bodies: int = Field(default=0, ge=0, le=36_500)
    """Raw bodies of answers."""
    pages: int = Field(default=0, ge=0, le=36_500)
    """Texts and bodies of cited pages that were not asked for since."""
