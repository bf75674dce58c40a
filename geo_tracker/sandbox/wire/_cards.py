"""Product cards in the spellings that vendors share."""

from __future__ import annotations

from geo_tracker.sandbox.records import Card
from geo_tracker.sandbox.wire.base import Json
from geo_tracker.sandbox.world import SIGNS


def price_of(card: Card) -> str:
    """The price as a shop prints it."""
    return f"{SIGNS[card.currency]}{card.price:.2f}"


def product(card: Card) -> Json:
    """A product with its price as text."""
    return {
        "title": card.title,
        "url": card.url,
        "price": price_of(card),
        "currency": card.currency,
        "merchant": card.merchant,
        "image": card.image,
        "rating": card.rating,
        "num_reviews": card.reviews,
    }
