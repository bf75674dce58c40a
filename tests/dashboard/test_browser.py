"""The dashboard as a reader meets it: a real server, a real Chromium, every page."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.navigation import PAGES, section_of
from geo_tracker.i18n import translate
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine, writing
from geo_tracker.workspaces.apply import apply
from geo_tracker.workspaces.file import WorkspaceFile
from tests.support.dashboard_data import BODY, NOW, fill

api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from tests.support.browser import find_chromium, open_first_answer, served, settled  # noqa: E402 - it needs playwright

AXE = Path(pytest.importorskip("axe_playwright_python").__file__).parent / "axe.min.js"
CHROMIUM = find_chromium()
WAITS = 60_000
"""Milliseconds until something counts as missing: a machine that does much else is slow, and a pass never waits."""
api.expect.set_options(timeout=WAITS)
LAPTOP, PHONE = (api.ViewportSize(width=width, height=800) for width in (1280, 390))
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
        HOMES[address] = home
        yield address


HOMES: dict[str, Path] = {}
"""Of served dashboards, by address."""


SAID = {
    "Which mild cream?": "Glimmerine is mild.",
    "Which cheap cream?": "I would not recommend Aurora: Aurora is overpriced and greasy.",
    "Which cream?": "Try any.",
}
IMPORTED = "\n".join(
    json.dumps({"prompt": prompt, "engine": "kimi", "text": text, "asked_at": "2026-11-23T08:00:00Z"})
    for prompt, text in SAID.items()
).encode()


@pytest.fixture(scope="module")
def flow(url: str) -> str:
    """The served dashboard, with a workspace a language that has no answer yet."""
    engine = open_engine(f"sqlite:///{HOMES[url] / 'geo.db'}")
    with writing(engine) as session:
        for lang in ("en", "zh"):
            about = {"slug": f"flow-{lang}", "name": f"Flow {lang}"}
            file = {"workspace": about, "brands": [{"name": "Aurora", "role": "own"}, {"name": "Basalt"}]}
            apply(session, WorkspaceFile.model_validate(file), NOW)
    engine.dispose()
    return url


@pytest.fixture(scope="module")
def tabs(url: str) -> Iterator[api.BrowserContext]:
    """A browser whose tabs share what they have loaded, as a reader's do: Streamlit's own scripts are many.

    It closes before the server ends, which waits for those who are connected.
    """
    assert CHROMIUM, "GEO_REQUIRE_BROWSER=1, but there is no Chromium: install one or set GEO_CHROMIUM"
    with api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found.new_context(locale="en-US")
        found.close()


class Reader:
    """A tab that notes everything that goes wrong in it."""

    def __init__(self, page: api.Page) -> None:
        self.page = page
        self.trouble: list[str] = []
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.trouble.append(str(error)))
        page.on("dialog", lambda dialog: (self.trouble.append("a script ran"), dialog.dismiss()))
        page.on("request", lambda request: self._note(request.url))
        page.set_default_timeout(WAITS)

    def _said(self, message: api.ConsoleMessage) -> None:
        """Streamlit looks for its server below the page's own address first, and finds it one level higher."""
        probing = "404" in message.text and "/_stcore/" in message.location.get("url", "")
        if message.type == "error" and not probing:
            self.trouble.append(f"{message.text} {message.location.get('url', '')}")

    def _note(self, address: str) -> None:
        if not re.match(r"(https?|wss?)://127\.0\.0\.1|data:|blob:", address):
            self.trouble.append(f"asked elsewhere: {address}")

    def go(self, page: str, lang: str = "en") -> None:
        """Follow a link of the navigation: of the bar itself, or of the section that it stands under."""
        t, section = translate(lang), section_of(page)
        if section:
            heads = self.page.get_by_test_id("stTopNavSection")
            heads.filter(has_text=t(f"navigation.{section}")).first.click()
        kind = "stTopNavDropdownLink" if section else "stTopNavLink"
        self.page.get_by_test_id(kind).filter(has_text=t(f"dashboard.{page}")).first.click()
        self.page.locator(".geo h1", has_text=t(f"dashboard.{page}")).first.wait_for()

    def no_trouble(self) -> None:
        assert self.page.get_by_test_id("stException").count() == 0
        assert self.trouble == []


