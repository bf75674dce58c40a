"""Workers over one PostgreSQL: each workspace goes once, and a worker that is killed loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from geo_tracker.sandbox import running
from geo_tracker.storage.database import open_engine
from tests.cli.test_commands import geo

PASS = """
from geo_tracker.cli import main, run
run.work = lambda place, each: run.crawl_with("answers", each.slug, place.settings).ok
main()
"""
"""A pass that only asks: what comes after is the same whoever starts it, and takes most of a pass's time."""
WORKER = f"""
from geo_tracker.cli import _children, _queue, main
_children.PROGRAM = {PASS!r}
_queue.EVERY_TICK, _queue.HEARTBEAT, _queue.STALLED = "* * * * * */2", 0.5, 4.0
main()
"""
PROMPTS = "".join(f"  - {{text: Which mask is best number {n}?, language: en}}\n" for n in range(8))
FILE = """
workspace: {{slug: {slug}}}
brands: [{{name: Aurora, role: own}}]
prompts:
{prompts}
panels: [{{name: hourly, engines: [perplexity], cron: "0 * * * *"}}]
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    with running(seed=1, faults=0.0) as url:
        yield url


def counts(engine: sa.Engine) -> dict[str, int]:
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT status, COUNT(*) FROM answer GROUP BY status"))
        return {str(row[0]): int(row[1]) for row in rows}


def until(ripe: Callable[[], bool], seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while not ripe():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.1)


def test_two_workers_share_a_queue_and_one_that_is_killed_loses_nothing(
    tmp_path: Path, sandbox: str, postgres_database: str
) -> None:
    places = {"GEO_DATABASE_URL": postgres_database, "GEO_SANDBOX_URL": sandbox}
    for slug in ("one", "two"):
        (tmp_path / f"{slug}.yaml").write_text(FILE.format(slug=slug, prompts=PROMPTS), "utf-8")
        assert geo(tmp_path, "apply", f"{slug}.yaml", **places).returncode == 0
    environment = {**os.environ, **places, "GEO_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-P", "-c", WORKER, "worker", "--json"]
    both = [subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    engine = open_engine(postgres_database)
    killed, other = both
    try:
        until(lambda: counts(engine).get("captured", 0) >= 2)
        for process in (*psutil.Process(killed.pid).children(recursive=True), killed):
            process.kill()
        until(lambda: counts(engine) == {"captured": 16})
        with engine.connect() as connection:
            asked = connection.execute(sa.text("SELECT attempts, COUNT(*) FROM answer GROUP BY attempts"))
            extra = {attempts: count for attempts, count in asked if attempts > 1}
        assert set(extra) <= {2}, "one kill costs at most one more request"
        assert sum(extra.values()) <= 16, "of what was in flight"
    finally:
        other.send_signal(signal.SIGTERM)
        logs = [worker.communicate(timeout=60)[1] for worker in both]
    assert other.returncode == 0, logs
    assert '"ended"' in logs[1]
    assert sum(log.count("a pass begins") for log in logs) >= 2
    with engine.connect() as connection:
        left = connection.execute(sa.text("SELECT COUNT(*) FROM answer WHERE claimed_until IS NOT NULL"))
        assert left.scalar_one() == 0
        bodies = connection.execute(sa.text("SELECT COUNT(DISTINCT answer_id), COUNT(*) FROM body")).one()
        assert tuple(bodies) == (16, 16), "each answer is stored once"
    engine.dispose()
