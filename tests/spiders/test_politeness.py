"""A site meets one polite crawler, however many workers there are."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.crawl import Home
from tests.support.server import Reply, Seen, Server

DELAY = 0.5
PAGE = b"<html><title>Masks</title><article><p>Aurora calms sensitive skin within three weeks.</p></article></html>"


class Site(Server):
    """Takes its time for each page; knows how many requests were in flight at once."""

    def __init__(self) -> None:
        super().__init__()
        self.flying, self.most = 0, 0
        self.counting = threading.Lock()

    def reply(self, seen: Seen) -> Reply:
        with self.counting:
            self.flying += 1
            self.most = max(self.most, self.flying)
        reply = super().reply(seen)
        time.sleep(0.3)
        with self.counting:
            self.flying -= 1
        return reply


@pytest.fixture
def site() -> Iterator[Site]:
    with Site().running() as running:
        assert isinstance(running, Site)
        yield running


@pytest.fixture
def home(tmp_path: Path, site: Site, postgres_database: str) -> Home:
    """Workers over one PostgreSQL, for whom one site is the web; no luck in how long they wait."""
    places = {"TEST_HOSTS": "site.example=127.0.0.1", "GEO_DATABASE_URL": postgres_database}
    waits = {"DOWNLOAD_DELAY": DELAY, "DOWNLOAD_DELAY_JITTER": 0, "CONCURRENT_REQUESTS_PER_DOMAIN": 1}
    options = {"PRIVATE_ADDRESSES": "127.0.0.1", "PAGE_WINDOW": 1, **waits}
    return Home(tmp_path / "home", site, places, options)


def gaps(site: Site) -> list[float]:
    times = sorted(seen.at for seen in site.seen)
    return [later - earlier for earlier, later in pairwise(times)]


def cited(home: Home, site: Site, pages: int) -> list[str]:
    paths = [f"/{number}" for number in range(pages)]
    site.pages = dict.fromkeys(paths, Reply(body=PAGE))
    home.cite([f"http://site.example:{site.port}{path}" for path in paths])
    return paths


def test_two_workers_keep_the_pace_of_one(home: Home, site: Site) -> None:
    paths = cited(home, site, 6)
    both = [home.start("references") for _ in range(2)]
    logs = [process.communicate(timeout=120)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], logs
    assert site.fetched() == dict.fromkeys(paths, 1), logs
    assert site.most == 1
    assert min(gaps(site)) >= DELAY - 0.1


def test_a_crawl_that_follows_another_comes_no_sooner_than_it_would_have_come_itself(
    home: Home, site: Site
) -> None:
    cited(home, site, 2)
    home.options.update(CLOSESPIDER_ITEMCOUNT=1, DOWNLOAD_DELAY=0)
    home.crawl("references")
    home.options["DOWNLOAD_DELAY"] = 3.0  # longer than a process takes to start
    home.crawl("references")
    assert sum(site.fetched().values()) == 2
    assert gaps(site)[-2] >= 3.0 - 0.1
