"""Offers as a workspace sees them: which brand and product, whose store, and where the link really ends."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cache
from typing import Any, NamedTuple, Protocol

from sqlmodel import Session, col, select

from geo_tracker.engines.base import ParsedOffer
from geo_tracker.extract.commerce.offers import answer_offers, store_of
from geo_tracker.extract.commerce.platforms import Platforms
from geo_tracker.extract.records import Offer as FoundOffer
from geo_tracker.extract.text.sentences import read
from geo_tracker.extract.urls import canonical, owned_by
from geo_tracker.storage.models import Brand, Offer, Page, PageStatus, Workspace
from geo_tracker.storage.pages import plan_pages
from geo_tracker.workspaces.brands import Brands

GTINS = ("gtin", "gtin13", "gtin14", "gtin12", "gtin8")
GONE = (404, 410)
MAX_STEPS = 5
"""Moved pages that are followed from one to the next."""


class Product(NamedTuple):
    """A product of the workspace's catalogue."""

    brand: Brand
    name: str
    price: float | None
    currency: str


class Catalogue:
    """Tells brands, products and stores of one workspace's offers."""

    def __init__(self, workspace: Workspace, brands: Brands) -> None:
        self.platforms = Platforms(workspace.platforms)
        self._workspace = workspace
        self._brands = {brand.name: brand for brand in brands.active}
        self._matcher = brands.matcher(brands.active)
        listed = [
            (form, Product(brand, form["text"], form.get("price"), form.get("currency") or ""))
            for brand in brands.active
            for form in brand.products
        ]
        self._by_name = {(product.brand.name, product.name): product for _, product in listed}
        self._by_number = {
            number: product
            for form, product in listed
            for number in (*(form.get("sku") or ()), _gtin(form.get("gtin")))
            if number
        }
        self._named = cache(self._read)

    def answer_rows(
        self, answer_id: int, text: str, cards: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        """The offers of an answer's text and cards as rows."""
        shown = [ParsedOffer(**{**card, "span": _span(card["span"])}) for card in cards]
        found = answer_offers(text, shown, platforms=self.platforms)
        return [{**self._row(offer), "answer_id": answer_id} for offer in found]

    def page_rows(self, page_id: int, found: Iterable[FoundOffer]) -> list[dict[str, Any]]:
        """The offers of a cited page as rows."""
        return [{**self._row(offer), "page_id": page_id} for offer in found]

    def _row(self, offer: FoundOffer) -> dict[str, Any]:
        columns = asdict(offer)
        del columns["order"], columns["brand"]  # the row's position; the page's own word for the brand
        return {
            **columns,
            "workspace_id": self._workspace.id,
            "position": offer.order - 1,
            "affiliate": columns["affiliate"] or {},
            "span": list(columns["span"] or ()),
            **self.described(offer),
        }

    def described(self, offer: FoundOffer) -> dict[str, Any]:
        """What the workspace knows of an offer: brand_id, product, store and reference_price."""
        brand, product = self._identified(offer)
        listed = product if product and product.currency == offer.currency else None
        return {
            "brand_id": brand.id if brand else None,
            "product": product.name if product else None,
            "store": self._store(offer, brand),
            "reference_price": listed.price if listed else None,
        }

    def _identified(self, offer: FoundOffer) -> tuple[Brand | None, Product | None]:
        """By number, else by the names in title, seller and the page's own word, else by the one brand around it."""
        numbers = (offer.item_id, offer.sku_id, *(_gtin(offer.raw.get(name)) for name in GTINS))
        known = next((self._by_number[each] for each in numbers if each and each in self._by_number), None)
        if known:
            return known.brand, known
        for text in (offer.title, offer.merchant, offer.brand):
            names = self._named(text) if text else ()
            if names:
                brand = self._brands[names[0][0]]
                products = (self._by_name.get(name) for name in names if name[0] == brand.name)
                return brand, next(filter(None, products), None)
        around = {name for name, _ in self._named(str(offer.raw.get("context") or ""))}
        return (self._brands[around.pop()] if len(around) == 1 else None), None

    def _read(self, text: str) -> tuple[tuple[str, str], ...]:
        """Brand and alias of every sure mention."""
        mentions = self._matcher.read(read(text)).mentions
        return tuple((mention.brand, mention.alias) for mention in mentions)

    def _store(self, offer: FoundOffer, brand: Brand | None) -> str | None:
        own = brand is not None and owned_by(offer.url or "", brand.domains)
        return store_of(replace(offer, brand=brand.name if brand else None), self._first_name, own_domain=own)

    def _first_name(self, text: str) -> str | None:
        return next((brand for brand, _ in self._named(text)), None)


def _gtin(number: Any) -> str | None:
    """A trade item number, the same in 8, 12, 13 and 14 digits; None where it is none."""
    digits = re.sub(r"[\s-]", "", str(number or "")).lstrip("0")
    return f"gtin {digits}" if digits.isascii() and digits.isdigit() else None


def _span(span: Sequence[int] | None) -> tuple[int, int] | None:
    return (span[0], span[1]) if span else None


def plan_targets(session: Session, offers: Iterable[Offer], *, sandbox: bool) -> None:
    """Plan the pages that offers lead to: those of answers all, those on pages where a tracked brand's is offered."""
    wanted = {
        offer.id: (offer, canonical(offer.canonical_url or offer.url))
        for offer in offers
        if offer.url and offer.target_id is None and (offer.answer_id or offer.brand_id)
    }
    pages = plan_pages(session, [address for _, address in wanted.values()], sandbox=sandbox)
    for offer, address in wanted.values():
        offer.target_id = pages.get(address)
        session.add(offer)
    session.flush()


def ends(session: Session, offers: Iterable[Offer]) -> dict[int, Page]:
    """The page behind each offer's target, over those that moved, by the target's id."""
    ids = {offer.target_id for offer in offers if offer.target_id}
    found = {page.id: page for page in session.exec(select(Page).where(col(Page.id).in_(ids))).all()}
    for _ in range(MAX_STEPS):
        moved = {page.target_id for page in found.values() if page.target_id}
        if not moved:
            break
        after = {page.id: page for page in session.exec(select(Page).where(col(Page.id).in_(moved))).all()}
        found = {start: after.get(page.target_id or 0, page) for start, page in found.items()}
    return found


def settle(
    session: Session,
    workspace: Workspace,
    offers: Iterable[Offer],
    targets: Mapping[int, Page],
    platforms: Platforms,
) -> None:
    """Note on offers what the crawl of their links found: the real shop, its price, dead and sold-out products.

    `targets` are the `ends` of the offers, already read for the workspace.
    """
    declared = _declared(session, workspace, {page.id for page in targets.values()})
    for offer in offers:
        page = targets.get(offer.target_id or 0)
        if page is None:
            continue
        offer.dead = _is_dead(page)
        _follow(offer, page, platforms)
        own = declared.get(page.id)
        if own and own.id != offer.id:
            offer.shop_price, offer.shop_currency = own.price, own.currency
            offer.available = own.available if own.available is not None else offer.available
        session.add(offer)


def _declared(session: Session, workspace: Workspace, page_ids: Iterable[int]) -> dict[int, Offer]:
    """What each product page says of its own product: its first offer, if it declares one."""
    own = select(Offer).where(
        col(Offer.page_id).in_(page_ids),
        Offer.workspace_id == workspace.id,
        col(Offer.source_path).in_(("json-ld", "opengraph")),
    )
    rows: dict[int, Offer] = {}
    for offer in session.exec(own.order_by(col(Offer.position))).all():
        rows.setdefault(offer.page_id or 0, offer)
    return rows


def _is_dead(page: Page) -> bool | None:
    if page.status == PageStatus.FETCHED:
        return False
    return True if page.http_status in GONE or page.wall == "gone" else None


def _follow(offer: Offer, page: Page, platforms: Platforms) -> None:
    """Where another address than the offer's own was reached: which shop and product that is."""
    address = canonical(page.final_url or page.url)
    if page.status != PageStatus.FETCHED or address == offer.canonical_url:
        return
    link = platforms.read(address)
    offer.final_url = address
    if link and (link.platform, link.item_id) != (offer.platform, offer.item_id):
        offer.final_platform, offer.final_item_id = link.platform, link.item_id
    if link and link.kind == "product":
        offer.checkout = max(offer.checkout, 2)


class Priced(Protocol):
    """An offer, or several of one product by their mean price."""

    @property
    def price(self) -> float | None: ...
    @property
    def reference_price(self) -> float | None: ...


def price_spread(offer: Priced) -> float | None:
    """(shown - reference) / reference; None without both in one currency."""
    if offer.price is None or not offer.reference_price:
        return None
    return (offer.price - offer.reference_price) / offer.reference_price


def is_buyable(offer: Offer) -> bool:
    """Whether it leads to the product's page or nearer, and is not known to be dead or sold out."""
    return bool(offer.url) and offer.checkout >= 2 and not offer.dead and offer.available is not False


def credits(offer: Offer) -> list[str]:
    """The platforms that an offer counts for: where its link leads first, and where it ends."""
    platforms = dict.fromkeys((offer.platform, offer.final_platform))
    return [platform for platform in platforms if platform] or [""]


def of_answers(
    session: Session, workspace: Workspace, answers: Mapping[int, Sequence[int]]
) -> dict[int, list[Offer]]:
    """The offers of answers, given with the pages they cite: their own first, then those of the pages in order."""
    mine = Offer.workspace_id == workspace.id
    ordered = (col(Offer.position), col(Offer.id))
    found: dict[int, list[Offer]] = {answer: [] for answer in answers}
    own = select(Offer).where(mine, col(Offer.answer_id).in_(list(answers))).order_by(*ordered)
    for offer in session.exec(own).all():
        found[offer.answer_id or 0].append(offer)
    cited = {page for pages in answers.values() for page in pages}
    by_page: dict[int, list[Offer]] = {page: [] for page in cited}
    on_pages = select(Offer).where(mine, col(Offer.page_id).in_(cited)).order_by(*ordered)
    for offer in session.exec(on_pages).all():
        by_page[offer.page_id or 0].append(offer)
    for answer, pages in answers.items():
        found[answer] += [offer for page in dict.fromkeys(pages) for offer in by_page[page]]
    return found
