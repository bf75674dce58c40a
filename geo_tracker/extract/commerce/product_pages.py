"""Products and shop links on a page: JSON-LD, microdata, OpenGraph, and links in the main content."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin

from lxml.html import HtmlElement

from geo_tracker.extract.commerce.link_titles import informs
from geo_tracker.extract.commerce.platforms import Platforms, ShopLink
from geo_tracker.extract.commerce.prices import Price, read_price
from geo_tracker.extract.pages.markup import bounded, first, line, parsed, path
from geo_tracker.extract.pages.structured import Item, StructuredData, read_structured, text_of, things
from geo_tracker.extract.records import Offer
from geo_tracker.extract.urls import canonical

MAX_PRODUCTS = 100
MAX_LINKS = 5000
_HEADING_ABOVE = path(
    "(ancestor::*|preceding::*)[self::h1 or self::h2 or self::h3 or self::h4 or self::h5][last()]"
)
_PICTURES = path("descendant::img/@alt")
_PAGE = re.compile(r"\s*(?:<!doctype\s+html|<html\b|<\?xml|<head\b|<body\b)", re.IGNORECASE)
_ELEMENT = re.compile(r"</(?:p|div|a|html|body|script|li|td|span)>", re.IGNORECASE)
_SHOPIFY = re.compile(r"cdn\.shopify\.com|Shopify\.theme|content=[\"']Shopify", re.IGNORECASE)
_ASIDE = re.compile(
    r"\b(?:nav|menu|header|footer|sidebar|breadcrumbs?|ads?|advert\w*|banner|related|recommend\w*|sponsor\w*|cookie)\b",
    re.I,
)
_CONTEXT = 160
"""Characters of surrounding text that are kept with a link."""


def is_markup(text: str) -> bool:
    """Whether a text is an HTML page or fragment."""
    return is_page(text) or bool(_ELEMENT.search(text[:20_000]))


def is_page(text: str) -> bool:
    """Whether a text is a whole HTML page: a fragment may as well be an answer with some markup in it."""
    return bool(_PAGE.match(text))


def page_offers(source: str, url: str, platforms: Platforms) -> tuple[Offer, ...]:
    """Offers of a page: the products it declares, then the shop links of its content, each product once."""
    root = parsed(bounded(source))
    data = read_structured(root)
    proven = "shopify" if _SHOPIFY.search(source) else None
    named = first(root, "title")
    title = line(named) if named is not None else None
    page = _Page(url, platforms, proven)
    found = [*page.products(data, title), *page.links(root)]
    offers: dict[str, Offer] = {}
    for offer in found:
        offers.setdefault(offer.canonical_url or f"{offer.title}:{offer.sku_id}", offer)
    return tuple(replace(offer, order=order) for order, offer in enumerate(offers.values(), 1))[:MAX_PRODUCTS]


class _Page:
    def __init__(self, url: str, platforms: Platforms, proven: str | None) -> None:
        self.url = url
        self.platforms = platforms
        self.proven = proven
        self.own = platforms.read(url, proven=proven) if url else None
        """What the page's own address says, on a shop."""

    def products(self, data: StructuredData, title: str | None) -> Iterator[Offer]:
        """Products of JSON-LD and microdata; else the one of OpenGraph, else the one that the page's address names."""
        declared = [
            item for item in data.of_type("Product", "ProductGroup", "IndividualProduct") if item.get("name")
        ]
        offers = [self._declared(item) for item in declared[:MAX_PRODUCTS]]
        graph = self._graph(data)
        if len(offers) == 1 and offers[0].price is None and graph:
            offers = [
                replace(
                    offers[0], price=graph.price, currency=graph.currency, price_original=graph.price_original
                )
            ]
        if not offers and graph:
            offers = [graph]
        if not offers and self.own and self.own.kind == "product":
            offers = [self._offer(None, data.first("og:title") or title, None, "address")]
        yield from offers

    def _declared(self, item: Item) -> Offer:
        variants = [
            offer for variant in things(item.get("hasVariant")) for offer in things(variant.get("offers"))
        ]
        offer = next(iter(things(item.get("offers")) or variants), {})
        # An AggregateOffer's own low price stands before that of the first seller in it.
        inner = next(iter(things(offer.get("offers"))), {})
        address = text_of(offer.get("url")) or text_of(item.get("url")) or text_of(item.get("@id"))
        rating = read_price(text_of((things(item.get("aggregateRating")) or [{}])[0].get("ratingValue")))
        seller = (
            text_of(offer.get("seller")) or text_of(offer.get("offeredBy")) or text_of(inner.get("seller"))
        )
        price = _declared_price(offer) or _declared_price(inner)
        base = self._offer(address, text_of(item.get("name")), price, "json-ld")
        return replace(
            base,
            merchant=seller,
            image=_image(item.get("image"), self.url),
            rating=rating.amount if rating else None,
            brand=text_of(item.get("brand")),
            sku_id=base.sku_id or text_of(offer.get("sku")) or text_of(item.get("sku")),
            available=_available(offer.get("availability") or inner.get("availability")),
            raw={
                name: item[name]
                for name in ("gtin", "gtin13", "gtin14", "gtin12", "gtin8", "mpn")
                if item.get(name)
            },
        )

    def _graph(self, data: StructuredData) -> Offer | None:
        amount = data.first("product:price:amount", "og:price:amount", "product:sale_price:amount")
        if amount is None:
            return None
        currency = data.first("product:price:currency", "og:price:currency")
        original = read_price(data.first("product:original_price:amount", "og:price:standard_amount"))
        base = self._offer(
            data.first("og:url"), data.first("og:title"), read_price(amount, currency), "opengraph"
        )
        return replace(
            base,
            price_original=original.amount if original else None,
            merchant=data.first("og:site_name"),
            brand=data.first("product:brand", "og:brand"),
            image=data.first("og:image"),
            available=_available(data.first("product:availability", "og:availability")),
        )

    def links(self, root: HtmlElement) -> Iterator[Offer]:
        """Shop links of the content, with the text around them; navigation and advertisements are left out."""
        for anchor in root.xpath("//a[@href]")[:MAX_LINKS]:
            address = _joined(self.url, anchor.get("href"))
            link = self.platforms.read(address)
            if link is None or self._is_navigation(link) or _is_aside(anchor):
                continue
            around = _around(anchor)
            price = (
                read_price(around, link.currency)
                if re.search(r"[¥￥$€£₩]\s?\d|\d\s?(?:元|円|원)", around)
                else None
            )
            offer = self._offer(address, self._title(anchor), price, "link", link)
            yield replace(offer, raw={"context": around})

    def _title(self, anchor: HtmlElement) -> str | None:
        """The product that a link leads to: its text, its title, the picture in it, or the heading that it is under."""
        pictures, headings = _PICTURES(anchor), _HEADING_ABOVE(anchor)
        said = (line(anchor), anchor.get("title", ""), *pictures[:1], *map(line, headings))
        names = (" ".join(text.split())[:300] for text in said)
        return next((name for name in names if informs(name, self.platforms.labels)), None)

    def _is_navigation(self, link: ShopLink) -> bool:
        """Whether a link leads about within the page's own shop; a deal article's short links lead out to others."""
        if self.own is None or link.platform != self.own.platform:
            return False
        return self.own.kind != "article" or link.kind != "short"

    def _offer(
        self,
        address: str | None,
        title: str | None,
        price: Price | None,
        path: str,
        link: ShopLink | None = None,
    ) -> Offer:
        url = _joined(self.url, address or self.url)
        link = link or self.platforms.read(url, proven=self.proven)
        if link is None and not url.startswith(("http://", "https://")):
            url = self.url  # a script or a data blob leads to no shop; the product stands on this page
        kind = link.kind if link else "product"
        return Offer(
            placement="reference_page",
            order=0,
            checkout={"product": 2, "cart": 4}.get(kind, 1) if url else 0,
            url=url or None,
            canonical_url=link.canonical_url if link else (canonical(url) or None),
            platform=link.platform if link else None,
            item_id=link.item_id if link else None,
            sku_id=link.sku_id if link else None,
            title=title,
            price=price.amount if price else None,
            price_original=price.original if price else None,
            currency=(price.currency if price else None) or (link.currency if link and price else None),
            affiliate=link.affiliate if link else None,
            source_path=path,
        )


