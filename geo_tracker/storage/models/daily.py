"""Daily sums: what dashboards, reports and commands add up."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import create_model
from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from geo_tracker.metrics.sums import Table, sums_of
from geo_tracker.storage.models.columns import SORTED, primary_key, reference


class _Cell(SQLModel):
    """One day x prompt x engine x surface x mode; the key begins with what every read selects by."""

    workspace_id: int = Field(foreign_key="workspace.id", primary_key=True, ondelete="CASCADE")
    day: date = Field(primary_key=True)
    prompt_id: int = Field(foreign_key="prompt.id", primary_key=True, ondelete="CASCADE")
    engine: str = Field(primary_key=True)
    surface: str = Field(primary_key=True)
    mode: str = Field(default="", primary_key=True)
    if TYPE_CHECKING:  # the sums are columns, too

        def __getattr__(self, name: str) -> Any: ...


class _Shared(_Cell):
    __tablename__ = "daily_cell"
    __table_args__ = SORTED
    version: int
    """Of the roll-up that made the row: a sum that is newer than it was not computed."""
    sandbox: bool = False
    rules: str = ""
    """Versions of the extraction rules behind its answers, in order, with a space between."""
    models: str = ""
    """Models that its valid answers name as theirs, in order, a line each."""


class _Brand(_Cell):
    __tablename__ = "daily_brand"
    __table_args__ = SORTED
    brand_id: int = Field(foreign_key="brand.id", primary_key=True, ondelete="CASCADE")


def _with_sums(name: str, base: type[_Cell], table: Table) -> Any:
    """The table of `base` with a column for each of its sums; None where it was not computed."""
    columns: dict[str, Any] = {
        each.name: (float | None if each.real else int | None, None) for each in sums_of(table)
    }
    settings = {"table": True}
    return create_model(name, __base__=base, __module__=__name__, __cls_kwargs__=settings, **columns)


class _Weekly(_Brand):
    __tablename__ = "weekly_brand"
    __table_args__ = SORTED


class _Monthly(_Brand):
    __tablename__ = "monthly_brand"
    __table_args__ = SORTED


if TYPE_CHECKING:
    DailyCell = _Shared
    DailyBrand = _Brand
    WeeklyBrand = _Weekly
    MonthlyBrand = _Monthly
else:
    DailyCell = _with_sums("DailyCell", _Shared, "cell")
    """What all brands of a cell share: the sums of table `cell` of `geo_tracker.metrics.sums`."""
    DailyBrand = _with_sums("DailyBrand", _Brand, "brand")
    """What one brand has of its own in a cell: the sums of table `brand`; no row where all are 0."""
    WeeklyBrand = _with_sums("WeeklyBrand", _Weekly, "brand")
    """What the rows of `DailyBrand` of a week add up to; `day` is its Monday."""
    MonthlyBrand = _with_sums("MonthlyBrand", _Monthly, "brand")
    """As `WeeklyBrand`, of a month; `day` is its first."""

BY_TIME: dict[str, Any] = {"day": DailyBrand, "week": WeeklyBrand, "month": MonthlyBrand}
"""The sums of brands by each of `TIMES`."""


class SummedTime(SQLModel, table=True):
    """A week or month whose own sums are those of its days; without a row they may be older, and days are read."""

    __tablename__ = "summed_time"
    workspace_id: int = Field(foreign_key="workspace.id", primary_key=True, ondelete="CASCADE")
    time: str = Field(primary_key=True)
    """`week` or `month`."""
    day: date = Field(primary_key=True)
    """Its first."""


class Stratum(SQLModel, table=True):
    """A prompt on an engine, surface and mode over all days: what the filters of a workspace can be set to."""

    workspace_id: int = Field(foreign_key="workspace.id", primary_key=True, ondelete="CASCADE")
    prompt_id: int = Field(foreign_key="prompt.id", primary_key=True, ondelete="CASCADE")
    engine: str = Field(primary_key=True)
    surface: str = Field(primary_key=True)
    mode: str = Field(default="", primary_key=True)
    planned: int = 0
    answers: int = 0
    """Sums of those of `daily_cell`."""


class DailyShelf(SQLModel, table=True):
    """Offers of one day x prompt x engine x surface x mode, by place and seller: what the shelf page reads."""

    __tablename__ = "daily_shelf"
    __table_args__ = (Index("ix_daily_shelf_day", "workspace_id", "day"),)
    id: int = primary_key()
    workspace_id: int = reference("workspace.id")
    day: date
    prompt_id: int = reference("prompt.id", index=True)
    engine: str
    surface: str
    mode: str = ""
    brand_id: int | None = Field(default=None, foreign_key="brand.id", index=True, ondelete="CASCADE")
    """None where the offer is of no tracked brand."""
    placement: str
    platform: str = ""
    """Empty where it is none that is known. A link that leads on to another platform counts for both."""
    merchant: str = ""
    checkout: int = 0
    offers: float = 0.0
    """Each offer counts 1, shared by its platforms."""
    official: float = 0.0
    dead: float = 0.0
    unavailable: float = 0.0
