"""Pictures of the companion's guide: `python -m tests.quality.companion_pictures [--out docs/screenshots]`.

They show the look-alike apps of the sandbox, a Chromium with the companion, and the dashboard over what it captured.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from geo_tracker.i18n import translate
from geo_tracker.score.answers import score
from tests.support.browser import find_chromium, served
from tests.support.look_alikes import COMPANION, PROMPT, apps_served, asked, launched, popup
from tests.support.paired import Paired
from tests.support.person import Person, eleven

POPUP = {"width": 400, "height": 560}


def main() -> None:
    """Take the pictures in both languages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/screenshots"))
    out: Path = parser.parse_args().out
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit("no Chromium found: install one or set GEO_CHROMIUM to its path")
    with sync_playwright() as playwright:
        for lang in ("en", "zh"):
            with tempfile.TemporaryDirectory() as folder:
                _take(playwright, chromium, lang, Path(folder), out)


def _take(playwright: Any, chromium: str, lang: str, home: Path, out: Path) -> None:
    paired = Paired(home, workspace=eleven, sandbox=True)
    with apps_served(home) as (_, port), paired.listening():
        ui = "zh-CN" if lang == "zh" else "en"
        browser = launched(playwright, chromium, home / "profile", port, COMPANION, ui)
        person = Person(browser, paired)
        options = popup(browser, person.id, "options")
        options.set_viewport_size({"width": 700, "height": 420})
        options.locator("#port").fill(str(paired.port))
        options.locator("#token").fill(paired.token)
        options.locator("#pair button").click()
        options.locator("#state[data-state=ok]").wait_for()
        options.screenshot(path=out / f"companion-options-{lang}.png")
        person.popup.set_viewport_size(POPUP)
        person.looks().screenshot(path=out / f"companion-popup-{lang}.png")
        page = browser.new_page()
        page.set_viewport_size({"width": 900, "height": 600})
        page.goto("https://www.doubao.com/chat/")
        asked(page, PROMPT)
        person.until(lambda: len(paired.answers()) == 1)
        person.looks().locator("details").click()
        person.popup.set_viewport_size({"width": 400, "height": 860})
        person.popup.screenshot(path=out / f"companion-kept-{lang}.png")
        score(paired.engine, paired.archive, paired.workspace, processes=1)
        browser.close()
    paired.engine.dispose()
    _dashboard(playwright, chromium, lang, home, out)


def _dashboard(playwright: Any, chromium: str, lang: str, home: Path, out: Path) -> None:
    t = translate(lang)
    with suppress(subprocess.TimeoutExpired), served({"GEO_HOME": str(home)}, home / "log") as url:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(
            viewport={"width": 1440, "height": 900}, locale="zh-CN" if lang == "zh" else "en"
        )
        for name in ("session", "shelf"):
            page.goto(f"{url}/{name}?lang={lang}&workspace=demo-zh&surface=web")
            page.locator(".geo h1", has_text=t(f"dashboard.{name}")).wait_for(timeout=60_000)
            page.wait_for_timeout(8_000)  # what is drawn after the heading
            page.screenshot(path=out / f"companion-{name}-{lang}.png")
        browser.close()


if __name__ == "__main__":
    main()
