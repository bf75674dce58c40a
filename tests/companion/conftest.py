"""One Chromium with the companion for the tests that only use it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from tests.support.browser import find_chromium  # noqa: E402 - it needs playwright

CHROMIUM = find_chromium()
REQUIRED = os.environ.get("GEO_REQUIRE_BROWSER") == "1"


@pytest.fixture(scope="session")
def chromium() -> str:
    if CHROMIUM is None and not REQUIRED:
        pytest.skip(
            "no Chromium on the path and GEO_CHROMIUM is not set; GEO_REQUIRE_BROWSER=1 makes this a failure"
        )
    assert CHROMIUM, "GEO_REQUIRE_BROWSER=1, but there is no Chromium: install one or set GEO_CHROMIUM"
    return CHROMIUM


@pytest.fixture(scope="module")
def playwright(chromium: str) -> Iterator[api.Playwright]:
    # Not for longer: while it is there, an event loop runs in this thread, and tests that start their own cannot.
    with api.sync_playwright() as found:
        yield found
