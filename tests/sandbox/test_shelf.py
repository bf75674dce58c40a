"""The sandbox's shops as the demo's workspaces know them: platforms, short links, catalogue, prices."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit

import pytest

from geo_tracker.extract.commerce.platforms import Platforms
from geo_tracker.extract.commerce.product_pages import page_offers
from geo_tracker.extract.urls import canonical
from geo_tracker.sandbox.pages import Listing
from geo_tracker.sandbox.web import Web
from geo_tracker.sandbox.world import LANGUAGES, market
from tests.support.sandbox_files import workspace

WEB = Web(date(2026, 10, 27))
MAX_HOPS = 5


def platforms(language: str) -> Platforms:
    return Platforms(workspace(language).platforms)


def listings(language: str) -> list[Listing]:
    currency = market(language).currency
    return [each for sold in WEB.listings.values() for each in sold if each.currency == currency]


def followed(url: str) -> tuple[str, int]:
    """Where an address ends and over how many redirects."""
    for hops in range(MAX_HOPS):
        address = urlsplit(url)
        reply = WEB.fetch(address.netloc, address.path + (f"?{address.query}" if address.query else ""), 27)
        if reply.status not in (301, 302):
            return url, hops
        url = reply.headers["Location"]
    raise AssertionError(f"{url} leads nowhere")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_listing_is_a_product_of_a_known_platform(language: str) -> None:
    known = platforms(language)
    for listing in listings(language):
        link = known.read(listing.url)
        assert link is not None and (link.kind, link.item_id) == ("product", listing.product.sku)
        assert canonical(link.canonical_url) == canonical(listing.url)
    assert len({known.read(listing.url).platform for listing in listings(language)}) == 3  # type: ignore[union-attr]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_short_link_ends_at_its_product(language: str) -> None:
    known, hops = platforms(language), set[int]()
    for listing in listings(language):
        link = known.read(listing.link)
        assert link is not None and (link.kind, link.item_id) == ("short", None)
        end, passed = followed(listing.link)
        assert known.read(end).canonical_url == known.read(listing.url).canonical_url  # type: ignore[union-attr]
        hops.add(passed)
    assert hops == {1, 2}


@pytest.mark.parametrize("language", LANGUAGES)
def test_some_links_tell_who_earns_and_where_they_lead(language: str) -> None:
    known = platforms(language)
    tracked = [known.read(each.tracked) for each in listings(language) if each.tracked != each.link]
    assert tracked
    assert all(link and link.kind == "product" and link.affiliate and link.affiliate.pid for link in tracked)


@pytest.mark.parametrize("language", LANGUAGES)
def test_deal_pages_sell_through_jumps_of_their_own(language: str) -> None:
    known = platforms(language)
    deals = [page for page in WEB.pages if page.kind == "deal" and page.language == language]
    for page in deals:
        found = page_offers(WEB.html(page, 27), page.url, known)
        assert [offer.title for offer in found] == [good.listing.product.name for good in page.goods]
        assert all(
            offer.price == good.listing.price_on(27) for offer, good in zip(found, page.goods, strict=True)
        )
        first, last = found[0].platform, known.read(followed(found[0].url or "")[0])
        assert last is not None and (first, last.kind) == (known.read(page.url).platform, "product")  # type: ignore[union-attr]
        assert last.platform != first


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_is_that_of_the_market(language: str) -> None:
    sold = {
        product.name: ([product.sku], product.price)
        for brand in market(language).brands.values()
        for product in brand.products
    }
    for brand in workspace(language).brands:
        for product in brand.products:
            if product.price:
                assert (product.sku, product.price) == sold.pop(product.text)
                assert product.currency == market(language).currency
    assert len(sold) == 1, "one brand is sold that nobody tracks"


@pytest.mark.parametrize("language", LANGUAGES)
def test_prices_change_and_products_die(language: str) -> None:
    sold = listings(language)
    assert {each.product.name for each in sold if each.price_on(0) != each.price_on(27)}
    assert {each.product.name for each in sold if each.product.is_gone(27)}
    assert len({each.store for each in sold}) >= 8
