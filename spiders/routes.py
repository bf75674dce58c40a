"""The way from a page's address to what it leads to, one request after the other."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from scrapy.http import Response, TextResponse
from w3lib.url import safe_url_string

from geo_tracker.extract.commerce.jumps import SCANNED, is_jump, onward
from geo_tracker.extract.urls import canonical, unwrapped
from geo_tracker.storage.models import Page, PageStatus

REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Route:
    """A claimed page, the address that is being asked and the hops before it."""

    page: Page
    url: str
    hops: tuple[dict[str, Any], ...] = ()

    @property
    def landing(self) -> str:
        """The canonical address of the first that is no jump: what is amiss further on is amiss with this page."""
        addresses = [*(str(hop["url"]) for hop in self.hops), self.url]
        return canonical(next((url for url in addresses if not is_jump(url)), self.url))

    @property
    def conditions(self) -> dict[str, str]:
        """Headers that ask only for a change, where what the row holds came from this address."""
        page = self.page
        its_own = canonical(self.url) == page.url == canonical(page.final_url or "")
        if page.status != PageStatus.FETCHED or page.rendered or not its_own:
            return {}
        asked = {"If-None-Match": page.etag, "If-Modified-Since": page.last_modified}
        return {name: value for name, value in asked.items() if value}

    def after(self, target: str, status: int | str) -> Route:
        """One hop further, over addresses that need not be asked because they carry their target."""
        passed = [*self.hops, {"url": self.url, "status": status}]
        while (carried := unwrapped(target)) != target:
            passed.append({"url": target, "status": "link"})
            target = carried
        return replace(self, url=target, hops=tuple(passed))

    def refusal(self, longest: int) -> str | None:
        """Why the way is not followed to its present address; None where it is."""
        if any(hop["url"] == self.url for hop in self.hops):
            return "redirects in a circle"
        return "max redirections reached" if len(self.hops) > longest else None


def next_address(response: Response, patience: float) -> tuple[str, int | str] | None:
    """Where a response sends its reader and how: an HTTP status, or `page` for its markup; None where it stays."""
    location = response.headers.get("Location")
    if response.status in REDIRECTS and location:
        return urljoin(response.url, safe_url_string(location)), response.status
    if response.status != 200 or not isinstance(response, TextResponse) or not _may_lead_on(response):
        return None
    target = onward(response.text[:SCANNED], response.url, patience)
    if target is None or urlsplit(target)._replace(fragment="") == urlsplit(response.url)._replace(
        fragment=""
    ):
        return None
    return urljoin(response.url, target), "page"


def _may_lead_on(response: TextResponse) -> bool:
    """Most pages say nothing of the kind, and decoding them is work."""
    return b"refresh" in response.body[:8192].lower() or is_jump(response.url)


class OpenRoutes:
    """The addresses that this crawl is asking, so that of many ways to one page only the first goes all the route."""

    def __init__(self) -> None:
        self._ends: dict[str, asyncio.Event] = {}
        self._addresses: dict[int, set[str]] = {}

    def begin(self, row_id: int, address: str) -> None:
        """A row's way has come to this address."""
        if address not in self._ends:
            self._ends[address] = asyncio.Event()
            self._addresses.setdefault(row_id, set()).add(address)

    def end(self, row_id: int) -> None:
        """What a row's way has come to is saved."""
        for address in self._addresses.pop(row_id, ()):
            self._ends.pop(address).set()

    async def reach(self, row_id: int, address: str, patience: float) -> None:
        """Come to an address once another row's way that came there first has ended, at most so many seconds on."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while address in self._ends and address not in self._addresses.get(row_id, ()):
                    await self._ends[address].wait()
        self.begin(row_id, address)
