"""Crawls the pages that answers cite and offers lead to; whatever happens to a page is written to its row."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

import sqlalchemy as sa
from scrapy import Request, signals
from scrapy.exceptions import DownloadCancelledError, StopDownload
from scrapy.http import Headers, Response
from scrapy.settings import BaseSettings
from sqlmodel import Session, col, select
from twisted.python.failure import Failure

from geo_tracker.config import Settings
from geo_tracker.extract.urls import canonical, same_page
from geo_tracker.storage.database import reading
from geo_tracker.storage.leases import claim, claim_in_turn, held_elsewhere
from geo_tracker.storage.models import Page, PageStatus
from geo_tracker.storage.pages import Visit, known_page, page_columns, pages_of, to_crawl
from spiders.browser import NotRenderedError, Rendering, why_not
from spiders.browser import settings as rendering_settings
from spiders.items import Crawled
from spiders.middlewares import Blocked
from spiders.network import broken_connection, request_of
from spiders.reading import Readers, Reading
from spiders.resolver import PublicResolver
from spiders.routes import OpenRoutes, Route, next_address
from spiders.rows import RowSpider

WALLED = (401, 403, 429, 503)
"""Statuses with which sites send their walls."""
MAX_VALIDATOR = 500
"""Characters of an ETag or a date that are kept."""
READABLE = re.compile(r"text/.*|.*[/+](html|xml|pdf)|application/octet-stream|", re.IGNORECASE)


class ReferencesSpider(RowSpider):
    """`scrapy crawl references -a workspace=SLUG [-a before=TIME]`

    Pages that were last asked for before that time (ISO 8601) are asked for again.
    """

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
        "REDIRECT_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "REDIRECT_MAX_TIMES": 8,
        "METAREFRESH_MAXDELAY": 10,
        "RETRY_TIMES": 1,
        "RETRY_GIVE_UP_LOG_LEVEL": "DEBUG",
    }

    def __init__(self, before: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._open_routes = OpenRoutes()
        self._unrendered = why_not(self.environment.environment)
        self.before = datetime.fromisoformat(before) if before else None

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        super().update_settings(settings)
        environment = Settings.from_environment()
        if why_not(environment.environment) is None:
            for name, value in rendering_settings(environment.environment).items():
                known = settings.getdict(name) if isinstance(value, dict) else {}
                settings.set(name, {**known, **value} if known else value, priority="spider")
        if environment.sandbox_url:
            settings.set("DOWNLOAD_DELAY", 0, priority="spider")
            per_domain = settings.getint("SANDBOX_CONCURRENCY")
            settings.set("CONCURRENT_REQUESTS_PER_DOMAIN", per_domain, priority="spider")

    def _open(self) -> None:
        super()._open()
        self.crawler.signals.connect(self._skip_unreadable, signals.headers_received)
        self.crawler.signals.connect(self._come_slowly, signals.request_reached_downloader)
        processes = self.settings.getint("PAGE_READERS") or os.cpu_count() or 1
        self._readers = Readers(self.environment.archive_url, processes)
        self.crawler.signals.connect(self._readers.close, signals.spider_closed)
        if not self.sandbox:
            self._resolver = self._install_resolver()

    def _come_slowly(self, request: Request) -> None:
        """The first request to a site waits as the others do: another crawl may have left it this moment."""
        slot = self.crawler.engine.downloader.slots[request.meta["download_slot"]]
        slot.lastseen = slot.lastseen or monotonic()

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
        rows = await self.alone(lambda session: self._claim(session, room))
        self.held.update({page.id: page.domain for page in rows})
        return rows

    def _claim(self, session: Session, room: int) -> list[Page]:
        now = self.now()
        if self.sandbox:
            return claim(session, Page, self._wanted(), room, now)
        claim_in_turn(session)
        return claim(session, Page, [*self._wanted(), ~held_elsewhere(now)], room, now)

    def _wanted(self) -> list[sa.ColumnElement[bool]]:
        return [col(Page.sandbox).is_(self.sandbox), to_crawl(self.before), pages_of(self.workspace)]

    async def next_due(self) -> float | None:
        """A moment, while another crawl is at a domain whose pages are wanted here, too."""
        return None if self.sandbox or not await asyncio.to_thread(self._must_wait) else 1.0

    def _must_wait(self) -> bool:
        free = sa.or_(col(Page.claimed_until).is_(None), col(Page.claimed_until) < self.now())
        with reading(self.database) as session:
            return session.exec(select(Page.id).where(*self._wanted(), free).limit(1)).first() is not None

    async def take(self, page: Page) -> Request | Crawled:
        self._open_routes.begin(page.id, page.url)
        return self._ask(Route(page, page.url))

    def release(self, row_id: int) -> None:
        super().release(row_id)
        self._open_routes.end(row_id)

    def _ask(self, route: Route) -> Request | Crawled:
        try:
            return Request(
                route.url,
                headers=route.conditions,
                callback=self.parse,
                errback=self.broken,
                cb_kwargs={"route": route},
                meta={"handle_httpstatus_all": True},
                dont_filter=True,
            )
        except ValueError:
            return self._failed(route, PageStatus.BLOCKED, "not an address")

    def _skip_unreadable(self, headers: Headers, request: Request) -> None:
        if request.callback == self.parse and not _is_readable(headers):
            raise StopDownload(fail=False)

    async def parse(self, response: Response, route: Route) -> AsyncIterator[Request | Crawled]:
        onward = next_address(response, self.settings.getfloat("METAREFRESH_MAXDELAY"))
        if onward:
            yield await self._follow(route.after(*onward))
        elif response.status == 304 and route.conditions:
            yield self._visited(route, {"status": PageStatus.FETCHED}, response)
        elif response.status in WALLED:
            reading = await self._read(response)
            yield self._failed(route, PageStatus.FAILED, *_walled(response, reading), response=response)
        elif response.status != 200:
            yield self._failed(route, PageStatus.FAILED, f"HTTP {response.status}", response=response)
        elif "download_stopped" in response.flags:
            reason = f"{_content_type(response.headers)} is not read"
            yield self._failed(route, PageStatus.FAILED, reason, response=response)
        else:
            found = await self._read(response)
            if found.content and found.content.wall == "javascript" and self._unrendered is None:
                yield self._render(route, response)
            else:
                yield self._ended(route, response, found)

    def _render(self, route: Route, response: Response) -> Request:
        return Request(
            response.url,
            callback=self.parse_rendered,
            errback=self.broken,
            cb_kwargs={"route": route},
            meta=Rendering(response, self.crawler.engine.download_async).meta(),
            dont_filter=True,
        )

    async def parse_rendered(self, response: Response, route: Route) -> AsyncIterator[Crawled]:
        response = response.replace(url=route.url)  # scripts write what they like into the address bar
        longest = self.settings.getint("DOWNLOAD_MAXSIZE")
        if len(response.body) > longest:
            yield self._failed(route, PageStatus.FAILED, f"larger than {longest} bytes", response=response)
        else:
            yield self._ended(route, response, await self._read(response), rendered=True)

    async def _follow(self, route: Route) -> Request | Crawled:
        """The request for the next address, unless the way turns in circles or leads to a page that is known."""
        refusal = route.refusal(self.settings.getint("REDIRECT_MAX_TIMES"))
        if refusal:
            return self._failed(route, PageStatus.FAILED, refusal)
        address = canonical(route.url)
        await self._open_routes.reach(route.page.id, address, self.settings.getfloat("DOWNLOAD_TIMEOUT"))
        if address != route.page.url and await asyncio.to_thread(self._knows, address, route.page):
            return Crawled(Visit(route.page.id, self.now(), address, route.hops))
        if not route.url.startswith(("http://", "https://")):
            reason = "redirects to an address that is not http or https"
            return self._failed(route, PageStatus.BLOCKED, reason)
        return self._ask(route)

    def _knows(self, address: str, other_than: Page) -> bool:
        with reading(self.database) as session:
            page = known_page(session, address, self.before)
        if (
            page is None or page.status == PageStatus.BLOCKED
        ):  # asking tells this way's own reason, at no cost
            return False
        return page.id != other_than.id and page.sandbox is other_than.sandbox

    async def _read(self, response: Response) -> Reading:
        found = await self._readers.read(response.body, response.url, _content_type(response.headers))
        if found.trace:
            self.logger.error("%s: the reader failed\n%s", response.url, found.trace)
        return found

    def _ended(self, route: Route, response: Response, found: Reading, *, rendered: bool = False) -> Crawled:
        if found.content is None:
            reason = found.error or "could not be read"
            return self._failed(route, PageStatus.FAILED, reason, response=response, sha256=found.sha256)
        columns = {**page_columns(found.content), "sha256": found.sha256, "rendered": rendered}
        if columns["status"] != PageStatus.FETCHED:
            if columns["wall"] == "javascript" and self._unrendered:
                columns["error"] += f" - {self._unrendered}"
            return self._visited(route, columns, response, address=route.landing)
        found_at = canonical(response.url)
        address = same_page(found_at, found.content.canonical)
        if address != found_at:
            route = route.after(response.url, "canonical")
        return self._visited(route, columns, response, address=address)

    def _failed(
        self,
        route: Route,
        status: PageStatus,
        error: str,
        wall: str | None = None,
        *,
        response: Response | None = None,
        **columns: Any,
    ) -> Crawled:
        columns |= {"status": status, "error": error[:500], "wall": wall}
        return self._visited(route, columns, response, address=route.landing)

    def _visited(
        self, route: Route, columns: dict[str, Any], response: Response | None, address: str | None = None
    ) -> Crawled:
        columns = {"final_url": route.url, **columns}
        if response is not None:
            columns |= _received(response)
        return Crawled(Visit(route.page.id, self.now(), address or route.page.url, route.hops, columns))

    async def broken(self, failure: Failure) -> AsyncIterator[Crawled]:
        request = request_of(failure)
        status, reason = self._reason(failure.value, request)
        wall = "javascript" if "rendering" in request.meta else None
        yield self._failed(request.cb_kwargs["route"], status, reason, wall)

    def _reason(self, error: BaseException | None, request: Request) -> tuple[PageStatus, str]:
        host = urlsplit(request.url).hostname or ""
        if isinstance(error, Blocked):
            return PageStatus.BLOCKED, str(error)
        if not self.sandbox and host in self._resolver.refused:
            return PageStatus.BLOCKED, f"{host} leads to a private address"
        if isinstance(error, DownloadCancelledError) or "DOWNLOAD_MAXSIZE" in str(error):
            return PageStatus.FAILED, f"larger than {self.settings.getint('DOWNLOAD_MAXSIZE')} bytes"
        if isinstance(error, NotRenderedError):
            return PageStatus.FAILED, f"shows a wall instead of its content: javascript - {error}"
        return PageStatus.FAILED, broken_connection(error) or str(error) or type(error).__name__


def _received(response: Response) -> dict[str, Any]:
    """Columns that tell of a response; what the next visit may ask by belongs to its content."""
    columns: dict[str, Any] = {"final_url": response.url, "http_status": response.status}
    columns["content_type"] = _content_type(response.headers)
    for name, header in (("etag", "ETag"), ("last_modified", "Last-Modified")):
        value = (response.headers.get(header) or b"").decode("latin-1")
        columns[name] = value if value and len(value) <= MAX_VALIDATOR else None
    return columns


def _walled(response: Response, found: Reading) -> tuple[str, str | None]:
    """What an error page that may be a wall says: the reason, and the wall."""
    wall = found.content.wall if found.content else None
    said = f": shows a wall instead of its content: {wall}" if wall else ""
    return f"HTTP {response.status}{said}", wall


def _content_type(headers: Headers) -> str:
    return (headers.get("Content-Type") or b"").decode("latin-1")[:200]


def _is_readable(headers: Headers) -> bool:
    return READABLE.fullmatch(_content_type(headers).partition(";")[0].strip()) is not None
