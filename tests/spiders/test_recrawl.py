"""Pages are asked for again when they have aged: by condition, with versions, and without losing what they said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from geo_tracker.collect.worker import Outcome, crawl
from geo_tracker.storage.database import reading
from geo_tracker.storage.models import Page, PageVersion
from tests.support.crawl import Home
from tests.support.places import DATA
from tests.support.server import Reply, Seen, Server

TEXT = "<html><title>{title}</title><article><h1>{title}</h1><p>{text}</p></article></html>"
PARAGRAPH = (
    "Aurora calms sensitive skin within three weeks, and it is mild enough for daily use by most people. "
)
CAPTCHA = b"<html><title>Just a moment...</title><div id='cf-browser-verification'></div></html>"
NOW = datetime.now(UTC)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server().running() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, server: Server) -> Home:
    return Home(tmp_path / "home", server, {"GEO_SANDBOX_URL": server.url})


def page(title: str, **headers: str) -> Reply:
    body = TEXT.format(title=title, text=PARAGRAPH * 4).encode()
    return Reply(body=body, headers={name.replace("_", "-"): value for name, value in headers.items()})


def validated(reply: Reply) -> Reply:
    """304 where the client knows the page already."""

    def respond(seen: Seen) -> Reply:
        asked = {name.lower(): value for name, value in seen.headers.items()}
        tag, date = reply.headers.get("ETag"), reply.headers.get("Last-Modified")
        known = (tag and asked.get("if-none-match") == tag) or (
            date and asked.get("if-modified-since") == date
        )
        return Reply(304) if known else reply

    return respond  # type: ignore[return-value]


def again(home: Home, server: Server, before: datetime | None = None) -> Outcome:
    settings = replace(home.settings, sandbox_url=server.url)
    options = {"RETRY_TIMES": 0, "DOWNLOAD_TIMEOUT": 2}
    return crawl("references", "w", settings, before=before or datetime.now(UTC), options=options)


def versions(home: Home, url: str) -> list[tuple[int, str | None]]:
    with reading(home.database) as session:
        found = select(PageVersion).join(Page).where(Page.url == url).order_by(col(PageVersion.version))
        return [(version.version, version.title) for version in session.exec(found).all()]


SITE = "http://site.example"


def test_only_what_changed_is_read_again(home: Home, server: Server) -> None:
    server.pages = {
        "site.example/tagged": validated(page("Tagged", ETag='"1"')),
        "site.example/dated": validated(page("Dated", Last_Modified="Sun, 01 Mar 2026 06:00:00 GMT")),
        "site.example/same": page("Same"),
        "site.example/changes": page("Old"),
        "site.example/mute": Reply(304),
    }
    home.cite([f"{SITE}/{name}" for name in ("tagged", "dated", "same", "changes", "mute")], sandbox=True)
    assert again(home, server).counts == {"fetched": 4, "failed": 1}
    before = {url: row for url, row in home.pages().items() if row.version}
    assert set(home.pages()) - set(before) == {f"{SITE}/mute"}, "nobody asked for changes only"
    assert {row.version for row in before.values()} == {1}
    server.pages["site.example/changes"] = page("New")
    assert again(home, server, NOW - timedelta(days=1)).counts == {}, "nothing is old enough"
    assert again(home, server).counts == {"fetched": 1, "unchanged": 3, "failed": 1}
    after = home.pages()
    for url, row in ((url, after[url]) for url in before):
        changed = url.endswith("/changes")
        assert row.checked_at and before[url].checked_at and row.checked_at > before[url].checked_at
        assert (row.fetched_at != before[url].fetched_at) is changed
        assert (row.version, row.title != before[url].title) == ((2, True) if changed else (1, False))
        assert row.claimed_by is None
    assert versions(home, f"{SITE}/changes") == [(1, "Old"), (2, "New")]
    assert versions(home, f"{SITE}/tagged") == [(1, "Tagged")]
    assert after[f"{SITE}/tagged"].etag == '"1"', "a 304 need not repeat it"
    server.pages["site.example/changes"] = page("Old")
    again(home, server)
    assert versions(home, f"{SITE}/changes") == [(1, "Old"), (2, "New"), (3, "Old")]


def test_a_page_that_cannot_be_had_keeps_what_it_said(home: Home, server: Server) -> None:
    names = ("down", "slow", "walled", "forbidden", "dead", "robots/x")
    server.pages = {f"site.example/{name}": page(name) for name in names}
    home.cite([f"{SITE}/{name}" for name in names], sandbox=True)
    again(home, server)
    before = home.pages()
    server.pages |= {
        "site.example/down": Reply(503, b"oops"),
        "site.example/slow": Reply(200, b"late", wait=3),
        "site.example/walled": Reply(200, CAPTCHA),
        "site.example/forbidden": Reply(403, CAPTCHA),
        "site.example/dead": Reply(410, b"gone"),
        "site.example/robots.txt": Reply(200, b"User-agent: *\nDisallow: /robots/"),
    }
    assert again(home, server).counts == {"kept": 5, "failed": 1}
    after = home.pages()
    for url, row in after.items():
        assert (
            row.text == before[url].text
            and row.title == before[url].title
            and row.sha256 == before[url].sha256
        )
        assert row.checked_at and before[url].checked_at and row.checked_at > before[url].checked_at
    told = {url.removeprefix(f"{SITE}/"): row.error for url, row in after.items()}
    assert told == {
        "down": "could not be checked: HTTP 503",
        "slow": "could not be checked: no response in time",
        "walled": "could not be checked: shows a wall instead of its content: captcha",
        "forbidden": "could not be checked: HTTP 403: shows a wall instead of its content: captcha",
        "robots/x": "could not be checked: Forbidden by robots.txt",
        "dead": "HTTP 410",
    }
    assert after[f"{SITE}/down"].fetched_at == before[f"{SITE}/down"].fetched_at
    assert (after[f"{SITE}/dead"].status, after[f"{SITE}/dead"].http_status) == ("failed", 410)
    server.pages["site.example/dead"] = page("dead")
    server.pages["site.example/down"] = page("down")
    again(home, server)
    final = home.pages()
    assert (final[f"{SITE}/dead"].status, final[f"{SITE}/dead"].version, final[f"{SITE}/dead"].error) == (
        "fetched", 1, None,
    )  # fmt: skip
    assert final[f"{SITE}/down"].error is None


def test_a_page_that_moves_later_takes_its_citations_along(home: Home, server: Server) -> None:
    server.pages = {"site.example/a": page("Here")}
    home.cite([f"{SITE}/a"], sandbox=True)
    again(home, server)
    server.pages["site.example/a"] = Reply(301, headers={"Location": f"{SITE}/b"})
    server.pages["site.example/b"] = page("There")
    assert again(home, server).counts == {"moved": 1}
    server.pages["site.example/b"] = Reply(301, headers={"Location": f"{SITE}/c"})
    server.pages["site.example/c"] = page("Farther")
    again(home, server)
    rows = home.pages()
    assert {name: rows[f"{SITE}/{name}"].status for name in "abc"} == {
        "a": "moved",
        "b": "moved",
        "c": "fetched",
    }
    assert rows[f"{SITE}/a"].target_id == rows[f"{SITE}/c"].id, "no chains"
    assert rows[f"{SITE}/a"].text is None
    assert versions(home, f"{SITE}/a") == [(1, "Here")], "what it was is kept"
    server.pages["site.example/c"] = Reply(301, headers={"Location": f"{SITE}/a"})
    server.pages["site.example/a"] = page("Back")
    again(home, server)
    assert home.pages()[f"{SITE}/c"].title == "Back", "a page never moves in a circle"


def test_a_killed_recrawl_is_finished_by_the_next(home: Home, server: Server) -> None:
    for number in range(40):
        server.pages[f"site.example/{number}"] = page(str(number))
    home.cite([f"{SITE}/{number}" for number in range(40)], sandbox=True)
    again(home, server)
    moment = datetime.now(UTC)
    for number in range(40):
        server.pages[f"site.example/{number}"] = replace(
            page(f"{number} new"), wait=0.1 if number < 20 else 0.5
        )
    home.arguments = [f"before={moment.isoformat()}"]
    home.kill_when("references", lambda: sum(row.version == 2 for row in home.pages().values()) >= 5)
    server.settle()
    done = {url for url, row in home.pages().items() if row.version == 2}
    assert 0 < len(done) < 40
    assert {row.status for row in home.pages().values()} == {"fetched"}, "nothing is lost meanwhile"
    fetched = server.fetched()
    home.crawl("references")
    assert {row.version for row in home.pages().values()} == {2}
    for path, times in server.fetched().items():
        assert times - fetched[path] == (f"{SITE}{path}" not in done)


def test_two_crawlers_share_the_work(home: Home, server: Server) -> None:
    for number in range(60):
        server.pages[f"site.example/{number}"] = replace(page(str(number)), wait=0.05)
    home.cite([f"{SITE}/{number}" for number in range(60)], sandbox=True)
    home.options["PAGE_WINDOW"] = 10
    for moment in (None, datetime.now(UTC) + timedelta(hours=1)):
        home.arguments = [f"before={datetime.now(UTC).isoformat()}"] if moment else []
        before = server.fetched()
        processes = [home.start("references") for _ in range(2)]
        for process in processes:
            assert process.wait(timeout=120) == 0
        after = server.fetched()
        assert all(after[path] - before[path] == 1 for path in after)
    assert {row.version for row in home.pages().values()} == {1}


def test_pages_of_all_kinds_are_read(home: Home, server: Server) -> None:
    folder = DATA / "pages"
    pdf = next(folder.rglob("*.pdf"), None)
    server.pages["site.example/text"] = Reply(
        body=("Masks compared\n\n" + PARAGRAPH * 3).encode(),
        headers={"Content-Type": "text/plain; charset=utf-8"},
    )
    server.pages["site.example/pdf"] = Reply(
        body=pdf.read_bytes() if pdf else b"", headers={"Content-Type": "application/pdf"}
    )
    home.cite([f"{SITE}/text", f"{SITE}/pdf"], sandbox=True)
    home.crawl("references")
    rows = home.pages()
    assert rows[f"{SITE}/text"].title == "Masks compared" and "sensitive skin" in (
        rows[f"{SITE}/text"].text or ""
    )
    assert rows[f"{SITE}/pdf"].status == "fetched" and rows[f"{SITE}/pdf"].text
