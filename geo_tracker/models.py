"""The tables: one per concept. Times are UTC and timezone-aware; text offsets are code points."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware datetime, stored in UTC; SQLite keeps no offset, so it is put back on reading."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time needs a timezone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _json(default: type) -> Any:
    return Field(default_factory=default, sa_column=Column(JSON, nullable=False))


def _time(*, index: bool = False) -> Any:
    return Field(default=None, sa_column=Column(UtcDateTime, nullable=True, index=index))


def _id() -> Any:
    return Field(default=None, primary_key=True)


def _ref(target: str, *, index: bool = False) -> Any:
    return Field(foreign_key=target, index=index, ondelete="CASCADE")


class AnswerStatus(StrEnum):
    """Where an answer stands. Only `captured` enters a denominator; all but `planned` are final."""

    PLANNED = "planned"
    CAPTURED = "captured"
    FAILED = "failed"
    REFUSED = "refused"
    EMPTY = "empty"
    CUT = "cut"
    """The text stops before the answer does: kept and shown, but what it does not name may have come later."""

    @property
    def has_text(self) -> bool:
        """Whether such an answer has a text to show."""
        return self in (AnswerStatus.CAPTURED, AnswerStatus.CUT)


class PageStatus(StrEnum):
    """Where a page stands; `blocked` means robots.txt or an address that must not be crawled."""

    PLANNED = "planned"
    FETCHED = "fetched"
    MOVED = "moved"
    """A jump, short or twin address: what it leads to is the row `target_id`."""
    FAILED = "failed"
    BLOCKED = "blocked"


class Workspace(SQLModel, table=True):
    """One client's tracking: brands, prompts and panels."""

    id: int = _id()
    slug: str = Field(unique=True)
    name: str
    locale: str = "en"
    timezone: str = "UTC"
    topics: list[str] = _json(list)
    attributes: list[str] = _json(list)
    platforms: list[dict[str, Any]] = _json(list)
    """Shops of the user's own, in the shape of `extract/data/platforms.toml`; they come before the built-in ones."""
    source_types: dict[str, str] = _json(dict)
    """The user's own word on sources: domain or domain/path -> type."""
    recrawl_days: int = 30
    """A cited page is fetched again when it is older than this; 0 never does."""


class Brand(SQLModel, table=True):
    """A tracked brand. `aliases` and `products` hold {text, requires, excludes, case_sensitive}.

    A product may also have {sku, gtin, price, currency}: its numbers and its reference price.
    """

    __table_args__ = (UniqueConstraint("workspace_id", "name"),)
    id: int = _id()
    workspace_id: int = _ref("workspace.id")
    name: str
    own: bool = False
    aliases: list[dict[str, Any]] = _json(list)
    products: list[dict[str, Any]] = _json(list)
    domains: list[str] = _json(list)
    declared: bool = False
    """Stands in the workspace file; False if it was added from the names that answers contain."""
    position: int = 0
    archived_at: datetime | None = _time()


class Prompt(SQLModel, table=True):
    """A question buyers ask; the same text for another language or country is another prompt."""

    __table_args__ = (UniqueConstraint("workspace_id", "text", "language", "country", "persona"),)
    id: int = _id()
    workspace_id: int = _ref("workspace.id")
    text: str
    language: str = ""
    country: str = ""
    topic: str = ""
    persona: str = ""
    stage: str = ""
    tags: list[str] = _json(list)
    branded: bool = False
    """Names a tracked brand; kept true to the brands by `apply` and `import`."""
    declared: bool = False
    """Stands in the workspace file; False if it came with imported answers."""
    position: int = 0
    archived_at: datetime | None = _time()


class Panel(SQLModel, table=True):
    """Which engines are asked all prompts, how often and for how much."""

    __table_args__ = (UniqueConstraint("workspace_id", "name"),)
    id: int = _id()
    workspace_id: int = _ref("workspace.id")
    name: str
    engines: list[str] = _json(list)
    repeats: int = 1
    cron: str = ""
    budget: dict[str, Any] = _json(dict)
    archived_at: datetime | None = _time()


