"""The download handler that renders: as Scrapy's own until the first page needs a browser, which few crawls have."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Response

from spiders.browser import NotRenderedError

if TYPE_CHECKING:
    from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

LONGEST = 45.0
"""Seconds for a page, whatever its scripts do."""


class Browser(HTTP11DownloadHandler):
    """Has requests whose meta holds a `rendering` rendered by scrapy-playwright, downloads all others as usual."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._starting = asyncio.Lock()
        self._inner: ScrapyPlaywrightDownloadHandler | None = None

    async def download_request(self, request: Request) -> Response:
        if "rendering" not in request.meta:
            return await super().download_request(request)
        from playwright.async_api import Error
        from playwright.async_api import TimeoutError as TooLong

        try:
            browser = await self._browser()
            return await asyncio.wait_for(browser.download_request(request), LONGEST)
        except (TimeoutError, TooLong):
            await request.meta["rendering"].close()
            raise NotRenderedError("its scripts do not come to an end") from None
        except Error as error:
            raise NotRenderedError(f"the browser failed: {error.message.strip().splitlines()[0]}") from None

    async def _browser(self) -> ScrapyPlaywrightDownloadHandler:
        async with self._starting:
            if self._inner is None:
                from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

                inner = ScrapyPlaywrightDownloadHandler(self._crawler)
                # It waits for the crawl to begin, which was before.
                await inner._maybe_launch_in_thread()
                self._inner = inner
            return self._inner

    async def close(self) -> None:
        if self._inner is not None:
            await self._inner.close()
        await super().close()
