"""The references spider against a real server: redirects, robots, private addresses, and every page ends once."""

from __future__ import annotations

import asyncio
import gzip
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from geo_tracker.extract.pages import page as pages
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.models import PageStatus
from spiders import reading
from spiders.reading import archive_and_read
from tests.support.crawl import Home
from tests.support.server import Reply, Server

GOOD = """<!doctype html><html lang="zh"><head><title>云纱舒缓面膜评测</title></head><body><article>
<h1>云纱舒缓面膜评测</h1><p>敏感肌用了三周, 云纱舒缓面膜很温和, 保湿效果也不错, 没有刺激感, 泛红明显减轻了。</p>
<p>价格不算便宜, 但一盒有五片, 每周用两次可以用很久, 总的来说性价比可以接受, 适合换季时使用。</p></article></body>
</html>"""
LOGIN = """<html><head><title>登录</title></head><body><form><input name="user"><input type="password" name="pass">
<button>登录</button></form><p>请先登录后查看</p></body></html>"""
HTML = {"Content-Type": "text/html; charset=utf-8"}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server().running() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, server: Server) -> Home:
    """Names of the public web lead to the test server, which alone may be reached on loopback."""
    hosts = ("site.example=127.0.0.1", "inside.example=10.0.0.7", "other.example=127.0.0.2")
    options = {"PRIVATE_ADDRESSES": "127.0.0.1", "DOWNLOAD_DELAY": 0, "DOWNLOAD_TIMEOUT": 10}
    return Home(tmp_path / "home", server, {"TEST_HOSTS": ",".join(hosts)}, options)


def redirect(target: str, status: int = 302) -> Reply:
    return Reply(status, b"", {"Location": target})


def ends(home: Home, base: str) -> dict[str, tuple[str, str | None]]:
    return {url.removeprefix(base): (page.status, page.error) for url, page in home.pages().items()}


def test_pages_are_fetched_once_or_end_with_their_reason(home: Home, server: Server) -> None:
    base = f"http://site.example:{server.port}"
    server.pages = {
        "/robots.txt": Reply(body=b"User-agent: *\nDisallow: /private/"),
        "/good": Reply(body=GOOD.encode()),
        "/gbk": Reply(body=GOOD.encode("gbk"), headers={"Content-Type": "text/html; charset=gbk"}),
        "/moved": redirect("/moved2", 301),
        "/moved2": redirect("/good"),
        "/circle": redirect("/circle"),
        "/private/page": Reply(body=GOOD.encode()),
        "/to-private": redirect("/private/page"),
        "/huge": Reply(body=b"x" * 300_000, headers=HTML),
        "/bomb": Reply(body=gzip.compress(b"x" * 3_000_000), headers={**HTML, "Content-Encoding": "gzip"}),
        "/slow": Reply(body=GOOD.encode(), wait=4),
        "/error": Reply(500, b"oops"),
        "/cut": Reply(body=b"<html>half", cut=True),
        "/login": Reply(body=LOGIN.encode()),
        "/odd": Reply(body=b"\x00\x01\x02" * 500),
        "/film": Reply(body=b"\0" * 50_000, headers={"Content-Type": "video/mp4"}),
    }
    home.options.update(DOWNLOAD_MAXSIZE=200_000, DOWNLOAD_TIMEOUT=2)
    home.cite([base + path for path in [*server.pages, "/missing"] if path not in ("/robots.txt", "/moved2")])
    home.crawl("references")
    assert ends(home, base) == {
        "/good": ("fetched", None),
        "/gbk": ("fetched", None),
        "/moved": ("moved", None),
        "/circle": ("failed", "redirects in a circle"),
        "/private/page": ("blocked", "Forbidden by robots.txt"),
        "/to-private": ("blocked", "Forbidden by robots.txt"),
        "/huge": ("failed", "larger than 200000 bytes"),
        "/bomb": ("failed", "larger than 200000 bytes"),
        "/slow": ("failed", "no response in time"),
        "/error": ("failed", "HTTP 500"),
        "/cut": ("failed", "the response was cut off"),
        "/login": ("failed", "shows a wall instead of its content: login"),
        "/odd": ("failed", "text/html is not text, HTML or PDF"),
        "/film": ("failed", "video/mp4 is not read"),
        "/missing": ("failed", "HTTP 404"),
    }
    rows = {url.removeprefix(base): page for url, page in home.pages().items()}
    good = rows["/good"]
    assert good.title == "云纱舒缓面膜评测"
    assert "没有刺激感" in (good.text or "") and good.text == rows["/gbk"].text
    assert (good.http_status, good.final_url) == (200, f"{base}/good")
    assert home.archive.get(good.sha256 or "") == GOOD.encode()
    assert rows["/moved"].final_url == f"{base}/good"
    assert all(page.claimed_by is None and page.fetched_at for page in rows.values())
    fetched = server.fetched()
    assert fetched["/private/page"] == 0
    assert fetched["/circle"] == 1
    assert fetched["/good"] <= 2, "once for itself, and for the address that moved if that came first"
    assert fetched["/error"] <= 2
    before = sum(fetched.values())
    home.crawl("references")
    assert sum(server.fetched().values()) == before, "a page that ended is not crawled again"