class Run(SQLModel, table=True):
    """One pass of a panel, or one imported batch; a panel's due time is planned once."""

    __table_args__ = (UniqueConstraint("panel_id", "due_at"), UniqueConstraint("workspace_id", "label"))
    id: int = _id()
    workspace_id: int = _ref("workspace.id")
    panel_id: int | None = Field(default=None, foreign_key="panel.id", ondelete="CASCADE")
    label: str | None = None
    """Of an imported batch: the row's `run`, else `import`."""
    due_at: datetime | None = _time()
    sandbox: bool = False


class Answer(SQLModel, table=True):
    """One answer of one engine to one prompt: planned first, then captured or ended with a reason."""

    __table_args__ = (
        UniqueConstraint("workspace_id", "key"),
        Index("ix_answer_open", "status", "claimed_until"),
        Index("ix_answer_day", "workspace_id", "day"),
    )
    id: int = _id()
    workspace_id: int = _ref("workspace.id")
    run_id: int = _ref("run.id")
    prompt_id: int = _ref("prompt.id", index=True)
    engine: str
    surface: str = "api"
    repeat: int = 1
    key: str
    """sha256 of an imported row, else `<run>:<prompt>:<engine>:<repeat>`: the same answer is one row."""
    sandbox: bool = False
    status: AnswerStatus = Field(
        default=AnswerStatus.PLANNED, sa_column=Column(sa.String(16), nullable=False)
    )
    claimed_by: str | None = None
    claimed_until: datetime | None = _time()
    attempts: int = 0
    """Times the engine was sent a request for this answer."""
    retry_at: datetime | None = _time()
    day: date
    """Day in the workspace's timezone that the answer counts for."""
    asked_at: datetime | None = _time()
    captured_at: datetime | None = _time()
    model: str | None = None
    text: str | None = None
    search: str = "unknown"
    finish_reason: str | None = None
    follow_ups: list[str] = _json(list)
    cards: list[dict[str, Any]] = _json(list)
    """Products that the engine showed, as parsed; the offers are made of them and of the text's links."""
    usage: dict[str, Any] = _json(dict)
    cost: float | None = None
    currency: str | None = None
    unknown_blocks: list[dict[str, Any]] = _json(list)
    error_kind: str | None = None
    error: str | None = None
    rules: str | None = None
    """Version of the extraction rules that scored it; None until scored and after its brands changed."""
    scored_at: datetime | None = _time()


class Body(SQLModel, table=True):
    """One archived response of an engine; `step` counts the requests of an answer from 0."""

    id: int = _id()
    answer_id: int = _ref("answer.id", index=True)
    step: int
    sha256: str
    status: int
    superseded: bool = False
    """Answered with a failure that was retried: evidence, never replayed."""
    received_at: datetime | None = _time()


class SearchQuery(SQLModel, table=True):
    """A search the engine ran to answer (fan-out)."""

    __tablename__ = "search_query"
    id: int = _id()
    answer_id: int = _ref("answer.id", index=True)
    position: int
    text: str


class Page(SQLModel, table=True):
    """A reference page or a product's page, once over all engines and workspaces, under its canonical URL."""

    __table_args__ = (Index("ix_page_open", "status", "claimed_until"),)
    id: int = _id()
    url: str = Field(unique=True)
    domain: str = Field(index=True)
    sandbox: bool = False
    status: PageStatus = Field(default=PageStatus.PLANNED, sa_column=Column(sa.String(16), nullable=False))
    claimed_by: str | None = None
    claimed_until: datetime | None = _time()
    fetched_at: datetime | None = _time()
    """When what stands here was read, or since when it cannot be had."""
    checked_at: datetime | None = _time()
    """When the page was last asked for; later than `fetched_at` where nothing had changed or the site was down."""
    final_url: str | None = None
    target_id: int | None = Field(default=None, foreign_key="page.id", index=True)
    """Of an address that has moved: the row of the page that it leads to."""
    hops: list[dict[str, Any]] = _json(list)
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
    types: list[str] = _json(list)
    """schema.org and OpenGraph types that it declares."""
    text: str | None = None
    error: str | None = None


