"""Who sits before the browser and asks the look-alike apps what the companion's popup offers."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from geo_tracker.sandbox.apps.lookalikes import LOOK_ALIKES
from geo_tracker.storage.database import workspace_named, writing
from geo_tracker.storage.models import Workspace
from geo_tracker.workspaces.apply import apply
from geo_tracker.workspaces.entries import PanelEntry
from geo_tracker.workspaces.file import read_workspace
from tests.support.captured import NOW
from tests.support.look_alikes import PROMPT, asked, identity, popup
from tests.support.paired import Paired
from tests.support.places import ROOT

NAMES = [each.name for each in LOOK_ALIKES]
BY_NAME = {each.name: each for each in LOOK_ALIKES}


def eleven(engine: sa.Engine) -> Workspace:
    """The demo's Chinese market, asked by hand in all apps with one prompt."""
    file = read_workspace(ROOT / "geo_tracker" / "sandbox" / "demo-zh.yaml")
    panel = PanelEntry(name="apps", apps=NAMES)
    prompts = [each for each in file.prompts or [] if each.text == PROMPT]
    with writing(engine) as session:
        apply(session, file.model_copy(update={"panels": [panel], "prompts": prompts}), NOW)
        return workspace_named(session, "demo-zh")


class Person:
    """Who sits before the browser."""

    def __init__(self, browser: Any, paired: Paired) -> None:
        self.browser, self.paired = browser, paired
        self.id = identity(browser)
        self.popup = popup(browser, self.id)

    def pairs(self) -> None:
        options = popup(self.browser, self.id, "options")
        options.locator("#port").fill(str(self.paired.port))
        options.locator("#token").fill(self.paired.token)
        options.locator("#pair button").click()
        options.locator("#state[data-state=ok]").wait_for()
        options.close()

    def looks(self) -> Any:
        """The popup as it is when it is opened now, with no pause since the last app."""
        self.popup.evaluate("chrome.storage.local.set({ opened: 0 })")
        self.popup.reload()
        self.popup.locator("#state[data-state]").wait_for()
        return self.popup

    def asks_next(self) -> str:
        """Open what the popup offers, ask it, and wait until the capture is where it belongs; gives the app."""
        shown = self.looks()
        prompt = shown.locator("#prompt").inner_text()
        with self.browser.expect_page() as opened:
            shown.locator("#open").click()
        page = opened.value
        page.wait_for_load_state()
        before = self.waits() + len(self.paired.answers())
        asked(page, prompt)
        self.until(lambda: self.waits() + len(self.paired.answers()) > before)
        host = re.sub(r"https://([^/]+)/.*", r"\1", page.url)
        page.close()
        return next(app.name for app in LOOK_ALIKES if app.host == host)

    def waits(self) -> int:
        kept = self.popup.evaluate("chrome.storage.local.get(null)")
        return sum(key.startswith("capture:") for key in kept)

    def until(self, true: Callable[[], bool], seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, "it did not come"
            self.popup.wait_for_timeout(50)
