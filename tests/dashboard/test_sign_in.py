"""Signing in as people do it: the real command, a real provider on this machine, a real Chromium."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from geo_tracker.i18n import translate
from geo_tracker.people.members import add_member
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine, reading, writing
from geo_tracker.storage.journal import read_journal
from tests.support.dashboard_data import fill

api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
mock = pytest.importorskip("oidc_provider_mock", reason="oidc-provider-mock is not installed")
from tests.support.browser import find_chromium, free_port  # noqa: E402 - it needs playwright

CHROMIUM = find_chromium()
REQUIRED = os.environ.get("GEO_REQUIRE_BROWSER") == "1"
pytestmark = pytest.mark.skipif(
    CHROMIUM is None and not REQUIRED,
    reason="no Chromium on the path and GEO_CHROMIUM is not set; GEO_REQUIRE_BROWSER=1 makes this a failure",
)
COMMAND = Path(sys.executable).with_name("geo-tracker")
NOW = datetime(2026, 11, 24, tzinfo=UTC)
T = translate("en")
PEOPLE = {"vera": "viewer", "ed": "editor", "ada": "admin"}
STARTS_WITHIN = 90


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("signed")
    engine = open_engine(f"sqlite:///{home / 'geo.db'}")
    migrate(engine)
    fill(engine, Archive((home / "archive").as_uri()), days=2)
    with writing(engine) as session:
        for name, role in PEOPLE.items():
            add_member(session, f"{name}@client.example", role, "crm", by="local", now=NOW)
    engine.dispose()
    return home


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    claims = {
        name: {"email": f"{name}@client.example", "email_verified": True} for name in (*PEOPLE, "stranger")
    }
    users = [mock.User(sub=name, claims=said) for name, said in claims.items()]
    with mock.run_server_in_thread(port=free_port(), user_claims=users) as server:
        yield f"http://localhost:{server.server_port}/.well-known/openid-configuration"


@pytest.fixture(scope="module")
def url(home: Path, provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port, places = free_port(), tmp_path_factory.mktemp("temporary")
    environment = {
        **os.environ,
        "GEO_HOME": str(home),
        "GEO_OIDC_CLIENT_ID": "geo",
        "GEO_OIDC_CLIENT_SECRET": "not-told-to-browsers",
        "GEO_OIDC_METADATA_URL": provider,
        "GEO_NAME": "Northlight Insight",
        "TMPDIR": str(places),
    }
    log = (home / "log").open("wb")
    server = subprocess.Popen(
        [COMMAND, "dashboard", f"--port={port}"], env=environment, stdout=log, stderr=log
    )
    try:
        _wait(f"http://127.0.0.1:{port}/_stcore/health", server)
        (secrets,) = places.glob("geo-login-*/secrets.toml")
        assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
        assert stat.S_IMODE(secrets.parent.stat().st_mode) == 0o700
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)
        log.close()
    assert list(places.glob("geo-login-*")) == []


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the dashboard did not start: {server.poll()}")


@pytest.fixture(scope="module")
def browser(url: str) -> Iterator[api.Browser]:
    """It closes before the server ends, which waits for those who are connected."""
    assert CHROMIUM, "GEO_REQUIRE_BROWSER=1, but there is no Chromium: install one or set GEO_CHROMIUM"
    with api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def machine(browser: api.Browser) -> Iterator[api.BrowserContext]:
    """A browser that people use one after the other: Streamlit's many scripts are loaded once."""
    context = browser.new_context(locale="en-US", viewport={"width": 1400, "height": 1000})
    yield context
    context.close()


@pytest.fixture
def page(machine: api.BrowserContext) -> Iterator[api.Page]:
    machine.clear_cookies()
    page = machine.new_page()
    page.set_default_timeout(240_000)
    yield page
    page.close()


def sign_in(page: api.Page, url: str, name: str) -> None:
    page.goto(url)
    page.get_by_text("Northlight Insight").wait_for()
    assert page.get_by_test_id("stTopNavLink").count() == 0
    page.get_by_role("button", name=T("people.sign_in")).click()
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_url(re.compile(re.escape(url)))


