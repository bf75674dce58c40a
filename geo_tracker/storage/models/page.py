"""Reference pages: once over all workspaces, and as each workspace reads them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Index
from sqlmodel import Field, SQLModel

from geo_tracker.storage.models.columns import SORTED, json_column, primary_key, time_column


class PageStatus(StrEnum):
    """Where a page stands; `blocked` means robots.txt or an address that must not be crawled."""

    PLANNED = "planned"
    FETCHED = "fetched"
    MOVED = "moved"
    """A jump, short or twin address: what it leads to is the row `target_id`."""
    FAILED = "failed"
    BLOCKED = "blocked"


class Page(SQLModel, table=True):
    """A reference page or a product's page, once over all engines and workspaces, under its canonical URL."""

    __table_args__ = (Index("ix_page_open", "status", "claimed_until"),)
    id: int = primary_key()
    url: str = Field(unique=True)
    domain: str = Field(index=True)
    sandbox: bool = False
    status: PageStatus = Field(default=PageStatus.PLANNED, sa_column=Column(sa.String(16), nullable=False))
    claimed_by: str | None = None
    claimed_until: datetime | None = time_column()
    fetched_at: datetime | None = time_column()
    """When what stands here was read, or since when it cannot be had."""
    checked_at: datetime | None = time_column()
    """When the page was last asked for; later than `fetched_at` where nothing had changed or the site was down."""
    final_url: str | None = None
    target_id: int | None = Field(default=None, foreign_key="page.id", index=True)
    """Of an address that has moved: the row of the page that it leads to."""
    hops: list[dict[str, Any]] = json_column(list)
    """Addresses passed on the way, the first included: {url, status}; the status is an HTTP code, `page` for a refresh
    or script, `link` where the address carries its target, `canonical` where the page names another as itself."""
    http_status: int | None = None
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    sha256: str | None = None
    version: int = 0
    """How many different contents have been seen; they stand in `page_version`."""
    rendered: bool = False
    """Read with a browser."""
    wall: str | None = None
    """login | captcha | javascript | gone: what the page shows instead of its content."""
    title: str | None = None
    site: str | None = None
    author: str | None = None
    published: str | None = None
    language: str | None = None
    types: list[str] = json_column(list)
    """schema.org and OpenGraph types that it declares."""
    text: str | None = None
    error: str | None = None
    removed_at: datetime | None = time_column()
    """When its text and body were removed, as nobody keeps them longer; what was read from them stays."""


class PageVersion(SQLModel, table=True):
    """One content that a page has had; the body is in the archive."""

    __tablename__ = "page_version"
    page_id: int = Field(foreign_key="page.id", primary_key=True, ondelete="CASCADE")
    version: int = Field(primary_key=True)
    """From 1."""
    sha256: str
    fetched_at: datetime | None = time_column()
    final_url: str | None = None
    title: str | None = None
    published: str | None = None
    removed_at: datetime | None = time_column()
    """When its body was removed from the archive."""


class PageReading(SQLModel, table=True):
    """A page as a workspace sees it; no row until it was scored, and again after its content or the brands change."""

    __tablename__ = "page_reading"
    __table_args__ = SORTED
    workspace_id: int = Field(foreign_key="workspace.id", primary_key=True, ondelete="CASCADE")
    page_id: int = Field(foreign_key="page.id", primary_key=True, ondelete="CASCADE")
    sha256: str | None = None
    """Content that was read."""
    rules: str
    type: str | None = None
    """Of the source, see docs/commerce.md; None where nothing tells."""
    reason: str | None = None
    """What told the type."""
    campaign: int | None = None
    """Pages of one number nearly repeat each other and came up together: possible poisoning; 0 is none, None is
    not compared yet."""


class PageMention(SQLModel, table=True):
    """How often a reference page names a brand."""

    __tablename__ = "page_mention"
    __table_args__ = SORTED
    page_id: int = Field(foreign_key="page.id", primary_key=True, ondelete="CASCADE")
    brand_id: int = Field(foreign_key="brand.id", primary_key=True, ondelete="CASCADE")
    mentions: int
    polarity: str | None = None
    """positive | negative | neutral | mixed; None where the page expresses no opinion."""
