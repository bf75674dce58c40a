"""One cited page with all that is known of it: what it says, whom it names, what it sells, how it was reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from geo_tracker.errors import UsageError
from geo_tracker.extract.commerce.platforms import Platforms
from geo_tracker.extract.text.excerpts import quotation
from geo_tracker.extract.text.sentences import read
from geo_tracker.queries.answers import NamedSpan
from geo_tracker.queries.sources import owner
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import (
    Answer,
    Brand,
    Citation,
    Offer,
    Page,
    PageMention,
    PageReading,
    PageVersion,
    Workspace,
)
from geo_tracker.workspaces.brands import Brands

SHOWN = 20_000
"""Characters of a page's text that are shown, with the mentions in them."""
OFFERS = 50
VERSIONS = 20
MOVED = 10


@dataclass(frozen=True, slots=True)
class PageBrand:
    """A tracked brand on a page."""

    name: str
    own: bool
    mentions: int
    polarity: str | None
    quote: str | None
    """The sentence of its first mention, rather of running text; None where that stands beyond what is shown."""


@dataclass(frozen=True, slots=True)
class PageDetail:
    """One cited page and whom it is about."""

    page: Page
    owner: str | None
    type: str | None
    reason: str | None
    campaign: int | None
    """Number of the possible campaign that it belongs to."""
    text: str
    """What is shown of it: at most `SHOWN` characters."""
    mentions: tuple[NamedSpan, ...]
    """Of tracked brands in that text, in its order."""
    brands: tuple[PageBrand, ...]
    """Most mentions first."""
    moved: tuple[Page, ...]
    """Addresses that led here, such as an engine's jump links; the first `MOVED`."""
    versions: tuple[PageVersion, ...]
    """Newest first."""
    offers: tuple[Offer, ...]
    platforms: Mapping[str, str]
    """Their platforms by name, as people call them."""


def read_page(session: Session, slug: str, page_id: int) -> PageDetail:
    """A page that the workspace's answers cite; raises `UsageError` where they cite none of that id."""
    workspace = workspace_named(session, slug)
    cited = select(Citation.id).join(Answer).where(Citation.page_id == page_id)
    page = session.get(Page, page_id)
    if page is None or not session.exec(cited.where(Answer.workspace_id == workspace.id).limit(1)).first():
        raise UsageError(f"no page {page_id} is cited in workspace {slug!r}")
    tracked = Brands(session, workspace)
    text = (page.text or "")[:SHOWN]
    mentions = _mentions(tracked, text)
    reading = session.get(PageReading, (workspace.id, page_id))
    offers, known = _offers(session, workspace, page_id), Platforms(workspace.platforms)
    return PageDetail(
        page=page,
        owner=owner(page.final_url or page.url, tracked.active),
        type=reading.type if reading else None,
        reason=reading.reason if reading else None,
        campaign=(reading.campaign or None) if reading else None,
        text=text,
        mentions=mentions,
        brands=_brands(session, workspace, page_id, text, mentions),
        moved=_moved(session, page_id),
        versions=_newest(session, page_id),
        offers=offers,
        platforms={offer.platform: known.label(offer.platform) for offer in offers if offer.platform},
    )


def _mentions(tracked: Brands, text: str) -> tuple[NamedSpan, ...]:
    own = {brand.name: brand.own for brand in tracked.active}
    found = tracked.matcher(tracked.active).read(read(text)).mentions
    return tuple(NamedSpan(m.start, m.end, m.text, m.brand, own[m.brand], m.where) for m in found)


def _brands(
    session: Session, workspace: Workspace, page_id: int, text: str, mentions: Sequence[NamedSpan]
) -> tuple[PageBrand, ...]:
    first: dict[str, NamedSpan] = {}
    for mention in sorted(mentions, key=lambda mention: mention.where != "prose"):
        first.setdefault(mention.brand, mention)
    named = select(Brand, PageMention).join(PageMention).where(PageMention.page_id == page_id)
    mine = named.where(Brand.workspace_id == workspace.id, col(Brand.archived_at).is_(None))
    ordered = mine.order_by(col(PageMention.mentions).desc(), col(Brand.position))
    return tuple(
        PageBrand(brand.name, brand.own, found.mentions, found.polarity, _quote(text, first.get(brand.name)))
        for brand, found in session.exec(ordered).all()
    )


def _quote(text: str, mention: NamedSpan | None) -> str | None:
    return quotation(text, mention.start, mention.end) if mention else None


def _moved(session: Session, page_id: int) -> tuple[Page, ...]:
    led: Any = select(Page).where(Page.target_id == page_id).order_by(col(Page.id)).limit(MOVED)
    return tuple(session.exec(led).all())


def _newest(session: Session, page_id: int) -> tuple[PageVersion, ...]:
    mine: Any = select(PageVersion).where(PageVersion.page_id == page_id)
    return tuple(session.exec(mine.order_by(col(PageVersion.version).desc()).limit(VERSIONS)).all())


def _offers(session: Session, workspace: Workspace, page_id: int) -> tuple[Offer, ...]:
    mine = select(Offer).where(Offer.workspace_id == workspace.id, Offer.page_id == page_id)
    return tuple(session.exec(mine.order_by(col(Offer.position)).limit(OFFERS)).all())