class PageVersion(SQLModel, table=True):
    """One content that a page has had; the body is in the archive."""

    __tablename__ = "page_version"
    page_id: int = Field(foreign_key="page.id", primary_key=True, ondelete="CASCADE")
    version: int = Field(primary_key=True)
    """From 1."""
    sha256: str
    fetched_at: datetime | None = _time()
    final_url: str | None = None
    title: str | None = None
    published: str | None = None


class PageReading(SQLModel, table=True):
    """A page as a workspace sees it; no row until it was scored, and again after its content or the brands change."""

    __tablename__ = "page_reading"
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


class Citation(SQLModel, table=True):
    """A source of an answer; retrieved, opened and cited are never merged."""

    id: int = _id()
    answer_id: int = _ref("answer.id", index=True)
    page_id: int | None = Field(default=None, foreign_key="page.id", index=True)
    """None where the engine gave no address that could be crawled."""
    position: int
    url: str
    domain: str = Field(default="", index=True)
    role: str = "cited"
    ordinal: int | None = None
    base: int = 1
    title: str | None = None
    site: str | None = None
    published: str | None = None
    snippet: str | None = None
    spans: list[list[int]] = _json(list)
    weight: float | None = None
    """Position-adjusted share of the answer's cited sentences that it bears, 0..1; None before scoring, and
    where the engine does not say which sentence rests on which source."""


class Offer(SQLModel, table=True):
    """A product link or card in an answer, or on a page that answers cite, as a workspace sees it; docs/commerce.md."""

    id: int = _id()
    workspace_id: int = _ref("workspace.id", index=True)
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
    promo: list[str] = _json(list)
    available: bool | None = None
    """What the page or, once crawled, the product's own page declares."""
    affiliate: dict[str, Any] = _json(dict)
    """network, pid, campaign; empty where the address does not say."""
    span: list[int] = _json(list)
    """Of the link in the answer's text; empty for a card."""
    source_path: str | None = None
    raw: dict[str, Any] = _json(dict)
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


class Mention(SQLModel, table=True):
    """A span of an answer that names a brand."""

    id: int = _id()
    answer_id: int = _ref("answer.id", index=True)
    brand_id: int = _ref("brand.id", index=True)
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

    answer_id: int = Field(foreign_key="answer.id", primary_key=True, ondelete="CASCADE")
    name: str = Field(primary_key=True)
    start: int
    end: int
    """Of its first occurrence."""
    mentions: int
    reason: str


class PageMention(SQLModel, table=True):
    """How often a reference page names a brand."""

    __tablename__ = "page_mention"
    page_id: int = Field(foreign_key="page.id", primary_key=True, ondelete="CASCADE")
    brand_id: int = Field(foreign_key="brand.id", primary_key=True, ondelete="CASCADE")
    mentions: int
    polarity: str | None = None
    """positive | negative | neutral | mixed; None where the page expresses no opinion."""


class Score(SQLModel, table=True):
    """One answer's scores of one brand; a brand that is neither named nor cited has no row."""

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
    attributes: list[dict[str, Any]] = _json(list)
    """What the answer says of it: {attribute, polarity, start, end}."""
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


class Daily(SQLModel, table=True):
    """Sums over one day x prompt x engine x surface x brand: the only table a dashboard aggregates."""

    day: date = Field(primary_key=True)
    prompt_id: int = Field(foreign_key="prompt.id", primary_key=True, ondelete="CASCADE")
    engine: str = Field(primary_key=True)
    surface: str = Field(primary_key=True)
    brand_id: int = Field(foreign_key="brand.id", primary_key=True, ondelete="CASCADE")
    workspace_id: int = _ref("workspace.id", index=True)
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
    id: int = _id()
    workspace_id: int = _ref("workspace.id")
    day: date
    prompt_id: int = _ref("prompt.id", index=True)
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
