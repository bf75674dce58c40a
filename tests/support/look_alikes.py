"""The look-alike apps served over TLS in a thread, and a Chromium with the companion that finds them there."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from playwright.sync_api import BrowserContext, Page, Playwright

from geo_tracker.sandbox.answering import AnswerEngine
from geo_tracker.sandbox.apps.server import Apps
from geo_tracker.sandbox.web import Web, first_day
from tests.support.browser import free_port
from tests.support.places import ROOT

COMPANION = ROOT / "companion"
DAY = dt.date(2026, 11, 26)
SEED = 4
"""Under which three apps show cards for `PROMPT`, two have links in the text and all cite pages."""
PROMPT = "学生党平价补水面膜推荐，百元以内"


def certificate(folder: Path) -> ssl.SSLContext:
    """A certificate of our own, which the browser is told to take."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sandbox")])
    now = dt.datetime.now(dt.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    signed = made.not_valid_before(now).not_valid_after(now + dt.timedelta(days=1)).sign(key, hashes.SHA256())
    form = serialization.Encoding.PEM
    secret = key.private_bytes(form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "sandbox.pem"
    path.write_bytes(secret + signed.public_bytes(form))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@contextmanager
def apps_served(folder: Path) -> Iterator[tuple[Apps, int]]:
    """The apps and the port that they are all on."""
    apps, port = Apps(AnswerEngine(Web(first_day(DAY)), SEED), DAY), free_port()
    loop = asyncio.new_event_loop()
    started = threading.Event()

    async def serve() -> None:
        runner = web.ServerRunner(web.Server(apps.handle))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, ssl_context=certificate(folder)).start()
        started.set()

    def run() -> None:
        loop.run_until_complete(serve())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert started.wait(30)
    try:
        yield apps, port
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


def launched(
    playwright: Playwright, chromium: str, profile: Path, port: int, extension: Path, lang: str = "en"
) -> BrowserContext:
    """A Chromium with the companion that finds every host but 127.0.0.1 at the port: no request leaves."""
    return playwright.chromium.launch_persistent_context(
        str(profile),
        executable_path=chromium,
        headless=False,  # as far as Playwright knows: Chromium's new headless mode takes extensions
        ignore_https_errors=True,
        env={**os.environ, "LANGUAGE": lang},
        args=[
            "--headless=new",
            f"--lang={lang}",
            "--no-sandbox",
            f"--disable-extensions-except={extension}",
            f"--load-extension={extension}",
            f"--host-resolver-rules=MAP * 127.0.0.1:{port}, EXCLUDE 127.0.0.1",
            "--ignore-certificate-errors",
        ],
        ignore_default_args=["--disable-extensions"],
    )


def identity(browser: BrowserContext) -> str:
    """The id that the browser gave the companion."""
    workers = browser.service_workers or [browser.wait_for_event("serviceworker", timeout=30_000)]
    return workers[0].url.split("/")[2]


def popup(browser: BrowserContext, of: str, page: str = "popup") -> Page:
    found = browser.new_page()
    found.goto(f"chrome-extension://{of}/{page}.html")
    return found


def asked(page: Page, prompt: str) -> None:
    """Ask an app as a person does, until the answer stands there."""
    page.locator("#box").fill(prompt)
    page.locator("#ask button:not([type])").click()
    page.locator("#said > :nth-child(2)").wait_for()
