"""What the extractor found in an answer."""

from __future__ import annotations

from typing import Any

from sqlmodel import Field, SQLModel

from geo_tracker.storage.models.columns import SORTED, json_column, primary_key, reference


class Mention(SQLModel, table=True):
    """A span of an answer that names a brand."""

    id: int = primary_key()
    answer_id: int = reference("answer.id", index=True)
    brand_id: int = reference("brand.id")
    start: int
    end: int
    text: str
    where: str = "prose"
    confidence: float = 1.0
    reason: str = "name"
    unsure: bool = False
    """Shown, not counted: the confidence that the brand is meant is below the threshold."""


class Discovery(SQLModel, table=True):
    """A name in an answer that looks like a brand's and is not tracked."""

    __table_args__ = SORTED
    answer_id: int = Field(foreign_key="answer.id", primary_key=True, ondelete="CASCADE")
    name: str = Field(primary_key=True)
    start: int
    end: int
    """Of its first occurrence."""
    mentions: int
    reason: str


class Score(SQLModel, table=True):
    """One answer's scores of one brand; a brand that is neither named nor cited has no row."""

    __table_args__ = SORTED
    answer_id: int = Field(foreign_key="answer.id", primary_key=True, ondelete="CASCADE")
    brand_id: int = Field(foreign_key="brand.id", primary_key=True, ondelete="CASCADE")
    mentions: int = 0
    rank: int | None = None
    first_position: float | None = None
    word_share: float | None = None
    prominence: float | None = None
    polarity: str | None = None
    """positive | negative | neutral | mixed; None where the answer expresses no opinion."""
    evidence_start: int | None = None
    evidence_end: int | None = None
    """Span of the clause that the polarity rests on most."""
    recommended: bool | None = None
    """Advised to choose, advised against, or neither."""
    absent: bool = False
    """The answer says that it knows nothing of the brand: counts as not mentioned."""
    attributes: list[list[Any]] = json_column(list)
    """What the answer says of it, each of it as [attribute, polarity, start, end]."""
    citations_owned: int = 0
    """Cited sources on a domain that the brand owns."""
    weight_owned: float = 0.0
    """Sum of their weights."""
    pages_naming: int = 0
    """Cited sources whose crawled page names the brand."""
    retrieved: bool = False
    """A source that the engine found, opened or cited is owned by the brand or names it."""
    offers: int = 0
    """Offers of the brand in the answer and on the pages it cites."""
    offers_official: int = 0
    offer_first: bool = False
    """The answer's first offer is the brand's."""
    clickable: bool = False
    """One of its offers has a link."""
    buyable: bool = False
    """One of its offers leads to the product's page or nearer, and is not known to be dead or sold out."""
    offers_priced: int = 0
    """Offers with a price and a reference price in the same currency."""
    price_spread: float = 0.0
    """Sum over them of (shown - reference) / reference."""