@pytest.fixture
def reader(tabs: api.BrowserContext) -> Iterator[Reader]:
    page = tabs.new_page()
    page.set_viewport_size({"width": 1400, "height": 1000})
    yield Reader(page)
    page.close()


@pytest.fixture(scope="module")
def walkers(tabs: api.BrowserContext, url: str) -> Iterator[dict[str, Reader]]:
    """A tab a language that stays open and goes from page to page: Streamlit's start costs more than a page."""
    found = {}
    for lang, workspace in (("en", "crm"), ("zh", "masks")):
        found[lang] = Reader(tabs.new_page())
        found[lang].page.set_viewport_size(LAPTOP)
        found[lang].page.goto(f"{url}/?lang={lang}&workspace={workspace}&surface=web")
        settled(found[lang].page)
    yield found
    for each in found.values():
        each.page.close()


@pytest.mark.parametrize(("lang", "workspace"), [("en", "crm"), ("zh", "masks")])
def test_every_page_in_a_browser(reader: Reader, url: str, lang: str, workspace: str) -> None:
    t, page = translate(lang), reader.page
    page.goto(f"{url}/?lang={lang}&workspace={workspace}")
    tiles = page.get_by_test_id("stMetricValue")
    tiles.nth(5).wait_for()
    assert all(re.fullmatch(r"\d+\.\d%?\d?", text) for text in tiles.all_inner_texts())
    page.locator("canvas, svg.marks").first.wait_for()
    reader.go("competitors", lang)
    page.locator(".geo tr.own").first.wait_for()
    reader.go("answers", lang)
    page.locator(".geo.grid td a").first.wait_for()
    reader.go("sources", lang)
    page.get_by_test_id("stDataFrame").wait_for()
    reader.go("shelf", lang)
    page.get_by_text(t("shelf.none")).wait_for()
    reader.go("definitions", lang)
    if lang != "en":  # the first workspace is the default and stands in no address
        page.wait_for_url(re.compile(f"workspace={workspace}"))
    reader.no_trouble()


def test_the_address_follows_the_reader(reader: Reader, url: str) -> None:
    page = reader.page
    page.goto(f"{url}/?engine=perplexity&compare=none")
    page.get_by_test_id("stMetricValue").first.wait_for()
    reader.go("competitors")
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
    reader.go("answers")
    open_first_answer(page)
    answer = page.locator(".geo .answer")
    assert "<script>alert('text')</script>" in answer.inner_text()
    assert page.locator(".geo a[href^='javascript']").count() == 0
    with page.expect_download() as started:
        page.get_by_role("button", name="Response 1").click()
    assert Path(started.value.path()).read_bytes() == BODY
    page.get_by_role("button", name="All answers").click()
    page.locator(".geo.grid td a").first.wait_for()
    reader.no_trouble()


def test_a_table_is_downloaded_with_guarded_cells(reader: Reader, url: str) -> None:
    page = reader.page
    page.goto(f"{url}/?surface=web&branded=1")
    page.get_by_test_id("stMetricValue").first.wait_for()
    reader.go("answers")
    page.get_by_role("button", name="Download").click()
    with page.expect_download() as started:
        page.get_by_role("button", name="CSV table").click()
    rows = list(csv.DictReader(io.StringIO(Path(started.value.path()).read_text("utf-8-sig"))))
    assert {row["engine"] for row in rows} == {"openai"}
    assert {row["sandbox"] for row in rows} == {"yes"}
    assert any("<script>" in row["text"] for row in rows)
    reader.no_trouble()


