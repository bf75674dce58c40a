"""The fictional markets: brands, products, and the facts that pages state and answers repeat."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator
from ruamel.yaml import YAML

LANGUAGES = ("zh", "en")
SIGNS = {"CNY": "¥", "USD": "$"}
"""Of the markets' currencies."""
Words = Mapping[str, Any]
"""Wordings from a data file; a list holds alternatives."""


class Part(BaseModel):
    """A piece of a market's data file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Topic(Part):
    """What buyers care about: its name in a sentence and the words of a prompt that mean it."""

    label: str
    words: tuple[str, ...]


class Fact(Part):
    """A predicate that reads on after the brand's name, and the kinds of site that state it."""

    about: str
    topics: tuple[str, ...]
    kinds: tuple[str, ...]
    text: str
    good: bool = True


class Product(Part):
    """Something for sale; `prices` are changes by day of the story, after day `gone` it is dead."""

    name: str
    sku: str
    price: float
    pack: str
    topic: str
    rating: float
    reviews: int
    prices: dict[int, float] = {}
    gone: int | None = None

    def price_on(self, day: int) -> float:
        changed = [since for since in self.prices if since <= day]
        return self.prices[max(changed)] if changed else self.price

    def is_gone(self, day: int) -> bool:
        return self.gone is not None and day >= self.gone


class Brand(Part):
    """A brand: how it is written, how often it is recommended and how that grows per week."""

    key: str
    name: str
    forms: tuple[str, ...]
    host: str
    story: str
    strength: float
    growth: float
    products: tuple[Product, ...]
    facts: tuple[Fact, ...]

    def product_for(self, topic: str) -> Product:
        """The product made for a topic, else the main one."""
        return next((each for each in self.products if each.topic == topic), self.products[0])

    def weight_on(self, day: int) -> float:
        weeks = min(max(day / 7, 0.0), 8.0)
        return self.strength * math.pow(self.growth, weeks)


class Knowledge(Part):
    """A general truth about the category."""

    topics: tuple[str, ...]
    text: str


class Market(Part):
    """One category in one language."""

    language: str
    currency: str
    category: str
    topics: dict[str, Topic]
    brands: dict[str, Brand]
    knowledge: tuple[Knowledge, ...]

    @model_validator(mode="before")
    @classmethod
    def _keys(cls, data: Any) -> Any:
        brands = {key: {"key": key, **brand} for key, brand in data["brands"].items()}
        return {**data, "brands": brands}

    @property
    def gap(self) -> str:
        """What stands between two sentences."""
        return "" if self.language == "zh" else " "


def read_data(*path: str) -> Any:
    """The content of a packaged YAML file."""
    return YAML(typ="safe", pure=False).load(files(__package__).joinpath("data", *path).read_text("utf-8"))


@cache
def market(language: str) -> Market:
    return Market.model_validate(read_data(language, "market.yaml"))


@cache
def words(language: str, name: str) -> Words:
    """The wordings for `pages` or `answers`."""
    found: Words = read_data(language, f"{name}.yaml")
    return found
