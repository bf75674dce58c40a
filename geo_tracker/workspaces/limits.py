"""The parts of a workspace file that bound it: what a month may cost, how long evidence is kept."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from geo_tracker.engines import engine_named
from geo_tracker.errors import UsageError

_CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Entry(BaseModel):
    """A section of the file; a field that is not known is an error, because a typo would be silence."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, populate_by_name=True)

    @field_validator("*")
    @classmethod
    def _without_controls(cls, value: Any) -> Any:
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and _CONTROL.search(text) for text in texts):
            raise ValueError("holds a control character: write it without")
        return value


def is_currency(value: str) -> str:
    """The value, if it is empty or a currency code; raises `ValueError` otherwise."""
    if value and not re.fullmatch("[A-Z]{3}", value):
        raise ValueError(f"{value!r} is not a currency code such as CNY")
    return value


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
