"""Pages that scripts fill: rendered by a real browser that reaches nothing but what the crawl fetches for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from spiders import browser
from tests.support.browser import find_chromium
from tests.support.crawl import Home
from tests.support.server import Reply, Server

SHELL = '<html><head><title>App</title></head><body><div id="app"></div><script src="{src}"></script></body></html>'
SCRIPT = """
const text = 'Aurora calms sensitive skin within three weeks, and it is mild enough for daily use by most. ';
fetch('/api/masks').then(reply => reply.json()).then(data => {
  document.title = data.title;
  document.getElementById('app').innerHTML = `<article><h1>${data.title}</h1><p>${text.repeat(4)}</p></article>`;
});
"""
NOSY = """
const tries = ['http://127.0.0.2:PORT/secret', 'http://inside.example/secret', 'http://other.example:PORT/secret',
               'http://[::1]:PORT/secret', 'http://169.254.169.254/secret', 'file:///etc/hostname',
               'http://site.example:PORT/private/secret'];
Promise.allSettled(tries.map(url => fetch(url, {mode: 'no-cors'}))).then(ends => {
  new WebSocket('ws://127.0.0.1:PORT/secret');
  new Image().src = 'http://127.0.0.1:PORT/secret';
  navigator.sendBeacon('http://127.0.0.1:PORT/secret', 'x');
  const got = ends.map(end => end.status).join(' ');
  document.getElementById('app').innerHTML = `<article><h1>Tried</h1><p>${got}</p></article>`;
  fetch('/api/post', {method: 'POST', body: 'x'});
  location.href = 'http://site.example:PORT/private/secret';
});
"""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server().running() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, server: Server) -> Home:
    hosts = "site.example=127.0.0.1,inside.example=10.0.0.7,other.example=127.0.0.2"
    options = {"PRIVATE_ADDRESSES": "127.0.0.1", "DOWNLOAD_DELAY": 0}
    return Home(tmp_path / "home", server, {"TEST_HOSTS": hosts}, options)


def serve(server: Server, script: str, path: str = "/app") -> str:
    server.pages |= {
        "/robots.txt": Reply(body=b"User-agent: *\nDisallow: /private/"),
        path: Reply(body=SHELL.format(src=f"{path}.js").encode()),
        f"{path}.js": Reply(
            body=script.replace("PORT", str(server.port)).encode(),
            headers={"Content-Type": "text/javascript"},
        ),
        "/api/masks": Reply(
            body=b'{"title": "Masks compared"}', headers={"Content-Type": "application/json"}
        ),
        "/private/secret": Reply(body=b"secret"),
        "/secret": Reply(body=b"secret", headers={"Access-Control-Allow-Origin": "*"}),
    }
    return f"http://site.example:{server.port}{path}"


@pytest.fixture
def chromium() -> str:
    found = find_chromium()
    if found is None and not os.environ.get("GEO_REQUIRE_BROWSER"):
        pytest.skip("no Chromium or Chrome found: set GEO_CHROMIUM")
    assert found
    return found


def test_a_page_of_scripts_is_rendered_and_its_scripts_reach_nothing_private(
    home: Home, server: Server, chromium: str
) -> None:
    home.environment["GEO_BROWSER"] = chromium
    app, nosy = serve(server, SCRIPT), serve(server, NOSY, "/nosy")
    endless = serve(server, "while (true) {}", "/endless")
    home.options["PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT"] = 5_000
    home.cite([app, nosy, endless])
    home.crawl("references")
    rows = home.pages()
    page = rows[app]
    assert (page.status, page.error, page.title, page.rendered) == ("fetched", None, "Masks compared", True)
    assert "sensitive skin" in (page.text or "") and page.version == 1 and page.wall is None
    assert b"sensitive skin" in home.archive.get(page.sha256 or ""), "what was read is in the archive"
    fetched = server.fetched()
    assert fetched["/app"] == 1, "the browser renders what the crawl has"
    assert fetched["/nosy.js"] == 1, "its scripts ran"
    assert fetched["/secret"] == fetched["/private/secret"] == fetched["/api/post"] == 0
    assert not {seen.method for seen in server.seen} - {"GET"}
    assert rows[nosy].final_url == nosy
    wall = "shows a wall instead of its content: javascript"
    assert (rows[endless].wall, rows[endless].error) == (
        "javascript",
        f"{wall} - its scripts do not come to an end",
    )


def test_without_a_browser_the_wall_says_what_to_do(home: Home, server: Server) -> None:
    home.environment["GEO_BROWSER"] = "off"
    url = serve(server, SCRIPT)
    home.cite([url])
    home.crawl("references")
    page = home.pages()[url]
    assert (page.status, page.wall, page.text, page.title) == ("failed", "javascript", None, None)
    assert page.error == "shows a wall instead of its content: javascript - GEO_BROWSER is off"


def test_a_browser_that_does_not_start_leaves_the_wall(home: Home, server: Server) -> None:
    home.environment["GEO_BROWSER"] = "/nowhere/chromium"
    url = serve(server, SCRIPT)
    home.cite([url])
    home.crawl("references")
    page = home.pages()[url]
    assert (page.status, page.wall) == ("failed", "javascript")
    assert "javascript - the browser failed: " in (page.error or ""), page.error


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "find_spec", lambda name: None)
    assert browser.why_not({}) == "install the extra geo-tracker[browser] to have it rendered"
