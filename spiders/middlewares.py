"""What requests pass: of answers their turn, of the reference crawl guards, each redirect and robots.txt included."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares import robotstxt
from scrapy.exceptions import IgnoreRequest, NotConfigured

from geo_tracker.config import Settings
from geo_tracker.extract.urls import is_public_http


class Blocked(IgnoreRequest):
    """This address must not be crawled; the message says why."""


class Turns:
    """Holds a request back until its turn, so that other engines' requests pass it."""

    async def process_request(self, request: Request) -> None:
        await asyncio.sleep(max(0.0, request.meta.get("turn", 0.0)))


class PublicAddresses:
    """Blocks addresses that are not public http(s) by their look; the resolver checks where names lead."""

    def __init__(self, addresses: Collection[str]) -> None:
        self._addresses = addresses

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.settings.getlist("PRIVATE_ADDRESSES"))

    def process_request(self, request: Request) -> None:
        if not is_public_http(request.url) and urlsplit(request.url).hostname not in self._addresses:
            raise Blocked("not a public http or https address")


class SandboxProxy:
    """Sends everything to the sandbox, which stands in for the whole web."""

    def __init__(self, url: str) -> None:
        self._url = url

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        url = Settings.from_environment().sandbox_url
        if url is None:
            raise NotConfigured
        return cls(url)

    def process_request(self, request: Request) -> None:
        request.meta["proxy"] = self._url


class Robots(robotstxt.RobotsTxtMiddleware):
    """Scrapy's, with a refusal that can be told from other dropped requests."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        # A site without a robots.txt is common, and a dead one shows in its page's row.
        logging.getLogger(robotstxt.__name__).setLevel(logging.CRITICAL)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def process_request(self, request: Request, spider: Any = None) -> None:
        try:
            await super().process_request(request)
        except IgnoreRequest as error:
            raise Blocked(str(error)) from None

    async def robot_parser(self, request: Request) -> Any:
        # Of several requests that wait for one robots.txt, Scrapy 2.19 gives its rules to the first alone and
        # lets the others pass.
        async with self._locks[urlsplit(request.url).netloc]:
            return await super().robot_parser(request)
