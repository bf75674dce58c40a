"""Builds the sites of a market from its data: brands' own, shops, press, forums and a planted campaign."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from random import Random
from typing import Any
from urllib.parse import quote

from geo_tracker.sandbox.pages import Good, Layout, Listing, Section, Service, Statement, WebPage
from geo_tracker.sandbox.world import Brand, Market, Product, Words
from geo_tracker.sandbox.writing import Writer

Spec = Mapping[str, Any]

_LAYOUTS: Mapping[str, Layout] = {"forum": "thread", "qa": "thread", "shop": "product"}


def short_code(*parts: str) -> str:
    """The code of a short link: the same parts always give the same."""
    return sha256("|".join(parts).encode()).hexdigest()[:8]


class Sites:
    """All pages and redirects of one market."""

    def __init__(self, market: Market, words: Words, spec: Spec) -> None:
        self.market, self.words, self.spec = market, words, spec
        self.redirects: dict[str, tuple[int, str]] = {
            each["from"]: (each["status"], f"http://{each['to']}") for each in spec["redirects"]
        }
        self.listings = [self._listing(shop, brand, product) for shop, brand, product in self._goods()]
        self.pages = [*self._press(), *self._brand_sites(), *self._shop_pages(), *self._campaign()]
        self.robots: dict[str, str] = {
            site["host"]: site["robots"] for site in spec["sites"] if "robots" in site
        }

    def _goods(self) -> Iterator[tuple[Spec, Brand, Product]]:
        for shop in self.spec["shops"]:
            for key in shop.get("only", self.market.brands):
                brand = self.market.brands[key]
                for product in brand.products:
                    yield shop, brand, product

    def _listing(self, shop: Spec, brand: Brand, product: Product) -> Listing:
        """The product in the shop, and the redirects from its short link to it."""
        code = short_code(shop["host"], product.sku)
        url = f"http://{shop['host']}{shop['path'].format(sku=product.sku)}"
        hops = [f"http://{hop.format(code=code)}" for hop in shop["hops"]]
        for hop, target in zip(hops, [*hops[1:], _affiliate(url)], strict=True):
            self.redirects[hop.removeprefix("http://")] = (302, target)
        store = shop["stores"][int(code, 16) % len(shop["stores"])].format(brand=brand.name)
        return Listing(
            product=product,
            brand=brand.key,
            store=store,
            factor=shop["factor"],
            currency=self.market.currency,
            url=url,
            link=hops[0],
            tracked=f"{hops[-1]}&to={quote(url, safe='')}" if "?" in hops[-1] else hops[-1],
            markup=shop["markup"],
        )

    def _press(self) -> Iterator[WebPage]:
        for site in self.spec["sites"]:
            for page in site["pages"]:
                yield self._page(site, page, [self.market.brands[key] for key in page["brands"]])

    def _brand_sites(self) -> Iterator[WebPage]:
        for brand in self.market.brands.values():
            site = {"host": brand.host, "name": brand.name, "kind": "brand"}
            for page in self.spec["brand_pages"]:
                yield self._own(site, page, brand, brand.products[0])
            for product in brand.products:
                yield self._own(site, self.spec["brand_product"], brand, product)

    def _own(self, site: Spec, page: Spec, brand: Brand, product: Product) -> WebPage:
        values = {"brand": brand.name, "product": product.name, "sku": product.sku, "pack": product.pack}
        topic = self.market.topics[product.topic].label
        title = page["title"].format(topic=topic, **values)
        own = {**page, "path": page["path"].format(**values), "title": title, "topic": product.topic}
        return self._page(site, own, [brand])

    def _shop_pages(self) -> Iterator[WebPage]:
        names = {shop["host"]: shop["name"] for shop in self.spec["shops"]}
        for listing in self.listings:
            host, _, path = listing.url.removeprefix("http://").partition("/")
            brand, product = self.market.brands[listing.brand], listing.product
            site = {"host": host, "name": names[host], "kind": "shop", "dated": "none"}
            title = f"{product.name} {product.pack} - {listing.store} - {names[host]}"
            page = {"path": f"/{path}", "title": title, "topic": product.topic}
            yield replace(self._page(site, page, [brand], listing), listing=listing)

    def _page(
        self, site: Spec, page: Spec, brands: Sequence[Brand], listing: Listing | None = None
    ) -> WebPage:
        key = f"{site.get('twin', site['host'])}{page.get('twin', page['path'])}"
        writer = Writer(self.market, self.words, site["kind"], page["topic"], key)
        text = writer.goods(brands[0], listing) if listing else writer.article(brands)
        return WebPage(
            **self._headed(site, page),
            sections=tuple(text.sections),
            published=page.get("published"),
            author=site.get("author", ""),
            statements=frozenset(text.statements),
            knowledge=frozenset(text.knowledge),
            goods=tuple(self._goods_of(site, page, brands)),
            service=_service(site, page),
            **self._revision(site, page),
        )

    def _headed(self, site: Spec, page: Spec) -> dict[str, Any]:
        """Where a page stands, and what it is called."""
        names = {"host": site["host"], "site": site["name"], "kind": site["kind"]}
        return {**names, "path": page["path"], "title": page["title"], "language": self.market.language}

    def _revision(self, site: Spec, page: Spec) -> dict[str, Any]:
        """The page as it is rewritten one day, about other brands."""
        if "revised" not in page:
            return {}
        day, keys = page["revised"]["day"], page["revised"]["brands"]
        rest = {name: value for name, value in page.items() if name != "revised"}
        brands = [self.market.brands[key] for key in keys]
        return {"revised": day, "later": self._page(site, {**rest, "brands": keys}, brands)}

    def _goods_of(self, site: Spec, page: Spec, brands: Sequence[Brand]) -> Iterator[Good]:
        """A link for each product of a page that lives on them, some through a jump of the site's own."""
        for brand in brands[: page.get("goods", site.get("goods", 0))]:
            sku = brand.product_for(page["topic"]).sku
            sold = [listing for listing in self.listings if listing.product.sku == sku]
            code = short_code(site["host"], page["path"], sku)
            listing = sold[int(code, 16) % len(sold)]
            if "jump" in site:
                jump = site["jump"].format(code=code)
                self.redirects[jump] = (302, listing.link)
                yield Good(listing, f"http://{jump}")
            else:
                yield Good(listing, listing.link)

    def _campaign(self) -> Iterator[WebPage]:
        """Near copies of one paid text on many hosts, which all appear at once."""
        plan = self.spec["campaign"]
        for number, host in enumerate(plan["hosts"]):
            title = plan["titles"][number % len(plan["titles"])]
            site = {"host": host, "name": host.split(".")[1], "kind": "soft", "dated": "meta"}
            page = {
                "path": f"/a/{short_code(host, title)}.html",
                "published": plan["published"],
                "title": title,
            }
            yield self._planted(site, page, self.market.brands[plan["brand"]], plan["text"])

    def _planted(self, site: Spec, page: Spec, brand: Brand, lines: Sequence[str]) -> WebPage:
        rng = Random(site["host"])  # noqa: S311 - no secret hangs on it
        planted = [number for number, fact in enumerate(brand.facts) if "planted" in fact.kinds]
        facts = {f"fact{i}": brand.facts[number].text for i, number in enumerate(planted)}
        body = [line.format(brand=brand.name, count=rng.randrange(20, 60), **facts) for line in lines]
        if rng.random() < 0.5:
            at = rng.randrange(1, len(body) - 1)
            body[at : at + 2] = reversed(body[at : at + 2])
        stop = "。" if self.market.language == "zh" else "."
        return WebPage(
            **self._headed(site, page),
            sections=(Section("", tuple(line + stop for line in body)),),
            published=page["published"],
            statements=frozenset(Statement(brand.key, number) for number in planted),
            service=_service(site, page),
        )


def _affiliate(url: str) -> str:
    """The address with the tracking that a short link adds."""
    return f"{url}{'&' if '?' in url else '?'}utm_source=union&pid=8801_21"


def _service(site: Spec, page: Spec) -> Service:
    layout = page.get("template") or page.get("type") or _LAYOUTS.get(site["kind"], "article")
    twin, copied = site.get("twin"), page.get("twin")
    return Service(
        status=page.get("status", 200),
        delay=page.get("delay", 0.0),
        drop=page.get("drop", False),
        encoding=site.get("encoding", "utf-8"),
        layout=layout,
        dated=page.get("dated", site.get("dated", "none")),
        canonical=f"http://{twin or site['host']}{copied or page['path']}" if twin or copied else "",
    )
