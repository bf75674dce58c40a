"""Product links and cards."""

from __future__ import annotations

from typing import Any

from sqlmodel import Field, SQLModel

from geo_tracker.storage.models.columns import json_column, primary_key, reference


class Offer(SQLModel, table=True):
    """A product link or card in an answer, or on a page that answers cite, as a workspace sees it; docs/commerce.md."""

    id: int = primary_key()
    workspace_id: int = reference("workspace.id", index=True)
    answer_id: int | None = Field(default=None, foreign_key="answer.id", index=True, ondelete="CASCADE")
    page_id: int | None = Field(default=None, foreign_key="page.id", index=True, ondelete="CASCADE")
    """One of the two: where it stands."""
    position: int
    placement: str
    checkout: int = 0
    """How near the buyer is to paying, 0 to 5."""
    url: str | None = None
    canonical_url: str | None = None
    platform: str | None = None
    item_id: str | None = None
    sku_id: str | None = None
    title: str | None = None
    price: float | None = None
    price_original: float | None = None
    currency: str | None = None
    price_raw: str | None = None
    merchant: str | None = None
    image: str | None = None
    rating: float | None = None
    sales_raw: str | None = None
    promo: list[str] = json_column(list)
    available: bool | None = None
    """What the page or, once crawled, the product's own page declares."""
    affiliate: dict[str, Any] = json_column(dict)
    """network, pid, campaign; empty where the address does not say."""
    span: list[int] = json_column(list)
    """Of the link in the answer's text; empty for a card."""
    source_path: str | None = None
    raw: dict[str, Any] = json_column(dict)
    brand_id: int | None = Field(default=None, foreign_key="brand.id", index=True, ondelete="SET NULL")
    product: str | None = None
    """Of the workspace's catalogue, by number or name."""
    store: str | None = None
    """official | reseller; None where the offer does not say who sells."""
    reference_price: float | None = None
    """Of the product in the workspace's catalogue, in the offer's currency."""
    target_id: int | None = Field(default=None, foreign_key="page.id", index=True)
    """The page that the link leads to, once planned; what the crawl found there stands in the columns below."""
    final_url: str | None = None
    final_platform: str | None = None
    final_item_id: str | None = None
    """Where a short or opaque link ends; None where it ends where it says."""
    dead: bool | None = None
    """The link leads nowhere; None before the crawl, and where the shop did not let it look."""
    shop_price: float | None = None
    shop_currency: str | None = None
    """What the shop's own page asks."""
