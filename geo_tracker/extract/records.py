"""What extraction takes and gives: plain frozen records, offsets in Unicode code points of the given text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

BlockKind = Literal["paragraph", "heading", "list_item", "table_row", "quote", "code", "image"]
Where = Literal["prose", "heading", "list_item", "table_cell", "quote", "link_label", "image_alt"]


@dataclass(frozen=True, slots=True)
class AliasSpec:
    """One written form of a brand or product."""

    text: str
    requires: tuple[str, ...] = ()
    """Counts only if one of these words stands in the same answer."""
    excludes: tuple[str, ...] = ()
    """Does not count where one of these words stands next to it."""
    case_sensitive: bool = False
    product: bool = False
    """Names a product of the brand, not the brand itself; counts as a mention all the same."""
    includes: tuple[str, ...] = ()
    """Counts, whatever the rest of the context says, where one of these words stands next to it."""
    prior: float = 0.0
    """-1..1: how far the workspace's answers use it as the brand; 0 where nothing was learnt (`brands/priors.py`)."""


@dataclass(frozen=True, slots=True)
class BrandSpec:
    """A tracked brand: its name is always its first alias."""

    name: str
    aliases: tuple[AliasSpec, ...] = ()
    """Without the name itself; products included, with `product=True`."""
    domains: tuple[str, ...] = ()
    own: bool = False


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, heading, list item or table row; `words` counts as METRICS.md defines a word."""

    start: int
    end: int
    words: int
    kind: BlockKind = "paragraph"
    ordinal: int | None = None
    """Of a numbered list item or ranked table row."""
    indent: int = 0
    """Columns before its first mark."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text as the extractor reads it."""

    text: str
    clean: str
    """`text` with every masked character replaced by NUL: same length, same offsets."""
    sentences: tuple[Sentence, ...]
    words: int
    labels: tuple[tuple[int, int, Where], ...] = ()
    """Link labels and image descriptions that are content, in order: start, end, where."""


@dataclass(frozen=True, slots=True)
class Mention:
    """One span that names a brand or one of its products."""

    brand: str
    start: int
    end: int
    text: str
    alias: str
    where: Where = "prose"
    sentence: int = 0
    """Index into the document's sentences."""
    confidence: float = 1.0
    """0..1 that the span names the brand; below 0.5 it is unsure and does not count."""
    reason: str = "name"
    """The strongest evidence for or against."""
    column: int | None = None
    """Of a table cell, from 0."""


@dataclass(frozen=True, slots=True)
class DomainMention:
    """A domain of a brand written out in the text; counted apart from mentions."""

    brand: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a matcher finds in a text."""

    mentions: tuple[Mention, ...]
    unsure: tuple[Mention, ...] = ()
    """May name the brand; not counted."""
    absent: frozenset[str] = frozenset()
    """Brands of which the text says that it knows nothing; they have no mentions."""
    domains: tuple[DomainMention, ...] = ()


Polarity = Literal["positive", "negative", "neutral", "mixed"]


@dataclass(frozen=True, slots=True)
class AttributeNote:
    """What the text says of a brand under one attribute."""

    attribute: str
    polarity: Polarity
    start: int
    end: int
    """Of the word that names the attribute."""


@dataclass(frozen=True, slots=True)
class Discovered:
    """A name that looks like a brand's and is not tracked."""

    name: str
    start: int
    end: int
    """Of its first occurrence."""
    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class BrandScore:
    """One answer's scores of one brand; definitions in docs/metrics.md."""

    brand: str
    mentions: tuple[Mention, ...]
    rank: int | None
    first_position: float | None
    word_share: float | None
    prominence: float | None
    polarity: Polarity | None = None
    """What the text says of the brand; None where it expresses no opinion."""
    evidence: tuple[int, int] | None = None
    """Span of the clause that the polarity rests on most."""
    clear: bool = False
    """Whether the polarity rests on enough to be counted."""
    recommended: bool | None = None
    """True: the text advises choosing it; False: it advises against it; None: neither."""
    attributes: tuple[AttributeNote, ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """One text, read and scored. Brands without a mention are absent from `brands`."""

    words: int
    sentences: int
    brands: tuple[BrandScore, ...] = field(default=())
    unsure: tuple[Mention, ...] = ()
    """Spans that may name a brand; not counted."""
    absent: tuple[str, ...] = ()
    """Brands of which the text says that it knows nothing; not in `brands`."""
    domains: tuple[DomainMention, ...] = ()
    discovered: tuple[Discovered, ...] = ()
    """Names of brands that are not tracked."""


Wall = Literal["login", "captcha", "javascript", "gone"]
"""What a page shows instead of its content; `javascript` could be read with a browser."""


@dataclass(frozen=True, slots=True)
class PageContent:
    """What a fetched page says of itself; None where it does not say."""

    title: str | None
    site: str | None
    published: str | None
    """ISO 8601 date."""
    language: str | None
    text: str
    author: str | None = None
    canonical: str | None = None
    """The address the page gives as its own, absolute; another site's address is not believed."""
    types: tuple[str, ...] = ()
    """schema.org types it declares and its OpenGraph type, e.g. `Product`, `NewsArticle`, `og:article`."""
    wall: Wall | None = None
    """Then `text` is empty: a wall is never content."""


@dataclass(frozen=True, slots=True)
class Affiliate:
    """Who earns on the click; None where the address does not say."""

    network: str
    pid: str | None = None
    campaign: str | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A product link or card, normalised; the definitions stand in docs/commerce.md."""

    placement: Literal["inline_link", "card", "reference_page"]
    order: int
    """Place among the offers of its answer or page, from 1."""
    checkout: int
    """How near the buyer is to paying: 0 none, 1 a list or an opaque link, 2 the product's page, 3 a card with
    price and merchant, 4 a jump into the merchant's app or a filled cart, 5 paying in the chat."""
    url: str | None = None
    canonical_url: str | None = None
    platform: str | None = None
    item_id: str | None = None
    sku_id: str | None = None
    title: str | None = None
    price: float | None = None
    price_original: float | None = None
    currency: str | None = None
    """ISO 4217."""
    price_raw: str | None = None
    merchant: str | None = None
    image: str | None = None
    rating: float | None = None
    sales_raw: str | None = None
    promo: tuple[str, ...] = ()
    available: bool | None = None
    affiliate: Affiliate | None = None
    brand: str | None = None
    span: tuple[int, int] | None = None
    """Of the link in the answer's text."""
    source_path: str | None = None
    """Where it was found, e.g. `text`, `offers[2]`, `json-ld`, `link`."""
    raw: Mapping[str, Any] = field(default_factory=dict)
