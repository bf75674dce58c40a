"""A served dashboard and the Chromium that looks at it, for tests and screenshots."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from tests.support.places import ROOT

APP = ROOT / "dashboard" / "app.py"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
STARTS_WITHIN = 60


def find_chromium() -> str | None:
    """The Chromium of GEO_CHROMIUM, else the first on the path."""
    found = (shutil.which(name) for name in NAMES)
    return os.environ.get("GEO_CHROMIUM") or next((path for path in found if path), None)


@contextmanager
def served(environment: Mapping[str, str], log: Path) -> Iterator[str]:
    """The dashboard on a free port while the block runs; yields its address."""
    port = free_port()
    arguments = [
        "run",
        str(APP),
        f"--server.port={port}",
        "--server.address=127.0.0.1",
        "--server.fileWatcherType=none",
    ]
    with log.open("wb") as file:
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", *arguments],
            env={**os.environ, **environment},
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(f"http://127.0.0.1:{port}", server, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:  # a busy machine: what the block showed stands all the same
            server.kill()
            server.wait()


def settled(page: Page) -> None:
    """Wait until a run of the script has ended and what it drew is there."""
    page.locator(".geo h1, .geo h2").first.wait_for(timeout=60_000)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=60_000)
    # Not for an idle network: what Streamlit holds open for a preview in a frame never ends.
    page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')", timeout=60_000)


def open_first_answer(page: Page) -> None:
    """Follow the first answer of the list."""
    page.locator(".geo.grid td a").first.click()
    page.locator(".geo .answer").first.wait_for()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"the dashboard did not start: {log.read_text(errors='replace')[-2000:]}")
