"""Offers in answers and on pages: product links and cards in one record."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Literal, NamedTuple, Protocol

from geo_tracker.extract.commerce.link_titles import Surroundings
from geo_tracker.extract.commerce.platforms import Platforms, ShopLink
from geo_tracker.extract.commerce.prices import Price, read_price
from geo_tracker.extract.commerce.product_pages import is_markup, is_page, page_offers
from geo_tracker.extract.records import Offer
from geo_tracker.extract.urls import canonical, split

MAX_OFFERS = 200
"""Of one answer or page."""
_URL = re.compile(
    r"https?://(?:\([^\s()<>]*\)|[^\s()<>\"'`{}|\\^\[\]，。；：、！？（）【】《》「」“”‘’…\x00])+",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"(?<!!)\[(?P<label>(?:[^\[\]\n]|\[[^\[\]\n]*\]){0,400})\]"
    r"\(\s*<?(?P<target>[^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)*)>?[^)\n]*\)"
)
_CUT_OFF = re.compile(r"\.\.|…")
_TRAILING = ".,;:!?*_~&'"
_MERCHANT = re.compile(
    r"[\w·&+-]{1,20}?(?:官方)?(?:旗舰店|专卖店|专营店|自营店|海外店|企业店)|京东自营|天猫超市"
    r"|(?<=sold by )[\w .&'-]{2,40}",
    re.IGNORECASE,
)
_MARKED_PRICE = re.compile(
    r"[¥￥$€£₩]\s?\d|\d\s?(?:元|円|원|块)|\b(?:RMB|CNY|USD|EUR|GBP|JPY|KRW)\s?\d|\d\s?(?:USD|EUR|GBP|CNY|JPY|KRW)\b"
)
_PIECE = r"[片颗粒枚次贴]"
_AMOUNT = r"[¥￥]?\s?\d[\d.,]*\s?(?:元|块)?"
_PER_PIECE = re.compile(
    rf"[单每一]{_PIECE}[^\d，,。；;]{{0,8}}{_AMOUNT}|{_AMOUNT}\s?(?:/|每)\s?[一1]?{_PIECE}"
)
"""What one piece of a pack costs: not the price of the product."""
_SENTENCE = re.compile(r"[。！!？?；;\n]")
_AT_ONCE = ("instant_checkout", "is_instant_checkout", "checkoutable", "buy_in_chat", "in_chat_checkout")
"""Keys by which engines say that a product can be paid for in the chat."""


class Card(Protocol):
    """What an engine's own card carries; `ParsedOffer` of the engines is one."""

    @property
    def placement(self) -> Literal["inline_link", "card", "reference_page"]: ...
    @property
    def url(self) -> str | None: ...
    @property
    def title(self) -> str | None: ...
    @property
    def price_raw(self) -> str | None: ...
    @property
    def currency(self) -> str | None: ...
    @property
    def merchant(self) -> str | None: ...
    @property
    def image(self) -> str | None: ...
    @property
    def rating(self) -> float | None: ...
    @property
    def span(self) -> tuple[int, int] | None: ...
    @property
    def raw(self) -> Mapping[str, Any]: ...


class _Found(NamedTuple):
    start: int
    end: int
    url: str
    label: str | None


@cache
def built_in() -> Platforms:
    """The platforms of the product, without a workspace's own."""
    return Platforms()


def find_offers(text: str, *, url: str = "", platforms: Platforms | None = None) -> tuple[Offer, ...]:
    """Offers of a text, a markdown answer or an HTML page, told apart by its content; `url` is the page's own."""
    known = platforms or built_in()
    marked_up = page_offers(text, url, known) if is_markup(text) else ()
    if is_page(text):
        return marked_up
    shown = {offer.canonical_url for offer in marked_up}
    written = text_offers(text, platforms=known)
    return _numbered([*marked_up, *(offer for offer in written if offer.canonical_url not in shown)])


def answer_offers(
    text: str, cards: Sequence[Card], *, platforms: Platforms | None = None
) -> tuple[Offer, ...]:
    """Offers of an answer: its cards in the engine's order, then the links of its text that no card repeats."""
    known = platforms or built_in()
    carded = [card_offer(card, order, known) for order, card in enumerate(cards, 1)]
    inline = text_offers(text, platforms=known)
    shown = {offer.canonical_url for offer in carded if offer.canonical_url}
    return _numbered([*carded, *(offer for offer in inline if offer.canonical_url not in shown)])


def text_offers(text: str, *, platforms: Platforms | None = None) -> tuple[Offer, ...]:
    """Links to goods in a text, each product once, with the title, price and merchant that stand beside it."""
    known = platforms or built_in()
    offers: dict[str, Offer] = {}
    around = Surroundings(text, known.labels)
    for line, stretch, found in _links(text):
        link = known.read(found.url)
        app = known.app(found.url) if link is None else None
        if link is None and app is None:
            continue
        offer = _inline(stretch, found, link, app, around, line)
        offers.setdefault(offer.canonical_url or found.url, offer)
    return _numbered(offers.values())


def card_offer(card: Card, order: int, platforms: Platforms | None = None) -> Offer:
    """An engine's card as an offer; where its link leads to no known platform, the engine's word stands."""
    known = platforms or built_in()
    link = known.read(card.url) if card.url else None
    currency = card.currency or (link.currency if link else None)
    written = card.price_raw if card.price_raw is not None else card.raw.get("price")
    price = read_price(written, currency)
    before = read_price(
        _said(card.raw, "price_original", "original_price", "list_price", "was_price"), currency
    )
    return Offer(
        placement=card.placement,
        order=order,
        checkout=_card_checkout(card, link, price, known),
        url=card.url,
        title=card.title,
        price_original=before.amount if before else (price.original if price else None),
        price_raw=card.price_raw,
        merchant=card.merchant,
        image=card.image,
        rating=card.rating,
        sales_raw=_text(_said(card.raw, "sales_raw", "sales", "sales_cnt", "sold")),
        span=card.span,
        source_path=f"offers[{order - 1}]",
        raw=card.raw,
        **_linked(link, card.url, known.app(card.url or "")),
        **_priced(price),
    )


