"""A page of the fictional web: what it says and how it is served, before it becomes HTML."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple
from urllib.parse import quote

from geo_tracker.sandbox.world import Product

DateMarkup = Literal["jsonld", "meta", "time", "text", "none"]
Layout = Literal["article", "thread", "product", "wall", "script", "captcha", "text", "pdf"]


class Statement(NamedTuple):
    """A fact of a brand, by its number, that a page states."""

    brand: str
    fact: int


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its paragraphs, or one post of a thread."""

    heading: str
    paragraphs: tuple[str, ...]
    person: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A product in a shop; `link` is the shop's short link to it, `tracked` the one that tells who earns on it."""

    product: Product
    brand: str
    store: str
    factor: float
    currency: str
    url: str
    link: str
    tracked: str
    markup: Literal["jsonld", "microdata"]
    """How the shop's page says what it sells."""

    def price_on(self, day: int) -> float:
        return round(self.product.price_on(day) * self.factor)


class Good(NamedTuple):
    """A product that a page recommends, and the address of its link."""

    listing: Listing
    link: str


@dataclass(frozen=True, slots=True)
class Service:
    """How a page is served."""

    status: int = 200
    delay: float = 0.0
    """Seconds before the first byte."""
    drop: bool = False
    """The connection is closed instead of an answer."""
    encoding: str = "utf-8"
    layout: Layout = "article"
    dated: DateMarkup = "none"
    canonical: str = ""


@dataclass(frozen=True, slots=True)
class WebPage:
    """One page; `published` counts days from the first day of the story."""

    language: str
    host: str
    path: str
    site: str
    kind: str
    title: str
    sections: tuple[Section, ...]
    published: int | None = None
    author: str = ""
    statements: frozenset[Statement] = frozenset()
    knowledge: frozenset[int] = frozenset()
    listing: Listing | None = None
    goods: tuple[Good, ...] = ()
    """What the page links to, for a share of what is bought."""
    service: Service = field(default_factory=Service)
    later: WebPage | None = None
    """What the page says from the day `revised` on."""
    revised: int = 0

    def on(self, day: int) -> WebPage:
        """The page as it reads on a day."""
        return self.later if self.later and day >= self.revised else self

    @property
    def url(self) -> str:
        return f"http://{self.host}{quote(self.path, safe='/?=&.~-_')}"

    @property
    def text(self) -> str:
        paragraphs = (part for each in self.sections for part in (each.heading, *each.paragraphs))
        return "\n".join((self.title, *filter(None, paragraphs)))

    @property
    def snippet(self) -> str:
        return next((part for each in self.sections for part in each.paragraphs), self.title)[:160]

    def exists_on(self, day: int) -> bool:
        return self.published is None or self.published <= day