def pages(page: api.Page) -> str:
    """The names of the pages in the section of the navigation that has the workspace's."""
    page.get_by_test_id("stTopNavSection").filter(has_text=T("navigation.run")).first.click()
    links = page.get_by_test_id("stTopNavDropdownLink")
    links.filter(has_text=T("dashboard.workspace")).first.wait_for()
    names = " ".join(links.all_text_contents())
    page.keyboard.press("Escape")
    return names


@pytest.mark.parametrize("name", PEOPLE)
def test_a_member_signs_in_sees_their_own_and_signs_out(page: api.Page, url: str, name: str) -> None:
    sign_in(page, url, name)
    page.get_by_text(T("people.signed_in", who=f"{name}@client.example")).wait_for()
    page.get_by_test_id("stMetricValue").first.wait_for()
    assert (T("dashboard.people") in pages(page)) == (PEOPLE[name] == "admin")
    page.goto(f"{url}/events?workspace=masks&lang=en")
    page.locator(".geo h1", has_text=T("dashboard.events")).wait_for()
    assert "CRM market" in page.locator(".geo", has=page.locator("h1")).first.inner_text()
    assert "敏感肌" not in page.content()
    page.get_by_text(T("events.add")).click()
    save = page.get_by_role("button", name=T("events.save")).first
    save.wait_for()
    assert save.is_enabled() == (PEOPLE[name] != "viewer")
    page.get_by_role("button", name=T("people.sign_out")).click()
    page.get_by_role("button", name="End session").click()
    page.get_by_role("button", name=T("people.sign_in")).wait_for()
    page.goto(f"{url}/events?workspace=crm")
    page.get_by_role("button", name=T("people.sign_in")).wait_for()
    assert "CRM market" not in page.content()


def test_who_has_no_role_sees_no_workspace_and_cookies_are_for_the_server_alone(
    page: api.Page, url: str
) -> None:
    sign_in(page, url, "stranger")
    page.get_by_text(T("people.nothing")).wait_for()
    assert "stranger@client.example" in page.content() and "CRM market" not in page.content()
    (cookie,) = (each for each in page.context.cookies() if each["name"] == "_streamlit_user")
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax"
    assert "not-told-to-browsers" not in page.content()


def handshake(url: str, **headers: str) -> int:
    """What the server says to the opening of a WebSocket."""
    asked = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        **headers,
    }
    connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
    connection.request("GET", "/_stcore/stream", headers=asked)
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_page_of_another_origin_or_by_another_name_opens_no_socket(url: str) -> None:
    port = urlsplit(url).port
    assert handshake(url, Origin=url) == 101
    assert handshake(url, Origin="http://evil.example") == 403
    assert handshake(url, Origin=f"http://evil.example:{port}", Host=f"evil.example:{port}") == 403


def test_an_admin_lets_somebody_in_while_they_wait(
    page: api.Page, browser: api.Browser, url: str, home: Path
) -> None:
    sign_in(page, url, "stranger")
    page.get_by_text(T("people.nothing")).wait_for()
    other = browser.new_context(locale="en-US").new_page()
    other.set_default_timeout(240_000)
    sign_in(other, url, "ada")
    other.get_by_text(T("people.signed_in", who="ada@client.example")).wait_for()
    other.goto(f"{url}/people?lang=en")
    other.get_by_label(T("people.address")).fill("stranger@client.example")
    other.get_by_role("button", name=T("people.add")).click()
    other.get_by_text("stranger@client.example").first.wait_for()
    page.reload()
    page.get_by_test_id("stMetricValue").first.wait_for()
    other.context.close()
    engine = open_engine(f"sqlite:///{home / 'geo.db'}")
    with reading(engine) as session:
        row, slug = read_journal(session, ["crm"], everywhere=False)[0]
        assert (row.who, row.via, slug) == ("ada@client.example", "add", "crm")
    engine.dispose()
