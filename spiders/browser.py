"""Pages that scripts fill, rendered in a browser without a network of its own: the crawl fetches for it.

So all that a page's scripts ask for passes the same guards as any request of the crawl: public addresses only,
robots.txt, sizes and times; the sandbox stands in for the web here, too. Needs the extra `browser`.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest
from scrapy.http import Response

from spiders.network import REASONS

if TYPE_CHECKING:
    from playwright.async_api import Page, Route
    from playwright.async_api import Request as Asked

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
NEEDED = ("document", "script", "xhr", "fetch")
"""What text may hang on; pictures, styles and sockets are never fetched."""
MAX_REQUESTS = 100
MAX_BYTES = 20 * 1024 * 1024
"""Of all that one page asks for."""
LOAD_LIMIT, IDLE_LIMIT = 20_000.0, 5_000.0
"""Milliseconds that a page may take to load, and then to come to rest."""
NOWHERE = "http://127.0.0.1:9"
"""Proxy for what is not asked through the crawl: nobody listens there."""
KEPT_HEADERS = ("content-type", "content-language", "etag", "last-modified", "cache-control", "vary")


def why_not(environment: Mapping[str, str]) -> str | None:
    """What to do to have pages rendered; None where they are."""
    if environment.get("GEO_BROWSER", "").lower() in ("off", "0", "no"):
        return "GEO_BROWSER is off"
    if find_spec("scrapy_playwright") is None:
        return "install the extra geo-tracker[browser] to have it rendered"
    return None


def settings(environment: Mapping[str, str]) -> dict[str, Any]:
    """Scrapy settings with which pages can be rendered: GEO_BROWSER's browser, the first found, or Playwright's own."""
    found = (path for name in NAMES if (path := shutil.which(name)))
    program = environment.get("GEO_BROWSER") or next(found, None)
    options: dict[str, Any] = {
        "args": ["--proxy-bypass-list=<-loopback>", "--disable-background-networking", "--disable-quic"],
        "proxy": {"server": NOWHERE, "bypass": "<-loopback>"},
        "timeout": LOAD_LIMIT,
        **({"executable_path": program} if program else {}),
    }
    handler = "spiders.chromium.Browser"
    return {
        "DOWNLOAD_HANDLERS": {"http": handler, "https": handler},
        "PLAYWRIGHT_LAUNCH_OPTIONS": options,
        "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": LOAD_LIMIT,
        "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": 2,
        "DOWNLOAD_SLOTS": {
            "rendering": {"concurrency": 2, "delay": 0},
            "browser": {"concurrency": 8, "delay": 0},
        },
    }


REFUSED: tuple[type[Exception], ...] = (IgnoreRequest, DownloadCancelledError, ValueError, *REASONS)
Fetch = Callable[[Request], Awaitable[Response]]


class NotRenderedError(Exception):
    """The browser could not do it; the message says why."""


class Rendering:
    """One page in the browser: its document is the response that the crawl has, the rest is fetched by the crawl."""

    def __init__(self, document: Response, fetch: Fetch) -> None:
        self._document = document
        self._fetch = fetch
        self._page: Page | None = None
        self._requests = self._bytes = 0

    def meta(self) -> dict[str, Any]:
        """Of the request that has the page rendered."""
        from scrapy_playwright.page import PageMethod

        return {
            "playwright": True,
            "playwright_context_kwargs": {"accept_downloads": False, "service_workers": "block"},
            "playwright_page_init_callback": self._open,
            "playwright_page_methods": [PageMethod(_settle)],
            "rendering": self,
            "download_slot": "rendering",
            "handle_httpstatus_all": True,
            "dont_retry": True,
        }

    async def _open(self, page: Page, request: Request) -> None:
        self._page = page
        await page.route("**/*", self._answer)

    async def close(self) -> None:
        """End a page that hangs."""
        if self._page is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._page.close(), 5)

    async def _answer(self, route: Route) -> None:
        asked = route.request
        if asked.is_navigation_request() and asked.frame.parent_frame is None:
            first, self._requests = self._requests == 0, self._requests + 1
            # A script that goes on to another page stays: robots.txt was not asked about that address.
            await (_fulfil(route, asked, self._document) if first else route.fulfill(status=204))
            return
        response = await self._response(asked)
        await (_fulfil(route, asked, response) if response else route.abort())

    async def _response(self, asked: Asked) -> Response | None:
        self._requests += 1
        wanted = asked.resource_type in NEEDED and asked.method == "GET"
        if not wanted or self._requests > MAX_REQUESTS or self._bytes > MAX_BYTES:
            return None
        try:
            response = await self._fetch(
                Request(asked.url, meta={"download_slot": "browser", "dont_retry": True}, dont_filter=True)
            )
        except REFUSED:
            return None
        self._bytes += len(response.body)
        return response


async def _fulfil(route: Route, asked: Asked, response: Response) -> None:
    said = {str(name).lower(): value for name, value in response.headers.to_unicode_dict().items()}
    headers = {name: said[name] for name in KEPT_HEADERS if name in said}
    # Nobody is logged in here: there is nothing that one site could take from another.
    headers |= {
        "access-control-allow-origin": asked.headers.get("origin", "*"),
        "access-control-allow-credentials": "true",
    }
    await route.fulfill(status=response.status, headers=headers, body=response.body)


async def _settle(page: Page) -> None:
    """Wait for the page to come to rest; many never do."""
    from playwright.async_api import TimeoutError as NeverIdle

    with suppress(NeverIdle):
        await page.wait_for_load_state("networkidle", timeout=IDLE_LIMIT)