def test_a_report_is_chosen_seen_and_taken_away(reader: Reader, url: str) -> None:
    page, t = reader.page, translate("zh")
    page.goto(f"{url}/reports?lang=en&workspace=crm&surface=web&branded=1&report-sections=summary")
    shown = page.frame_locator("iframe")
    shown.locator("h1").filter(has_text="AI visibility of Aurora CRM").wait_for()
    choice = page.get_by_test_id("stMain").get_by_test_id("stSelectbox").filter(has_text="Period")
    choice.locator("input").fill("2026-11")
    choice.locator("input").press("Enter")
    shown.get_by_text("Nov 1, 2026").first.wait_for()
    page.goto(f"{page.url}&report-language=zh")
    shown.locator("h2").filter(has_text=t("doc.section.summary")).first.wait_for()
    with page.expect_download() as started:
        page.get_by_role("button", name="HTML", exact=True).click()
    text = Path(started.value.path()).read_text("utf-8")
    assert started.value.suggested_filename.endswith(".html")
    assert t("doc.section.summary") in text and 'id="scorecard"' not in text
    reader.no_trouble()


WIDTHS = """() => [...document.querySelectorAll('[data-testid="stMain"], [data-testid="stMain"] *')]
  .filter(each => each.getBoundingClientRect().right > innerWidth + 1 && each.checkVisibility()
    && !each.closest('canvas, svg, .scroll, pre, [data-testid="stDataFrame"], [data-testid="stCode"]'))
  .slice(0, 5).map(each => each.outerHTML.slice(0, 200))"""
"""What reaches beyond the right edge, beside what scrolls within its own frame."""
CUT = """() => [...document.querySelectorAll('[data-testid="stMain"] *')]
  .filter(each => each.checkVisibility() && getComputedStyle(each).textOverflow === 'ellipsis'
    && each.scrollWidth > each.clientWidth + 1 && !each.closest(
      '[data-testid="stDataFrame"], [data-testid="stSelectbox"], [data-testid="stMultiSelect"], input'))
  .map(each => each.innerText)"""
"""Words that end in dots for want of room; the value of a choice is read whole when it is opened."""
BROKEN = """() => [...document.querySelectorAll('.geo.grid .rest small')].filter(each => {
    const range = document.createRange();
    range.selectNodeContents(each);
    return range.getClientRects().length > 1;
  }).map(each => each.innerText)"""
"""Intervals and samples that go over two lines."""
OURS = (".geo", "[data-testid='stVegaLiteChart']", "[data-testid='stHeading']")
SERIOUS = ("serious", "critical")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_easy_to_use_and_fits_a_laptop_and_a_phone(walkers: dict[str, Reader], name: str) -> None:
    for (lang, reader), size in zip(walkers.items(), (LAPTOP, PHONE), strict=True):
        page = reader.page
        page.set_viewport_size(LAPTOP)  # a phone's bar has no sections to go by
        reader.go(name, lang)
        settled(page)
        if size == LAPTOP:
            assert axe(page) == [], "axe-core finds nothing serious in what is ours"
        page.set_viewport_size(size)
        page.evaluate(DRAWN)
        assert page.evaluate(WIDTHS) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert page.evaluate(CUT) == [] and page.evaluate(BROKEN) == []
        reader.no_trouble()


DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def axe(page: api.Page) -> list[str]:
    """Serious findings of axe-core in what the page itself draws; Streamlit's own controls are its makers'."""
    page.evaluate(AXE.read_text("utf-8"))
    results = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa']})")
    return [
        f"{each['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for each in results["violations"]
        if each["impact"] in SERIOUS
        for node in each["nodes"]
        if any(page.locator(node["target"][0]).first.evaluate(CLOSEST, ours) for ours in OURS)
    ]


FOCUSED = """async () => {
  const each = document.activeElement;
  const look = () => {
    document.getAnimations().forEach(one => { try { one.finish(); } catch { /* it never ends */ } });
    let told = '', at = each;
    for (let step = 0; step < 5 && at; step++, at = at.parentElement) {
      const style = getComputedStyle(at);
      told += [style.outlineStyle, style.outlineWidth, style.boxShadow, style.borderColor, style.backgroundColor];
    }
    return told;
  };
  const name = each.getAttribute('aria-label') || each.innerText || each.title || each.tagName;
  const drawn = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  await drawn();
  const with_focus = look();
  each.blur();
  await drawn();
  const without = look();
  each.focus({preventScroll: true, focusVisible: true});
  return [name.trim(), with_focus !== without];
}"""
"""What has the focus, and whether it looks otherwise than without: an outline, a shadow, a border, a ground."""
MOST_TABS = 60


