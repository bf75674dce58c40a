"""The dashboard as a reader meets it: a real server, a real Chromium, every page."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from geo_tracker.i18n import translate
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine
from tests.support.dashboard_data import BODY, fill

api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from tests.support.browser import find_chromium, open_first_row, served  # noqa: E402 - it needs playwright

CHROMIUM = find_chromium()
REQUIRED = os.environ.get("GEO_REQUIRE_BROWSER") == "1"

pytestmark = pytest.mark.skipif(
    CHROMIUM is None and not REQUIRED,
    reason="no Chromium on the path and GEO_CHROMIUM is not set; GEO_REQUIRE_BROWSER=1 makes this a failure",
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("served")
    engine = open_engine(f"sqlite:///{home / 'geo.db'}")
    migrate(engine)
    fill(engine, Archive((home / "archive").as_uri()), days=4)
    engine.dispose()
    with served({"GEO_HOME": str(home)}, home / "log") as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[api.Browser]:
    assert CHROMIUM, "GEO_REQUIRE_BROWSER=1, but there is no Chromium: install one or set GEO_CHROMIUM"
    with api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


class Reader:
    """A tab that notes everything that goes wrong in it."""

    def __init__(self, page: api.Page) -> None:
        self.page = page
        self.trouble: list[str] = []
        page.on("console", lambda message: message.type == "error" and self.trouble.append(message.text))
        page.on("pageerror", lambda error: self.trouble.append(str(error)))
        page.on("dialog", lambda dialog: (self.trouble.append("a script ran"), dialog.dismiss()))
        page.on("request", lambda request: self._note(request.url))
        page.set_default_timeout(20_000)

    def _note(self, address: str) -> None:
        if not re.match(r"(https?|wss?)://127\.0\.0\.1|data:|blob:", address):
            self.trouble.append(f"asked elsewhere: {address}")

    def go(self, name: str) -> None:
        """Follow a link of the navigation; those that do not fit the bar stand in the list behind its end."""
        self.page.get_by_test_id("stTopNavLink").first.wait_for()
        link = self.page.get_by_test_id("stTopNavLink").filter(has_text=name).first
        if link.evaluate("each => each.closest('[inert]') !== null"):
            self.page.get_by_test_id("stTopNavSection").last.click()
            link = self.page.get_by_test_id("stTopNavDropdownLink").filter(has_text=name).first
        link.click()
        self.page.locator(".geo h1", has_text=name).wait_for()

    def no_trouble(self) -> None:
        assert self.page.get_by_test_id("stException").count() == 0
        assert self.trouble == []


@pytest.fixture
def reader(browser: api.Browser) -> Iterator[Reader]:
    page = browser.new_page(locale="en-US", viewport={"width": 1400, "height": 1000})
    yield Reader(page)
    page.close()


@pytest.mark.parametrize(("lang", "workspace"), [("en", "crm"), ("zh", "masks")])
def test_every_page_in_a_browser(reader: Reader, url: str, lang: str, workspace: str) -> None:
    t, page = translate(lang), reader.page
    page.goto(f"{url}/?lang={lang}&workspace={workspace}")
    tiles = page.get_by_test_id("stMetricValue")
    tiles.nth(5).wait_for()
    assert all(re.fullmatch(r"\d+\.\d%?\d?", text) for text in tiles.all_inner_texts())
    page.locator("canvas, svg.marks").first.wait_for()
    reader.go(t("dashboard.competitors"))
    page.locator(".geo tr.own").first.wait_for()
    reader.go(t("dashboard.answers"))
    page.get_by_test_id("stDataFrame").wait_for()
    reader.go(t("dashboard.sources"))
    page.get_by_test_id("stDataFrame").wait_for()
    reader.go(t("dashboard.shelf"))
    page.get_by_text(t("shelf.none")).wait_for()
    reader.go(t("dashboard.definitions"))
    if lang != "en":  # the first workspace is the default and stands in no address
        page.wait_for_url(re.compile(f"workspace={workspace}"))
    reader.no_trouble()


def test_the_address_follows_the_reader(reader: Reader, url: str) -> None:
    page = reader.page
    page.goto(f"{url}/?engine=perplexity&compare=none")
    page.get_by_test_id("stMetricValue").first.wait_for()
    reader.go("Competitors")
    api.expect(page).to_have_url(re.compile(r"/competitors\?.*engine=perplexity"))
    page.get_by_role("radio", name="中文").click()
    page.locator(".geo h1", has_text="竞品").wait_for()
    api.expect(page).to_have_url(re.compile(r"lang=zh"))
    assert "engine=perplexity" in page.url and "compare=none" in page.url
    page.go_back()
    page.locator(".geo h1", has_text="Competitors").wait_for()
    reader.no_trouble()


def test_a_click_opens_an_answer_and_its_raw_body(reader: Reader, url: str) -> None:
    page = reader.page
    page.goto(f"{url}/?surface=web&branded=1")
    page.get_by_test_id("stMetricValue").first.wait_for()
    reader.go("Answers")
    grid = page.get_by_test_id("stDataFrame")
    open_first_row(page)
    answer = page.locator(".geo .answer")
    assert "<script>alert('text')</script>" in answer.inner_text()
    assert page.locator(".geo a[href^='javascript']").count() == 0
    with page.expect_download() as started:
        page.get_by_role("button", name="Response 1").click()
    assert Path(started.value.path()).read_bytes() == BODY
    page.get_by_role("button", name="All answers").click()
    grid.wait_for()
    reader.no_trouble()


def test_a_table_is_downloaded_with_guarded_cells(reader: Reader, url: str) -> None:
    page = reader.page
    page.goto(f"{url}/?surface=web&branded=1")
    page.get_by_test_id("stMetricValue").first.wait_for()
    reader.go("Answers")
    with page.expect_download() as started:
        page.get_by_test_id("stBaseButton-tertiary").filter(has_text="Download as CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(started.value.path()).read_text("utf-8-sig"))))
    assert {row["engine"] for row in rows} == {"openai"}
    assert {row["sandbox"] for row in rows} == {"yes"}
    assert any("<script>" in row["text"] for row in rows)
    reader.no_trouble()
