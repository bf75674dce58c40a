"""Crawls each page that answers cite, once; whatever happens to a page is written to its row."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

import sqlalchemy as sa
from scrapy import Request, signals
from scrapy.exceptions import DownloadCancelledError, StopDownload
from scrapy.http import Headers, Response
from scrapy.settings import BaseSettings
from scrapy.spidermiddlewares.httperror import HttpError
from sqlmodel import col
from twisted.python.failure import Failure

from geo_tracker.claims import claim
from geo_tracker.config import Settings
from geo_tracker.errors import GeoTrackerError
from geo_tracker.models import Page, PageStatus
from geo_tracker.store import page_columns, pages_of
from spiders.items import Crawled
from spiders.middlewares import Blocked
from spiders.network import broken_connection, request_of
from spiders.resolver import PublicResolver
from spiders.rows import RowSpider

logger = logging.getLogger(__name__)
READABLE = re.compile(r"text/.*|.*[/+](html|xml|pdf)|application/octet-stream|", re.IGNORECASE)


class ReferencesSpider(RowSpider):
    """`scrapy crawl references -a workspace=SLUG`"""

    name = "references"
    table = Page
    custom_settings = {  # noqa: RUF012 - Scrapy's own attribute
        "ROBOTSTXT_OBEY": True,
        "DOWNLOADER_MIDDLEWARES": {
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            "spiders.middlewares.PublicAddresses": 90,
            "spiders.middlewares.Robots": 100,
            "spiders.middlewares.SandboxProxy": 740,
        },
        "CONCURRENT_REQUESTS": 32,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 2,
        "DOWNLOAD_DELAY": 0.5,
        "DOWNLOAD_MAXSIZE": 5 * 1024 * 1024,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_TIMEOUT": 30,
        "REDIRECT_MAX_TIMES": 8,
        "METAREFRESH_MAXDELAY": 10,
        "RETRY_TIMES": 1,
        "RETRY_GIVE_UP_LOG_LEVEL": "DEBUG",
    }

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        super().update_settings(settings)
        if Settings.from_environment().sandbox_url:
            settings.set("DOWNLOAD_DELAY", 0, priority="spider")
            per_domain = settings.getint("SANDBOX_CONCURRENCY")
            settings.set("CONCURRENT_REQUESTS_PER_DOMAIN", per_domain, priority="spider")

    def _open(self) -> None:
        super()._open()
        self.crawler.signals.connect(self._skip_unreadable, signals.headers_received)
        if not self.sandbox:
            self._resolver = self._install_resolver()

    def _install_resolver(self) -> PublicResolver:
        from twisted.internet import reactor

        resolver = PublicResolver(
            reactor,
            self.settings.getfloat("DNS_TIMEOUT"),
            hosts={urlsplit(proxy).hostname or "" for proxy in getproxies().values()},
            addresses=self.settings.getlist("PRIVATE_ADDRESSES"),
        )
        resolver.install_on_reactor()
        return resolver

    async def claim(self) -> Sequence[Page]:
        window = self.settings.getint("PAGE_WINDOW")
        room = window - len(self.held)
        if 2 * room < window:
            return []
        rows = await self.writer.run(lambda session: claim(session, Page, self._wanted(), room, self.now()))
        self.held.update({page.id: page.domain for page in rows})
        return rows

    def _wanted(self) -> list[sa.ColumnElement[bool]]:
        return [col(Page.sandbox).is_(self.sandbox), pages_of(self.workspace)]

    async def take(self, page: Page) -> AsyncIterator[Request | Crawled]:
        try:
            yield Request(
                page.url,
                callback=self.parse,
                errback=self.broken,
                cb_kwargs={"page_id": page.id},
                dont_filter=True,
            )
        except ValueError:
            yield self._ended(page.id, PageStatus.BLOCKED, "not an address", None)

    def _skip_unreadable(self, headers: Headers, request: Request) -> None:
        if request.callback == self.parse and not _is_readable(headers):
            raise StopDownload(fail=False)

    async def parse(self, response: Response, page_id: int) -> AsyncIterator[Crawled]:
        if "download_stopped" in response.flags:
            reason = f"{_content_type(response.headers)} is not read"
            yield self._ended(page_id, PageStatus.FAILED, reason, response)
            return
        sha = await asyncio.to_thread(self.archive.put, response.body)
        yield await asyncio.to_thread(self._read, page_id, response, sha)

    def _read(self, page_id: int, response: Response, sha: str) -> Crawled:
        # Takes as long to load as Scrapy itself, which loads this module for every spider.
        from geo_tracker.extract.pages import read_page

        try:
            content = read_page(response.body, response.url, _content_type(response.headers))
        except GeoTrackerError as error:
            return self._ended(page_id, PageStatus.FAILED, str(error), response, sha256=sha)
        except Exception as error:
            logger.exception("page %s could not be read", page_id)
            reason = f"could not be read: {type(error).__name__}"
            return self._ended(page_id, PageStatus.FAILED, reason, response, sha256=sha)
        columns = page_columns(content)
        status, reason = columns.pop("status"), columns.pop("error")
        return self._ended(page_id, status, reason, response, sha256=sha, **columns)

    def _ended(
        self, page_id: int, status: PageStatus, error: str | None, response: Response | None, **values: Any
    ) -> Crawled:
        if response is not None:
            values["final_url"] = response.url
            values["http_status"] = response.status
            values["content_type"] = _content_type(response.headers)
        values.update(status=status, error=error and error[:500], fetched_at=self.now())
        return Crawled(page_id, values)

    async def broken(self, failure: Failure) -> AsyncIterator[Crawled]:
        request, error = request_of(failure), failure.value
        response = error.response if isinstance(error, HttpError) else None
        status, reason = self._reason(error, request, response)
        yield self._ended(request.cb_kwargs["page_id"], status, reason, response)

    def _reason(
        self, error: BaseException | None, request: Request, response: Response | None
    ) -> tuple[PageStatus, str]:
        host = urlsplit(request.url).hostname or ""
        if response is not None and "Location" in response.headers:
            return PageStatus.BLOCKED, "redirects to an address that is not http or https"
        if response is not None:
            return PageStatus.FAILED, f"HTTP {response.status}"
        if isinstance(error, Blocked):
            return PageStatus.BLOCKED, str(error)
        if not self.sandbox and host in self._resolver.refused:
            return PageStatus.BLOCKED, f"{host} leads to a private address"
        if isinstance(error, DownloadCancelledError) or "DOWNLOAD_MAXSIZE" in str(error):
            return PageStatus.FAILED, f"larger than {self.settings.getint('DOWNLOAD_MAXSIZE')} bytes"
        return PageStatus.FAILED, broken_connection(error) or str(error) or type(error).__name__


def _content_type(headers: Headers) -> str:
    return (headers.get("Content-Type") or b"").decode("latin-1")[:200]


def _is_readable(headers: Headers) -> bool:
    return READABLE.fullmatch(_content_type(headers).partition(";")[0].strip()) is not None