PRIVATE = [
    "http://127.0.0.2:{port}/secret",
    "http://169.254.169.254/latest/meta-data/",
    "http://inside.example/",
    "http://other.example:{port}/secret",
    "http://2130706434:{port}/secret",
    "http://[::1]:{port}/secret",
    "http://localhost:{port}/secret",
    "file:///etc/hostname",
    "ftp://site.example/x",
    "data:text/html,hello",
]


def test_private_addresses_are_never_connected_to(home: Home, server: Server) -> None:
    """Neither as cited nor as the target of a redirect, however they are spelled."""
    base = f"http://site.example:{server.port}"
    targets = [url.format(port=server.port) for url in PRIVATE]
    for number, target in enumerate(targets):
        server.pages[f"/to/{number}"] = redirect(target)
    server.pages["/secret"] = Reply(body=b"secret")
    home.cite([*targets, "no address at all", *(f"{base}/to/{number}" for number in range(len(targets)))])
    home.crawl("references")
    found = {url: (page.status, page.error) for url, page in home.pages().items()}
    assert {status for status, _ in found.values()} == {"blocked"}, found
    assert server.fetched()["/secret"] == 0
    assert found["http://inside.example/"] == ("blocked", "inside.example leads to a private address")
    assert {page.text for page in home.pages().values()} == {None}
    del home.options["PRIVATE_ADDRESSES"]
    home.plan_pages([f"{base}/secret", f"{server.url}/secret"])
    home.crawl("references")
    assert {page.status for page in home.pages().values()} == {"blocked"}
    assert server.fetched()["/secret"] == 0, "without the setting, loopback is closed as well"


def test_a_killed_crawl_is_finished_and_fetches_nothing_twice(home: Home, server: Server) -> None:
    base = f"http://site.example:{server.port}"
    for number in range(60):
        server.pages[f"/page/{number}"] = Reply(body=GOOD.encode(), wait=0.05 if number < 30 else 0.5)
    home.cite([base + path for path in server.pages])

    def fetched() -> set[str]:
        return {
            url.removeprefix(base) for url, page in home.pages().items() if page.status == PageStatus.FETCHED
        }

    home.kill_when("references", lambda: len(fetched()) >= 10)
    server.settle()
    stored, before = fetched(), server.fetched()
    assert 0 < len(stored) < 60
    home.crawl("references")
    assert len(fetched()) == 60
    for path, times in server.fetched().items():
        assert times - before[path] == (path not in stored)


def test_the_sandbox_is_the_web_of_sandbox_pages(home: Home, server: Server) -> None:
    home.environment["GEO_SANDBOX_URL"] = server.url
    server.pages = {
        "yunsha.example/robots.txt": Reply(body=b"User-agent: *\nDisallow: /no"),
        "yunsha.example/mask": redirect("http://shop.example/item?id=1"),
        "shop.example/item": Reply(body=GOOD.encode()),
    }
    home.cite(["http://yunsha.example/mask", "http://yunsha.example/no"], sandbox=True)
    home.plan_pages(["http://real.example/"])
    home.crawl("references")
    rows = home.pages()
    assert rows["http://yunsha.example/mask"].status == "moved"
    assert rows["http://shop.example/item?id=1"].status == "fetched"
    assert rows["http://yunsha.example/mask"].final_url == "http://shop.example/item?id=1"
    assert rows["http://yunsha.example/no"].status == "blocked"
    assert rows["http://real.example/"].status == "planned"
    assert not [each for each in server.seen if "real.example" in each.url]
    assert "http://shop.example/robots.txt" in [each.url for each in server.seen]


def test_a_page_that_breaks_the_reader_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(*args: object) -> None:
        raise RecursionError

    monkeypatch.setattr(pages, "read_page", broken)
    found = archive_and_read(
        Archive(tmp_path.as_uri()), reading.Job(GOOD.encode(), "http://site.example/", "text/html")
    )
    assert (found.content, found.error) == (None, "could not be read: RecursionError")
    assert Archive(tmp_path.as_uri()).get(found.sha256) == GOOD.encode(), "archived before it was read"


def test_a_page_that_kills_its_reader_takes_no_other_along(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(reading, "_timed", dies_of_it)

    async def read() -> list[reading.Reading]:
        readers = reading.Readers(tmp_path.as_uri(), 1)
        try:
            return await asyncio.gather(
                *(
                    readers.read(body, "http://site.example/", "text/html")
                    for body in (b"dies", GOOD.encode())
                )
            )
        finally:
            readers.close()

    dead, alive = asyncio.run(read())
    assert dead.error == "could not be read: it takes too long or breaks the reader"
    assert alive.content and alive.content.title == "云纱舒缓面膜评测"


def dies_of_it(archive: Archive, job: reading.Job) -> reading.Reading:
    if job.body == b"dies":
        os.kill(os.getpid(), signal.SIGALRM)
    return archive_and_read(archive, job)
