"""The zip for Firefox in a Firefox: paired on its own page, it hands over what each of the apps answers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("websockets.sync.client", reason="websockets is not installed")
pytest.importorskip("playwright", reason="playwright is not installed")

from tests.support.firefox import UUID, Firefox, find_firefox, firefox
from tests.support.look_alikes import PROMPT, apps_served
from tests.support.paired import Paired
from tests.support.person import BY_NAME, NAMES, eleven

PROGRAM = find_firefox()
ASKS = """
    const box = document.getElementById("box");
    box.value = %s;
    box.dispatchEvent(new InputEvent("input", { bubbles: true }));
    document.getElementById("ask").requestSubmit();
    while (!document.querySelector("#said > :nth-child(2)")) await new Promise((go) => setTimeout(go, 50));
"""
PAIRS = """
    document.getElementById("port").value = %s;
    document.getElementById("token").value = %s;
    document.querySelector("#pair button").click();
    while (!document.getElementById("state").dataset.state) await new Promise((go) => setTimeout(go, 50));
    return document.getElementById("state").dataset.state;
"""
LOOKS = """
    while (!document.getElementById("state").dataset.state) await new Promise((go) => setTimeout(go, 50));
    return [document.getElementById("app").textContent, document.getElementById("prompt").textContent];
"""
SKIPS = """
    document.querySelector("#skips button[value=login]").click();
    while (!document.querySelector("#failures li button")) await new Promise((go) => setTimeout(go, 50));
    const said = document.querySelector("#failures li").textContent;
    document.querySelector("#failures li button").click();
    while (document.querySelector("#failures li")) await new Promise((go) => setTimeout(go, 50));
    return said;
"""
WAITING = (
    "return Object.keys(await browser.storage.local.get(null)).filter((key) => key.startsWith('capture:'));"
)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.1)


def asks(browser: Firefox, app: str) -> None:
    browser.open(f"https://{BY_NAME[app].host}/")
    browser.run(ASKS % json.dumps(PROMPT))


@pytest.mark.skipif(PROGRAM is None, reason="no Firefox on the path: apt-get install firefox-esr")
def test_eleven_apps_in_firefox(tmp_path: Path) -> None:
    paired = Paired(tmp_path, workspace=eleven)
    pages = f"moz-extension://{UUID}"
    with apps_served(tmp_path) as (apps, port), firefox(str(PROGRAM), tmp_path, port) as browser:
        with paired.listening():
            browser.open(f"{pages}/options.html")
            told: tuple[Any, ...] = (json.dumps(str(paired.port)), json.dumps(paired.token))
            assert browser.run(PAIRS % told) == "ok"
            browser.open(f"{pages}/popup.html")
            assert browser.run(LOOKS) == ["豆包 Doubao", PROMPT]
            assert "needs login" in browser.run(SKIPS)
            for count, name in enumerate(NAMES[:-1], 1):
                asks(browser, name)
                until(lambda count=count: len(paired.answers()) == count)  # type: ignore[misc]
        asks(browser, NAMES[-1])
        browser.open(f"{pages}/options.html")
        until(lambda: len(browser.run(WAITING)) == 1)
        with paired.listening():
            browser.open(f"{pages}/popup.html")
            until(lambda: len(paired.answers()) == len(NAMES))
            until(lambda: browser.run(WAITING) == [])
    assert sorted(answer.engine for answer in paired.answers()) == sorted(NAMES)
    assert all(answer.usage["mode"]["search"] is True for answer in paired.answers()), "the page's switch"
    assert sorted(apps.asked) == sorted((name, PROMPT) for name in NAMES)
    paired.engine.dispose()
