"""The fictional web as a server sees it: any address to what is sent back for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from urllib.parse import parse_qs, unquote

from jinja2 import Environment, PackageLoader, select_autoescape

from geo_tracker.sandbox import jumps
from geo_tracker.sandbox.pages import Listing, WebPage
from geo_tracker.sandbox.pdf import pdf_of
from geo_tracker.sandbox.sites import Sites
from geo_tracker.sandbox.world import LANGUAGES, SIGNS, market, read_data, words

STORY_DAYS = 28
_IDENTITY = ("id", "e", "t")
"""Query parameters that name a page; any other is tracking."""
_MISSING = "<!DOCTYPE html><title>404</title><h1>404 Not Found</h1>"
_BROKEN = "<!DOCTYPE html><title>500</title><h1>500 Internal Server Error</h1>"
_ALLOW_ALL = "User-agent: *\nAllow: /\n"


@dataclass(frozen=True, slots=True)
class WebReply:
    """What a host sends back; `drop` means that it hangs up instead."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drop: bool = False


def first_day(today: date) -> date:
    """The first day of a story that ends today."""
    return today - timedelta(days=STORY_DAYS - 1)


class Web:
    """All hosts of both markets on the days since the story began."""

    def __init__(self, start: date) -> None:
        self.start = start
        self.sites = [
            Sites(market(each), words(each, "pages"), read_data(each, "sites.yaml")) for each in LANGUAGES
        ]
        self.pages = [page for each in self.sites for page in each.pages]
        self.listings: dict[str, list[Listing]] = {}
        for listing in (listing for each in self.sites for listing in each.listings):
            self.listings.setdefault(listing.product.sku, []).append(listing)
        self._by_address = {page_key(page.host, page.path): page for page in self.pages}
        self._redirects = {_key_of(url): to for each in self.sites for url, to in each.redirects.items()}
        self._robots = {host: text for each in self.sites for host, text in each.robots.items()}
        self._hosts = {key[0] for key in (*self._by_address, *self._redirects)}
        self._environment = Environment(
            loader=PackageLoader(__package__), autoescape=select_autoescape(), trim_blocks=True
        )

    def day_of(self, day: date) -> int:
        return (day - self.start).days

    def date_of(self, day: int) -> date:
        return self.start + timedelta(days=day)

    def fetch(self, host: str, path: str, day: int, etag: str | None = None) -> WebReply:
        """What `http://host/path` answers on a day; 502, as a proxy would say, for a host that is not there."""
        if target := jumps.target_of(host, path):
            return WebReply(302, headers={"Location": target})
        key = page_key(host, path)
        if key in self._redirects:
            status, target = self._redirects[key]
            return WebReply(status, headers={"Location": target})
        if host not in self._hosts:
            return WebReply(502, f"no host {host} in the sandbox".encode(), {"Content-Type": "text/plain"})
        if key[1] == "/robots.txt":
            text = self._robots.get(host, _ALLOW_ALL)
            return WebReply(200, text.encode(), {"Content-Type": "text/plain"})
        page = self._by_address.get(key)
        if page is None or not page.exists_on(day) or page.service.status == 404:
            return _html(404, _MISSING)
        return self._served(page.on(day), day, etag)

    def _served(self, page: WebPage, day: int, etag: str | None) -> WebReply:
        service = page.service
        if service.drop:
            return WebReply(200, drop=True)
        if service.status >= 500:
            return _html(service.status, _BROKEN)
        body, kind = self._body(page, day)
        tag = f'"{sha256(body).hexdigest()[:16]}"'
        headers = {"Content-Type": kind, "ETag": tag}
        if etag == tag:
            return WebReply(304, headers=headers)
        return WebReply(404 if self._dead(page, day) else 200, body, headers, service.delay)

    def _body(self, page: WebPage, day: int) -> tuple[bytes, str]:
        """The content of a page and its type."""
        service = page.service
        if service.layout == "text":
            return page.text.encode(), "text/plain; charset=utf-8"
        if service.layout == "pdf":
            published = None if page.published is None else self.date_of(page.published)
            paragraphs = [part for each in page.sections for part in (each.heading, *each.paragraphs)]
            return pdf_of(page.title, paragraphs, published), "application/pdf"
        # an old host leaves its encoding to the page's own <meta charset>
        charset = "; charset=utf-8" if service.encoding == "utf-8" else ""
        return self.html(page, day).encode(service.encoding, "xmlcharrefreplace"), f"text/html{charset}"

    def _dead(self, page: WebPage, day: int) -> bool:
        """Whether it is a shop's page of a product that is gone; the dearer shop deletes it."""
        listing = page.listing
        return listing is not None and listing.product.is_gone(day) and listing.factor >= 1

    def html(self, page: WebPage, day: int) -> str:
        template = "gone" if self._dead(page, day) else page.service.layout
        published = None if page.published is None else self.date_of(page.published)
        return self._environment.get_template(f"{template}.html").render(
            page=page,
            words=words(page.language, "pages"),
            date=published and published.isoformat(),
            written_date=published and f"{published:%Y-%m-%d}",
            paragraphs=[part for section in page.sections for part in section.paragraphs],
            signs=SIGNS,
            day=day,
            **_goods(page, day),
        )


def _goods(page: WebPage, day: int) -> dict[str, object]:
    listing = page.listing
    if listing is None:
        return {}
    return {
        "listing": listing,
        "product": listing.product,
        "brand": market(page.language).brands[listing.brand].name,
        "price": listing.price_on(day),
        "gone": listing.product.is_gone(day),
    }


def page_key(host: str, path: str) -> tuple[str, str, str]:
    """What makes two addresses the same page: tracking parameters and escapes do not count."""
    bare, _, query = path.partition("?")
    values = parse_qs(query)
    identity = next((values[name][0] for name in _IDENTITY if name in values), "")
    return host, unquote(bare) or "/", identity


def _key_of(address: str) -> tuple[str, str, str]:
    host, _, path = address.partition("/")
    return page_key(host, f"/{path}")


def _html(status: int, body: str) -> WebReply:
    return WebReply(status, body.encode(), {"Content-Type": "text/html; charset=utf-8"})
