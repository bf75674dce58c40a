"""What a workspace declares: brands, prompts, panels."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from geo_tracker.storage.models.columns import json_column, primary_key, reference, time_column


class Workspace(SQLModel, table=True):
    """One client's tracking: brands, prompts and panels."""

    id: int = primary_key()
    slug: str = Field(unique=True)
    name: str
    locale: str = "en"
    timezone: str = "UTC"
    topics: list[str] = json_column(list)
    attributes: list[str] = json_column(list)
    platforms: list[dict[str, Any]] = json_column(list)
    """Shops of the user's own, shaped as `extract/data/any/platforms.toml`; they come before the built-in ones."""
    source_types: dict[str, str] = json_column(dict)
    """The user's own word on sources: domain or domain/path -> type."""
    recrawl_days: int = 30
    """A cited page is fetched again when it is older than this; 0 never does."""
    applied: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True), nullable=True)
    )
    """The workspace file as it was last applied: what differs from it was changed elsewhere."""
    signals: dict[str, Any] = json_column(dict)
    """Who is told of signals, and when: `signals` of the workspace file."""
    budget: dict[str, Any] = json_column(dict)
    """What may be used in a month: `budget` of the workspace file; empty is no limit."""
    retention: dict[str, Any] = json_column(dict)
    """How long raw bodies and page texts are kept: `retention` of the workspace file; empty is for ever."""
    learnt: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True), nullable=True)
    )
    """When and from what the brands' `priors` were learnt: {answers, rules, at}; None: never."""
    scored_brand: int | None = None
    """The newest brand that the last scoring knew: what later ones have is not computed yet. None: all are known."""


class Brand(SQLModel, table=True):
    """A tracked brand. `aliases` and `products` hold {text, requires, excludes, case_sensitive}.

    A product may also have {sku, gtin, price, currency}: its numbers and its reference price.
    """

    __table_args__ = (UniqueConstraint("workspace_id", "name"),)
    id: int = primary_key()
    workspace_id: int = reference("workspace.id")
    name: str
    own: bool = False
    aliases: list[dict[str, Any]] = json_column(list)
    products: list[dict[str, Any]] = json_column(list)
    domains: list[str] = json_column(list)
    lessons: list[dict[str, Any]] = json_column(list)
    """Decisions on unsure mentions: {alias, word, brand}: beside that word the alias is the brand, or is not."""
    priors: list[dict[str, Any]] = json_column(list)
    """How answers use aliases that are everyday words: {alias, brand, other}, in answers."""
    declared: bool = False
    """Stands in the workspace file; False if it was added from the names that answers contain."""
    position: int = 0
    archived_at: datetime | None = time_column()


class Prompt(SQLModel, table=True):
    """A question buyers ask; the same text for another language or country is another prompt."""

    __table_args__ = (UniqueConstraint("workspace_id", "text", "language", "country", "persona"),)
    id: int = primary_key()
    workspace_id: int = reference("workspace.id")
    text: str
    language: str = ""
    country: str = ""
    topic: str = ""
    persona: str = ""
    stage: str = ""
    tags: list[str] = json_column(list)
    branded: bool = False
    """Names a tracked brand; kept true to the brands by `apply` and `import`."""
    declared: bool = False
    """Stands in the workspace file; False if it came with imported answers."""
    position: int = 0
    archived_at: datetime | None = time_column()


class Panel(SQLModel, table=True):
    """Which engines are asked all prompts, how often and for how much."""

    __table_args__ = (UniqueConstraint("workspace_id", "name"),)
    id: int = primary_key()
    workspace_id: int = reference("workspace.id")
    name: str
    engines: list[str] = json_column(list)
    apps: list[str] = json_column(list)
    """Assistants whose own apps are asked by hand."""
    repeats: int = 1
    cron: str = ""
    budget: dict[str, Any] = json_column(dict)
    paused_at: datetime | None = time_column()
    """When it was last paused: not asked on its own until it is resumed."""
    resumed_at: datetime | None = time_column()
    archived_at: datetime | None = time_column()

    @property
    def paused(self) -> bool:
        """Whether it rests on purpose."""
        return self.paused_at is not None and (self.resumed_at is None or self.resumed_at < self.paused_at)
