"""Daily sums: what dashboards, reports and commands add up."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from geo_tracker.storage.models.columns import primary_key, reference


class Daily(SQLModel, table=True):
    """Sums over one day x prompt x engine x surface x brand: the only table a dashboard aggregates."""

    day: date = Field(primary_key=True)
    prompt_id: int = Field(foreign_key="prompt.id", primary_key=True, ondelete="CASCADE")
    engine: str = Field(primary_key=True)
    surface: str = Field(primary_key=True)
    brand_id: int = Field(foreign_key="brand.id", primary_key=True, ondelete="CASCADE")
    workspace_id: int = reference("workspace.id", index=True)
    sandbox: bool = False
    planned: int = 0
    """All answers planned, whatever became of them."""
    answers: int = 0
    """Valid (captured) answers: the denominator."""
    failed: int = 0
    refused: int = 0
    empty: int = 0
    mentioned: int = 0
    """Answers that mention the brand."""
    mentions: int = 0
    mentions_all: int = 0
    """Mentions of all tracked brands in the same answers."""
    mentioned_all: int = 0
    """Sum over all tracked brands of answers that mention them."""
    prominence: float = 0.0
    prominence_all: float = 0.0
    word_share: float = 0.0
    rank_sum: int = 0
    """Over the answers that mention the brand."""
    top1: int = 0
    top3: int = 0
    recommended: int = 0
    """Answers that advise choosing the brand."""
    absent: int = 0
    """Answers that say they know nothing of the brand."""
    positive: int = 0
    negative: int = 0
    neutral: int = 0
    mixed: int = 0
    opinions: int = 0
    """positive + negative + neutral + mixed."""
    balance: int = 0
    """positive - negative."""
    cited: int = 0
    """Answers that cite a domain the brand owns."""
    citations_owned: int = 0
    citations_all: int = 0
    answers_with_citations: int = 0
    weight_owned: float = 0.0
    weight_all: float = 0.0
    """Sums of citation weights: one for each answer whose engine says what rests on which source."""
    answers_weighted: int = 0
    retrieved: int = 0
    """Answers for which a source that is the brand's or names it was found."""
    sourced: int = 0
    """Answers that cite such a source."""
    shelf_answers: int = 0
    """Valid answers of a surface that can show a shelf: all but an API, which says nothing about the app."""
    triggered: int = 0
    """Of those, answers with at least one offer."""
    answers_with_offers: int = 0
    offers: int = 0
    offers_all: int = 0
    offers_official: int = 0
    offers_first: int = 0
    """Answers whose first offer is the brand's."""
    shown: int = 0
    """Answers with an offer of the brand."""
    clickable: int = 0
    buyable: int = 0
    offers_priced: int = 0
    price_spread: float = 0.0


class DailyShelf(SQLModel, table=True):
    """Offers of one day x prompt x engine x surface, by where they stand and who sells: what the shelf page reads."""

    __tablename__ = "daily_shelf"
    __table_args__ = (Index("ix_daily_shelf_day", "workspace_id", "day"),)
    id: int = primary_key()
    workspace_id: int = reference("workspace.id")
    day: date
    prompt_id: int = reference("prompt.id", index=True)
    engine: str
    surface: str
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