def store_of(offer: Offer, names: Callable[[str], str | None], own_domain: bool = False) -> str | None:
    """`official` or `reseller`; None where the offer does not say who sells.

    A store is official if it calls itself so and bears the brand's name, or stands on the brand's own domain.
    """
    if own_domain:
        return "official"
    if not offer.merchant:
        return None
    claims = re.search(r"官方|旗舰店|official", offer.merchant, re.IGNORECASE)
    named = names(offer.merchant)
    return "official" if claims and named is not None and named == offer.brand else "reseller"


def _links(text: str) -> Iterator[tuple[int, str, _Found]]:
    """Links with their line and the stretch of it that belongs to them: from the link before to the link after."""
    start = 0
    for number, line in enumerate(text.splitlines(keepends=True)):
        found = list(_found(line))
        for index, link in enumerate(found[:MAX_OFFERS]):
            first = found[index - 1].end if index else 0
            last = found[index + 1].start if index + 1 < len(found) else len(line)
            stretch = f"{line[first : link.start]}\x00{line[link.end : last]}"
            yield number, stretch, link._replace(start=start + link.start, end=start + link.end)
        start += len(line)


def _found(line: str) -> Iterator[_Found]:
    at = 0
    labelled = [
        (found.start(), found.end(), found["target"], found["label"]) for found in _LINK.finditer(line)
    ]
    for start, end, target, label in [*labelled, (len(line), len(line), "", "")]:
        for bare in _URL.finditer(line, at, start):
            url = _trimmed(bare.group())
            if not _CUT_OFF.match(line, bare.end()) and not bare.group().endswith(".."):
                yield _Found(bare.start(), bare.start() + len(url), url, None)
        if "://" in target and not _CUT_OFF.search(target[-3:]):
            yield _Found(start, end, target, label)
        at = end


def _trimmed(url: str) -> str:
    """Without the sentence's own marks at its end."""
    return url.rstrip(_TRAILING)


def _inline(
    stretch: str, found: _Found, link: ShopLink | None, app: str | None, around: Surroundings, line: int
) -> Offer:
    before, _link, after = stretch.partition("\x00")
    label = found.label if found.label and split(found.label) is None and "://" not in found.label else None
    raw, price = _price_beside(before, after, label, link.currency if link else None)
    merchant = _MERCHANT.search(f"{label or ''} {before} {after}")
    return Offer(
        placement="inline_link",
        order=0,
        checkout=_link_checkout(link, app),
        url=found.url,
        title=around.title(label, before, line),
        price_original=price.original if price else None,
        price_raw=raw,
        merchant=merchant.group() if merchant else None,
        span=(found.start, found.end),
        source_path="text",
        raw={"context": around.context(line)},
        **_linked(link, found.url, app),
        **_priced(price),
    )


def _price_beside(
    before: str, after: str, label: str | None, currency: str | None
) -> tuple[str | None, Price | None]:
    """The price in a link's label, after it or, in the nearest sentence, before it; only where it bears a currency."""
    nearest = next((said for said in reversed(_SENTENCE.split(before)) if _of_product(said)), "")
    for text in filter(None, (label, after, nearest)):
        text = _PER_PIECE.sub(" ", text)
        marked = _MARKED_PRICE.search(text)
        if marked:
            stretch = text[max(0, marked.start() - 20) : marked.end() + 60].strip()
            price = read_price(stretch, currency)
            if price:
                return stretch, price
    return None, None


def _of_product(text: str) -> bool:
    """Whether a text holds a price that is not one piece's."""
    return bool(_MARKED_PRICE.search(_PER_PIECE.sub(" ", text)))


def _linked(link: ShopLink | None, url: str | None, app: str | None) -> dict[str, Any]:
    if link is None:
        return {"platform": app, "canonical_url": canonical(url) if url else None}
    return {
        "platform": link.platform,
        "canonical_url": link.canonical_url,
        "item_id": link.item_id,
        "sku_id": link.sku_id,
        "affiliate": link.affiliate,
    }


def _priced(price: Price | None) -> dict[str, Any]:
    return {"price": price.amount, "currency": price.currency} if price else {}


def _link_checkout(link: ShopLink | None, app: str | None) -> int:
    if app or (link and link.kind == "cart"):
        return 4
    return 2 if link and link.kind == "product" else 1


def _card_checkout(card: Card, link: ShopLink | None, price: Price | None, platforms: Platforms) -> int:
    if any(card.raw.get(name) is True for name in _AT_ONCE):
        return 5
    app = platforms.app(card.url or "")
    if app or (link and link.kind == "cart"):
        return 4
    if price and card.merchant:
        return 3
    if link:
        return _link_checkout(link, None)
    return 2 if card.url else 0


def _numbered(offers: Iterable[Offer]) -> tuple[Offer, ...]:
    return tuple(replace(offer, order=order) for order, offer in enumerate(list(offers)[:MAX_OFFERS], 1))


def _said(raw: Mapping[str, Any], *names: str) -> Any:
    return next((raw[name] for name in names if raw.get(name) not in (None, "")), None)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)[:200]
