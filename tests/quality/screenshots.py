"""Screenshots of every page: `python -m tests.quality.screenshots [--lang en] [--width 390] [--home data] [--out DIR]`.

They show the workspaces that the database has; `geo-tracker demo --no-serve` fills one.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from dashboard.navigation import PAGES
from geo_tracker.config import Settings
from geo_tracker.i18n import language, translate
from geo_tracker.queries.facts import read_workspaces
from geo_tracker.storage.database import migrate, open_engine, reading, workspace_named
from tests.support.browser import find_chromium, open_first_answer, served, settled

HEIGHT, MOST_HEIGHT = 900, 2600
"""Pixels of a picture: of a short page, and of one that is longer than a reader scrolls."""


def main() -> None:
    """Take the screenshots and print their paths."""
    options = _options()
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit("no Chromium found: install one or set GEO_CHROMIUM to its path")
    settings = Settings.from_environment({"GEO_HOME": str(options.home)})
    workspaces = _workspaces(settings.database_url)
    options.out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        served({"GEO_HOME": str(options.home)}, Path(folder) / "log") as url,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for lang in options.lang or ("en", "zh"):
            workspace = workspaces.get(lang) or next(iter(workspaces.values()))
            _take(browser, url, lang, workspace, options)
        browser.close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lang", action="append", help="en or zh; both by default")
    parser.add_argument("--scheme", choices=("light", "dark"), default="light")
    parser.add_argument("--width", type=int, default=1440, help="390 is a phone's")
    parser.add_argument("--home", type=Path, default=Path("data"))
    parser.add_argument("--out", type=Path, default=Path("docs/screenshots"))
    return parser.parse_args()


def _workspaces(url: str) -> dict[str, str]:
    """A workspace's slug per language."""
    engine = open_engine(url)
    migrate(engine)
    with reading(engine) as session:
        slugs = list(read_workspaces(session))
        found = {language(workspace_named(session, slug).locale): slug for slug in reversed(slugs)}
    if not found:
        raise SystemExit("no workspace to show: run 'geo-tracker demo --no-serve' first")
    return found


def _take(browser: Browser, url: str, lang: str, workspace: str, options: argparse.Namespace) -> None:
    page = browser.new_page(viewport=_size(options), color_scheme=options.scheme)
    for name in PAGES:
        path = "" if name == "overview" else name
        page.goto(f"{url}/{path}?lang={lang}&workspace={workspace}")
        if name == "shelf":
            _show_all_surfaces(page, lang)
        _save(page, options, f"{name}-{lang}")
    page.goto(f"{url}/answers?lang={lang}&workspace={workspace}")
    settle(page)
    open_first_answer(page)
    _save(page, options, f"answer-{lang}")
    page.close()


def _show_all_surfaces(page: Page, lang: str) -> None:
    """Most answers come from an API, which says nothing of the app's shelf."""
    settle(page)
    button = page.get_by_role("button", name=translate(lang)("shelf.other_surfaces"))
    if button.count():
        button.click()


def _save(page: Page, options: argparse.Namespace, name: str) -> None:
    settle(page)
    page.set_viewport_size({"width": options.width, "height": _height(page)})
    settle(page)
    path = options.out / f"{name}.png"
    Image.open(io.BytesIO(page.screenshot())).quantize(256).save(path, optimize=True)  # a third of the size
    page.set_viewport_size(_size(options))
    print(path)


def _size(options: argparse.Namespace) -> ViewportSize:
    return {"width": options.width, "height": HEIGHT}


def _height(page: Page) -> int:
    """What the whole page needs, within reason."""
    content = page.get_by_test_id("stMainBlockContainer").bounding_box()
    return int(min(max(content["height"] if content else 0, HEIGHT), MOST_HEIGHT))


def settle(page: Page) -> None:
    """Wait until a run has ended and its charts are drawn."""
    settled(page)
    page.wait_for_timeout(700)


if __name__ == "__main__":
    main()
