"""A spider that works off planned rows: claims them in small batches, never more than it can ask at once."""

from __future__ import annotations

import asyncio
import contextlib
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Self, TypeVar

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from sqlmodel import Session

from geo_tracker.config import Settings
from geo_tracker.engines import engines
from geo_tracker.errors import GeoTrackerError
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import open_engine, reading, workspace_named, writing
from geo_tracker.storage.leases import LEASE, release_own, renew
from geo_tracker.storage.models import Answer, Page, Workspace
from spiders.items import Item
from spiders.log_lines import EventLog
from spiders.secrets import Secrets
from spiders.writer import Writer

T = TypeVar("T")


class RowSpider(Spider):
    """Takes rows of one table in turns: claim, work, save; `held` are those between claim and save."""

    table: ClassVar[type[Answer] | type[Page]]
    workspace: Workspace

    def __init__(self, workspace: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.slug = workspace
        self.environment = Settings.from_environment()
        self.sandbox = self.environment.sandbox_url is not None
        self.database = open_engine(self.environment.database_url)
        self.archive = Archive(self.environment.archive_url)
        self.writer = Writer(self.database, self.archive)
        self.secrets = Secrets(_keys(self.environment))
        self.events = EventLog(self.environment.environment, self.secrets)
        self.held: dict[int, str] = {}
        self._released = asyncio.Event()
        self._is_stopped = False

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider: Self = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider._give_back, signals.spider_closed)
        crawler.signals.connect(spider._give_up, signals.spider_error)
        crawler.signals.connect(spider._give_up, signals.item_error)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        self._open()
        renewing = asyncio.create_task(self._renew())
        try:
            while True:
                self._released.clear()
                rows = await self.claim()
                for output in await asyncio.gather(*map(self.take, rows)):
                    yield output
                if not rows and not await self._wait():
                    return
        finally:
            renewing.cancel()

    @abstractmethod
    async def claim(self) -> Sequence[Any]:
        """Rows to work on now, as many as there is room for, entered into `held`."""

    @abstractmethod
    async def take(self, row: Any) -> Any:
        """The first request or the item of a claimed row."""

    async def next_due(self) -> float | None:
        """Seconds until a row that nobody holds may be asked, None if there is none worth waiting for."""
        return None

    def about(self, row_id: int) -> dict[str, object]:
        """What the log calls a row that is held."""
        return {"page": row_id, "domain": self.held.get(row_id)}

    def note(self, item: Item) -> None:
        """Log the end of a row's turn."""
        self.events.write(workspace=self.slug, **self.about(item.row_id), **item.told)

    def release(self, row_id: int) -> None:
        """A row's turn has ended; its place is free."""
        self.held.pop(row_id, None)
        self._released.set()

    async def alone(self, job: Callable[[Session], T]) -> T:
        """The result of a job in a transaction of its own, which holds the locks of no other."""
        return await asyncio.to_thread(self._transact, job)

    def _transact(self, job: Callable[[Session], T]) -> T:
        with writing(self.database) as session:
            return job(session)

    def now(self) -> datetime:
        return datetime.now(UTC)

    def _open(self) -> None:
        self.secrets.guard_logs()  # Scrapy has put its log handlers in place by now
        try:
            with reading(self.database) as session:
                self.workspace = workspace_named(session, self.slug)
            self.archive.try_out()  # what cannot be kept is not asked for: answers would be paid for and lost
        except GeoTrackerError as error:
            raise self.stopped(error) from None

    def stopped(self, error: GeoTrackerError) -> CloseSpider:
        """What ends the crawl where nothing can be kept any more, told once however many requests are out."""
        if not self._is_stopped:
            self._is_stopped = True
            self.logger.error("%s", error)
        return CloseSpider("stopped")

    async def _wait(self) -> bool:
        """Pause until there may be something to claim; False if nothing is left to do."""
        pause: float | None = 1.0
        if not self.held:
            pause = await self.next_due()
        if pause is None:
            return False
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._released.wait(), max(pause, 0.02))
        return True

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            await self.writer.run(lambda session: renew(session, self.table, self.now()))

    async def _give_back(self) -> None:
        await self.writer.run(lambda session: release_own(session, self.table))
        self.database.dispose()

    def _give_up(self) -> None:
        # What fails here is the database, the archive or a bug: asking on would cost money and save nothing.
        self._closing = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason="error"))


def _keys(settings: Settings) -> list[str]:
    names = [
        name for each in engines().values() for name in (each.key_variable, *each.extra_variables) if name
    ]
    return [settings.environment.get(name, "") for name in names]
