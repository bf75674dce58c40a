"""Product cards of any vendor, read by the names their fields usually have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from geo_tracker.engines._json import Json, number, record, records, said, strings
from geo_tracker.engines.base import ParsedOffer

_URL = ("url", "link", "product_link", "product_url", "jump_url", "article_url")
_TITLE = ("title", "name", "product_name")
_PRICE = ("price", "current_price", "page_price", "price_text")
_MERCHANT = (
    "merchant",
    "merchant_name",
    "merchants",
    "seller",
    "source",
    "mall_name",
    "mall",
    "shop_name",
    "domain",
)
_DEPTH = 12
_IMAGE = ("image", "image_url", "thumbnail", "focus_pic_url")


def card(row: Json) -> ParsedOffer | None:
    """The row as a product card, None if it has neither a price nor an address with a title."""
    price = row.get("price")
    offer = ParsedOffer(
        "card",
        url=_first(row, _URL),
        title=_first(row, _TITLE),
        price_raw=price_text(price) or _first(row, _PRICE),
        currency=said(row.get("currency"), record(price).get("currency"), record(price).get("currencyCode")),
        merchant=_first(row, _MERCHANT),
        image=_image(row),
        rating=number(row.get("rating")) or number(record(row.get("rating")).get("value")),
        raw=row,
    )
    return offer if offer.price_raw or (offer.url and offer.title) else None


def cards(rows: Any) -> tuple[ParsedOffer, ...]:
    """The product cards of a list, in order."""
    listed = records(rows) if isinstance(rows, list) else []
    return tuple(offer for row in listed if (offer := card(row)) is not None)


def shelf(value: Any, depth: int = 0) -> tuple[ParsedOffer, ...]:
    """The product cards anywhere in blocks of unknown kinds: objects with a price beside an address or a title."""
    if depth > _DEPTH:
        return ()
    if isinstance(value, dict):
        offer = card(value)
        if offer and offer.price_raw and (offer.url or offer.title):
            return (offer,)
        value = list(value.values())
    return (
        tuple(offer for item in value for offer in shelf(item, depth + 1)) if isinstance(value, list) else ()
    )


def price_text(price: Any) -> str | None:
    """A price as shown: text, a bare number, or an object that holds either."""
    if isinstance(price, dict):
        found = said(
            *(price.get(key) for key in ("displayed_price", "displayPrice", "text", "formatted", "amount"))
        )
        values = (price.get(key) for key in ("current", "amount", "value"))
        return found or next((text for value in values if (text := price_text(value))), None)
    amount = number(price)
    if amount is None:
        return said(price)
    return str(int(amount)) if amount.is_integer() else str(amount)


def _first(row: Json, keys: Iterable[str]) -> str | None:
    return said(*(row.get(key) for key in keys))


def _image(row: Json) -> str | None:
    for key in ("image_urls", "imageUrls", "images", "product_images"):
        value = row.get(key)
        first = record(next(iter(value), None)) if isinstance(value, list) else {}
        if found := next(iter(strings(value)), None) or said(first.get("url"), first.get("image_url")):
            return found
    return _first(row, _IMAGE)