def test_a_reader_needs_no_mouse(reader: Reader, url: str) -> None:
    page = reader.page
    page.goto(f"{url}/competitors?lang=en&workspace=crm&surface=web&branded=1")
    settled(page)
    page.locator("body").press("Tab")
    reached: dict[str, bool] = {}
    while "Download" not in " ".join(reached) and len(reached) < MOST_TABS:
        name, seen = page.evaluate(FOCUSED)
        reached[name] = seen
        page.keyboard.press("Tab")
    assert [name for name, seen in reached.items() if not seen] == [], "one sees where one is"
    names = " | ".join(reached)
    wanted = ("Workspace", "Period", "Engine", "Overview", "All brands", "Download")
    places = [names.find(name) for name in wanted]
    assert places == sorted(places) and places[0] >= 0, names
    menu = page.locator("[class*=st-key-downloads] button").first
    menu.focus()
    menu.press("Enter")
    files = page.get_by_role("button", name="CSV table")
    files.first.wait_for()
    page.keyboard.press("Escape")
    files.first.wait_for(state="hidden")
    assert menu.evaluate("each => each === document.activeElement"), "one is where one was"
    reader.no_trouble()


CLOSEST = "(each, ours) => each.closest(ours) !== null"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_from_an_import_to_an_export(reader: Reader, flow: str, lang: str) -> None:
    """A file is imported, an alias added and counted, its evidence read, a statement marked, all exported."""
    t, page = translate(lang), reader.page
    here = f"workspace=flow-{lang}&lang={lang}"
    page.goto(f"{flow}/runs?{here}")
    page.get_by_text(t("importing.title")).first.click()
    page.locator("input[type=file]").set_input_files(
        {"name": "answers.jsonl", "mimeType": "application/jsonl", "buffer": IMPORTED}
    )
    page.get_by_role("button", name=t("importing.start"), exact=True).click()
    page.get_by_text(t("importing.done", file="answers.jsonl", read=3, new=3, known=0, failed=0)).wait_for()
    reader.go("overview", lang)
    rate = page.get_by_test_id("stMetricValue").first
    api.expect(rate).to_have_text("33.3%")
    reader.go("workspace", lang)
    page.get_by_label(t("workspace.aliases")).fill("Glimmerine")
    page.get_by_role("button", name=t("workspace.see")).first.click()
    page.get_by_text(t("workspace.adds", brand="Aurora", mentions=1, answers=1, unsure=0)).wait_for()
    page.get_by_role("button", name=t("workspace.save"), exact=True).click()
    page.get_by_text(t("workspace.saved", count=1)).wait_for()
    reader.go("overview", lang)
    api.expect(rate).to_have_text("66.7%")
    page.get_by_role("link", name=t("dashboard.show_answers")).first.click()
    page.get_by_role("link", name="Which mild cream?").first.click()
    page.locator("mark.own", has_text="Glimmerine").wait_for()
    reader.go("perception", lang)
    page.get_by_role("radio", name=t("perception.queue")).click()
    page.get_by_text("I would not recommend Aurora").first.wait_for()
    page.get_by_role("button", name=t("perception.mark_untrue"), exact=True).first.click()
    page.get_by_text(t("perception.queue_empty"), exact=True).wait_for()
    page.goto(f"{flow}/answers?{here}")  # without what the tile asked for
    page.get_by_role("button", name=t("dashboard.download")).click()
    with page.expect_download() as started:
        page.get_by_role("button", name=t("dashboard.download_csv")).click()
    rows = list(csv.DictReader(io.StringIO(Path(started.value.path()).read_text("utf-8-sig"))))
    assert sorted(row["brands"] for row in rows) == ["", "Aurora", "Aurora"]
    reader.no_trouble()
