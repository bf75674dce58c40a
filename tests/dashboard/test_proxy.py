"""The dashboard behind the proxy of `deploy/`: its headers are there and stop nothing of ours."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPMessage
from pathlib import Path

import pytest

from geo_tracker.i18n import translate
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine
from tests.support.dashboard_data import fill
from tests.support.places import ROOT

api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from tests.support.browser import find_chromium, free_port, served  # noqa: E402 - it needs playwright

CHROMIUM, CADDY = find_chromium(), shutil.which("caddy")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None or CADDY is None, reason="needs a Chromium and caddy: apt-get install chromium caddy"
)
T = translate("en")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("proxied")
    engine = open_engine(f"sqlite:///{home / 'geo.db'}")
    migrate(engine)
    fill(engine, Archive((home / "archive").as_uri()), days=2)
    engine.dispose()
    with served({"GEO_HOME": str(home)}, home / "log") as address:
        port, told = free_port(), (ROOT / "deploy" / "Caddyfile").read_text("utf-8")
        for ours, here in (
            ("geo.example.com {", f"http://127.0.0.1:{port} {{"),
            ("reverse_proxy 127.0.0.1:8501", f"reverse_proxy {address.removeprefix('http://')}"),
        ):
            assert told.count(ours) == 1
            told = told.replace(ours, here)
        (home / "Caddyfile").write_text("{\n\tadmin off\n}\n" + told)
        with _running(home, port):
            yield f"http://127.0.0.1:{port}"


class _running:
    """Caddy while the block runs."""

    def __init__(self, home: Path, port: int) -> None:
        command = [str(CADDY), "run", "--adapter", "caddyfile", "--config", str(home / "Caddyfile")]
        environment = {
            **os.environ,
            "HOME": str(home),
            "XDG_DATA_HOME": str(home),
            "XDG_CONFIG_HOME": str(home),
        }
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.port = port

    def __enter__(self) -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_stcore/health", timeout=2):
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("caddy did not start")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(10)


def headers(url: str) -> HTTPMessage:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.headers  # type: ignore[no-any-return]


def test_its_headers_are_there(url: str) -> None:
    found = headers(url)
    assert found["X-Content-Type-Options"] == "nosniff"
    assert found["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in found["Content-Security-Policy"]
    assert found["Strict-Transport-Security"] and found["Referrer-Policy"] == "same-origin"
    assert "Server" not in found
    cookies = found.get_all("Set-Cookie") or []
    assert all(each.endswith("; Secure") for each in cookies)
    with pytest.raises(urllib.error.HTTPError, match="404"):
        headers(f"{url}/_stcore/agent/openapi.json")


def test_pages_charts_and_reports_work_behind_it(url: str) -> None:
    trouble: list[str] = []
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(locale="en-US", viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(240_000)
        page.on("console", lambda message: message.type == "error" and trouble.append(message.text))
        page.goto(f"{url}/?lang=en")
        page.get_by_test_id("stMetricValue").first.wait_for()
        page.locator("canvas, svg.marks").first.wait_for()
        page.goto(f"{url}/answers?lang=en")
        page.locator(".geo.grid td a").first.wait_for()
        page.goto(f"{url}/reports?lang=en")
        page.frame_locator("iframe").locator("h1").first.wait_for()
        browser.close()
    refused = [each for each in trouble if re.search("Content Security Policy|refused", each, re.I)]
    assert refused == []