def _declared_price(offer: Item) -> Price | None:
    specification = next(iter(things(offer.get("priceSpecification"))), {})
    currency = text_of(offer.get("priceCurrency")) or text_of(specification.get("priceCurrency"))
    for value in (offer.get("price"), offer.get("lowPrice"), specification.get("price")):
        price = read_price(text_of(value), currency) if value not in (None, "", {}, []) else None
        if price:
            return price
    return None


def _available(value: Any) -> bool | None:
    said = re.sub(r"\W", "", (text_of(value) or "").rpartition("/")[2]).lower()
    if said in (
        "instock",
        "onlineonly",
        "limitedavailability",
        "preorder",
        "presale",
        "instoreonly",
        "backorder",
        "available",
    ):
        return True
    return False if said in ("outofstock", "soldout", "discontinued", "oos") else None


def _image(value: Any, url: str) -> str | None:
    first = value[0] if isinstance(value, list) and value else value
    address = (
        text_of(first.get("url") or first.get("contentUrl")) if isinstance(first, dict) else text_of(first)
    )
    return _joined(url, address) if address else None


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address.strip())
    except ValueError:
        return ""


def _is_aside(anchor: HtmlElement) -> bool:
    """Whether an element stands in navigation, beside the content or in an advertisement."""
    for depth, parent in enumerate(anchor.iterancestors()):
        if depth > 30 or parent.tag in ("article", "main", "body"):
            return False
        if parent.tag in ("nav", "header", "footer", "aside"):
            return True
        marks = f"{parent.get('class', '')} {parent.get('id', '')}"
        if _ASIDE.search(re.sub(r"[_-]", " ", marks)):
            return True
    return False


def _around(anchor: HtmlElement) -> str:
    """The text of the smallest block around a link."""
    row = next(anchor.iterancestors("tr"), None)
    block = next(anchor.iterancestors("p", "li", "td", "div", "section"), anchor) if row is None else row
    said, own = line(block), line(anchor)
    at = max(0, said.find(own) - _CONTEXT) if own else 0
    return said[at : at + 2 * _CONTEXT + len(own)]
