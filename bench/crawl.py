"""Pages a second of the reference crawl beside bare Scrapy spiders, and its memory: `python -m bench.crawl`.

The site is a process of its own. Each spider is one, too, with the same concurrency and no delay; its time counts from
the site's first page to its last. `bare` downloads and measures bodies; `bare + trafilatura` also takes their main
text, in the spider as tutorials do it. `geo-tracker` obeys robots.txt, archives, reads and saves every page; `without
reading` does all of that but reading, as where cores to spare read as fast as pages come.

Pages have 30, 80 and 180 kB, English and Chinese in turn (`bench.pages`). A ratio of rates is what all cores
here do; one of CPU is what one core would do, and is moved little by other work on the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from itertools import product
from pathlib import Path

import psutil
from aiohttp import web
from scrapy import Request, Spider
from scrapy.cmdline import execute
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response
from sqlmodel import select

from bench.pages import KINDS, VARIANTS, page
from geo_tracker.config import Settings
from geo_tracker.extract.records import PageContent
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import insert_new, migrate, open_engine, writing
from geo_tracker.storage.models import Answer, Citation, Page, Prompt, Run, Workspace
from spiders import references
from spiders.reading import Reading

CONCURRENCY = 32
SHARED = {
    "CONCURRENT_REQUESTS": CONCURRENCY,
    "CONCURRENT_REQUESTS_PER_DOMAIN": CONCURRENCY,
    "DOWNLOAD_DELAY": 0,
    "LOG_LEVEL": "ERROR",
}


async def serve(reply: Callable[[str], tuple[str, str]]) -> None:
    """A site whose addresses give what `reply` says of their last step: text and media type."""
    times: list[float] = []

    async def handle(request: web.BaseRequest) -> web.Response:
        if request.path == "/took":
            if "forget" in request.query_string:
                times.clear()
            return web.Response(text=f"{times[-1] - times[0] if times else 0.0} {len(times)}")
        if request.path == "/robots.txt":
            return web.Response(status=404)
        times.append(time.monotonic())
        text, kind = reply(request.path.rpartition("/")[2])
        return web.Response(text=text, content_type=kind)

    runner = web.ServerRunner(web.Server(handle, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


def _pages(name: str) -> tuple[str, str]:
    return page(int(name)), "text/html"


@contextmanager
def site(module: str) -> Iterator[str]:
    """The address of a benchmark's site while the block runs."""
    command = [sys.executable, "-m", module, "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip() if process.stdout else 0}"
        finally:
            process.terminate()


class Bare(Spider):
    """Downloads pages and yields the length of their bodies, or of their main text."""

    name = "bare"

    def __init__(self, base: str, pages: int, *, extract: bool) -> None:
        super().__init__()
        self.base, self.pages, self.extract = base, pages, extract

    async def start(self):  # type: ignore[no-untyped-def]
        for number in range(self.pages):
            yield Request(f"{self.base}/page/{number}", dont_filter=True)

    def parse(self, response: Response):  # type: ignore[no-untyped-def]
        if not self.extract:
            return {"length": len(response.body)}
        import trafilatura

        return {"length": len(trafilatura.extract(response.text, url=response.url) or "")}


class Unread:
    """Archives bodies in place of reading them."""

    def __init__(self, archive_url: str, processes: int) -> None:
        self._archive = Archive(archive_url)

    async def read(self, body: bytes, url: str, content_type: str) -> Reading:
        sha = await asyncio.to_thread(self._archive.put, body)
        return Reading(sha, PageContent(None, None, None, "en", body[:6000].decode(errors="replace")))

    def close(self) -> None:
        """Nothing runs."""


def plan(home: Path, base: str, pages: int) -> None:
    """A home whose workspace cites all pages of the site."""
    settings = Settings.from_environment({**os.environ, "GEO_HOME": str(home)})
    database = open_engine(settings.database_url)
    migrate(database)
    with writing(database) as session:
        workspace = Workspace(slug="w", name="W")
        session.add(workspace)
        session.flush()
        prompt, run = Prompt(workspace_id=workspace.id, text="?"), Run(workspace_id=workspace.id)
        session.add_all([prompt, run])
        session.flush()
        about = {"workspace_id": workspace.id, "prompt_id": prompt.id, "run_id": run.id}
        answer = Answer(engine="x", key="x", day=date(2026, 3, 1), **about)
        session.add(answer)
        session.flush()
        insert_new(session, Page, [{"url": f"{base}/page/{n}", "domain": "127.0.0.1"} for n in range(pages)])
        cited = [
            {"answer_id": answer.id, "page_id": page_id, "position": 0, "url": url}
            for page_id, url in session.exec(select(Page.id, Page.url)).all()
        ]
        insert_new(session, Citation, cited)
    database.dispose()


@dataclass
class Use:
    """What a process and its children need."""

    early: float = 0.0
    """Megabytes at most while the first tenth of the pages was served."""
    peak: float = 0.0
    """Megabytes at most."""
    seconds: float = 0.0
    """Of CPU."""

    def watch(self, process: subprocess.Popen[bytes], base: str, pages: int) -> None:
        """Look at it until it ends."""
        while process.poll() is None:
            megabytes, seconds = _used(process.pid)
            self.peak, self.seconds = max(self.peak, megabytes), max(self.seconds, seconds)
            if served(base)[1] <= pages / 10:
                self.early = self.peak
            time.sleep(0.5)


def _used(pid: int) -> tuple[float, float]:
    """Megabytes and CPU seconds of a process tree; pages that its members share count once where the system tells."""
    size = seconds = 0.0
    with suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        for each in (root, *root.children(recursive=True)):
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                memory, times = each.memory_full_info(), each.cpu_times()
                size += getattr(memory, "pss", memory.rss)
                seconds += times.user + times.system
    return size / 2**20, seconds


def served(base: str, *, forget: bool = False) -> tuple[float, int]:
    """Seconds from the site's first page to its last, and how many there were."""
    with urllib.request.urlopen(f"{base}/took{'?forget' if forget else ''}") as reply:  # noqa: S310
        seconds, count = reply.read().split()
    return float(seconds), int(count)


def measure(command: list[str], environment: Mapping[str, str], base: str, pages: int) -> tuple[float, Use]:
    """Pages a second of a spider, and what it needs; raises `RuntimeError` if it did not get them all."""
    served(base, forget=True)
    use = Use()
    process = subprocess.Popen(command, env={**os.environ, **environment})  # noqa: S603
    use.watch(process, base, pages)
    seconds, count = served(base)
    if process.returncode or count != pages:
        raise RuntimeError(f"{command[-3:]}: {count} of {pages} pages, exit code {process.returncode}")
    return pages / seconds, use


def ours(base: str, pages: int, home: Path, *program: str) -> tuple[list[str], dict[str, str]]:
    """The command and environment of the reference crawl."""
    plan(home, base, pages)
    values = {**SHARED, "PRIVATE_ADDRESSES": "127.0.0.1"}
    options = [part for name, value in values.items() for part in ("-s", f"{name}={value}")]
    command = [sys.executable, "-m", *program, "crawl", "references", "-a", "workspace=w", *options]
    return command, {
        "GEO_HOME": str(home),
        "SCRAPY_SETTINGS_MODULE": "spiders.settings",
        "GEO_SANDBOX_URL": "",
    }


def compare(pages: int) -> None:
    """Print a line for each spider."""
    bare = [sys.executable, "-m", "bench.crawl", "--pages", str(pages)]
    with site("bench.crawl") as base, tempfile.TemporaryDirectory() as home:
        lines = {
            "bare": ([*bare, "--bare", base], {}),
            "bare + trafilatura": ([*bare, "--extract", base], {}),
            "geo-tracker": ours(base, pages, Path(home) / "read", "scrapy"),
            "without reading": ours(base, pages, Path(home) / "unread", "bench.crawl", "--unread"),
        }
        rates: dict[str, float] = {}
        costs: dict[str, float] = {}
        for name, (command, environment) in lines.items():
            rates[name], use = measure(command, environment, base, pages)
            costs[name] = use.seconds / pages
            print(
                f"{name:19} {rates[name]:7.1f} pages/s, {1000 * costs[name]:.1f} ms of CPU a page, "
                f"{use.early:.0f} MB after a tenth, {use.peak:.0f} MB at most",
                flush=True,
            )
        for name, peer in product(("geo-tracker", "without reading"), ("bare", "bare + trafilatura")):
            rate, one_core = rates[name] / rates[peer], costs[peer] / costs[name]
            print(f"{name} / {peer}: {rate:.2f}, on one core {one_core:.2f}")


def main() -> None:
    if sys.argv[1:2] == ["--unread"]:
        references.Readers = Unread
        execute(["scrapy", *sys.argv[2:]])
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=1_800)
    for hidden in ("--bare", "--extract"):
        parser.add_argument(hidden, metavar="ADDRESS", help=argparse.SUPPRESS)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        for number in range(len(KINDS) * VARIANTS):  # made before anybody asks
            page(number)
        asyncio.run(serve(_pages))
    elif arguments.bare or arguments.extract:
        process = CrawlerProcess(SHARED)
        process.crawl(
            Bare,
            base=arguments.bare or arguments.extract,
            pages=arguments.pages,
            extract=bool(arguments.extract),
        )
        process.start()
    else:
        compare(arguments.pages)


if __name__ == "__main__":
    main()
