"""Writes what the spiders hand over, many rows to a transaction."""

from __future__ import annotations

from typing import Self, cast

from scrapy.crawler import Crawler

from spiders.items import Item
from spiders.rows import RowSpider


class SavePipeline:
    """Saves an item, then gives its row's place to the next one."""

    def __init__(self, spider: RowSpider) -> None:
        self._spider = spider

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(cast(RowSpider, crawler.spider))

    async def process_item(self, item: Item) -> Item:
        await self._spider.writer.write(type(item).save, item)
        self._spider.note(item)
        self._spider.release(item.row_id)
        return item
