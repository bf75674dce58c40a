"""Random faults, again and again: `python -m tests.quality.soak --seed 1 --schedules 200`, or `make soak`.

A schedule is a small run that one to three random faults meet; it is then finished undisturbed. Whatever happened,
each answer is asked at most once more a fault, stored once, and the numbers are those of a run that nothing met.
"""

from __future__ import annotations

import argparse
import errno
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa
from sqlmodel import select

from geo_tracker.score.answers import score
from geo_tracker.storage.database import reading, writing
from geo_tracker.storage.models import Brand, Workspace
from tests.support.crawl import Home
from tests.support.forks import Forks
from tests.support.server import Reply, Seen, Server

ANSWERS = 16
OPTIONS = {"ANSWER_BACKOFF": 0.02, "BREAKER_PAUSE": 0.05, "ANSWER_TRIES": 9, "LOG_LEVEL": "ERROR"}
TOLD = 20
"""Schedules after which a line says how far it is."""
PROMPTS = [f"question {number}" for number in range(ANSWERS)]
KINDS = ("kill", "locked", "full", "read-only", "cut", "hang", "huge", "trickle", "clock", "copy")
SLOW = frozenset({"hang", "trickle"})
"""Each waits for the engine's timeout of 2.5 s; half as likely as the others."""


class Engine(Server):
    """Says the same to the same question, however often it is asked; some requests meet a fault."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.down_until = 0.0
        self.latency = 0.01

    def reply(self, seen: Seen) -> Reply:
        with self._lock:
            self.seen.append(seen)
            fault = self.faults.pop() if self.faults and seen.prompt else ""
        if time.monotonic() < self.down_until:
            return Reply(200, b"{", cut=True)
        if fault == "hang":
            return Reply(200, b"{}", wait=4)
        if fault == "huge":
            return Reply(200, b"x", {"Content-Length": str(1 << 30)}, cut=True)
        if fault == "trickle":
            return Reply(200, b'{"text":', slow=1.0)
        said = f"Aurora is mild, and so is Borealis {len(seen.prompt)}. {seen.prompt}"
        body = f'{{"text": "{said}", "url": "https://site.example/{seen.prompt[-2:].strip()}"}}'.encode()
        return Reply(200, body, {"Content-Type": "application/json"}, self.latency)


@dataclass
class Soak:
    """What all schedules share: the engine, the process that forks crawls, and the numbers to compare with."""

    root: Path
    server: Engine
    forks: Forks
    undisturbed: list[Any] = field(default_factory=list)

    def home(self, name: str) -> Home:
        home = Home(self.root / name, self.server, options=dict(OPTIONS))
        home.plan(PROMPTS)
        with writing(home.database) as session:
            for number, brand in enumerate(("Aurora", "Borealis"), 1):
                session.add(Brand(id=number, workspace_id=1, name=brand, own=number == 1))
        return home

    def crawl(self, home: Home, fault: dict[str, Any] | None = None) -> int:
        return self.forks.start(home.environment, home.options, fault or {})

    def finish(self, home: Home) -> None:
        for _ in range(5):
            code = self.forks.wait(self.crawl(home))
            assert code == 0, f"a crawl that nothing met ended with {code}"
            if all(row.status != "planned" for row in home.answers().values()):
                return
        raise AssertionError(
            f"rows stay planned: {[(r.error_kind, r.error) for r in home.answers().values()]}"
        )

    def numbers(self, home: Home) -> list[Any]:
        """What was stored, and what is made of it, by the names of things rather than their ids."""
        with reading(home.database) as session:
            workspace = session.exec(select(Workspace)).one()
        score(home.database, home.archive, workspace)
        with home.database.connect() as connection:
            return [sorted(map(tuple, connection.execute(sa.text(query)))) for query in QUERIES]


QUERIES = (
    "SELECT p.text, a.status, a.text, a.model FROM answer a JOIN prompt p ON p.id = a.prompt_id",
    "SELECT p.text, c.url, c.position FROM citation c JOIN answer a ON a.id = c.answer_id"
    " JOIN prompt p ON p.id = a.prompt_id",
    "SELECT p.text, s.brand_id, s.mentions, s.rank, s.prominence FROM score s JOIN answer a ON a.id = s.answer_id"
    " JOIN prompt p ON p.id = a.prompt_id",
    "SELECT day, engine, SUM(planned), SUM(answers) FROM daily_cell GROUP BY day, engine",
    "SELECT brand_id, SUM(mentioned), SUM(mentions) FROM daily_brand GROUP BY brand_id",
)


def undisturbed(soak: Soak) -> None:
    """The numbers that every schedule must come to."""
    home = soak.home("undisturbed")
    soak.finish(home)
    soak.undisturbed = soak.numbers(home)
    assert len(soak.undisturbed[0]) == ANSWERS
    assert date(2026, 3, 1).isoformat() in str(soak.undisturbed[3])
    home.database.dispose()


def run_schedule(soak: Soak, seed: int) -> list[str]:
    """Let one schedule happen; the kinds of its faults. Raises `AssertionError` where it does not end as it should."""
    dice = random.Random(seed)
    kinds = [_kind(dice) for _ in range(dice.randint(1, 3))]
    home = soak.home(f"schedule-{seed}")
    soak.server.faults.clear()
    soak.server.seen.clear()
    copies: list[Home] = []
    for kind in kinds:
        _meet(soak, home, kind, dice, copies)
    soak.server.faults.clear()
    soak.server.down_until = 0.0
    soak.finish(home)
    _check(soak, home, kinds, asked=soak.server.asked())
    for copy in copies:  # as after a loss of power: what was on the disk then opens and goes on
        soak.finish(copy)
        _check(soak, copy, kinds, asked=None)
        copy.database.dispose()
    home.database.dispose()
    shutil.rmtree(home.root)
    return kinds


def _kind(dice: random.Random) -> str:
    kind = dice.choice(KINDS)
    return dice.choice(KINDS) if kind in SLOW else kind


def _meet(soak: Soak, home: Home, kind: str, dice: random.Random, copies: list[Home]) -> None:
    """One crawl and the fault that it meets."""
    stored = _bodies(home)
    ripe = stored + dice.randint(0, max(0, ANSWERS - stored - 1))
    fault: dict[str, Any] = {}
    if kind in ("full", "read-only"):
        fault = {"bodies": ripe - stored, "errno": errno.ENOSPC if kind == "full" else errno.EROFS}
    elif kind == "clock":
        fault = {"clock": dice.choice((-86_400, -3_600, 3_600, 86_400))}
    elif kind in ("hang", "huge", "trickle"):
        soak.server.faults += [kind] * dice.randint(1, 2)
    pid = soak.crawl(home, fault)
    if kind in ("kill", "locked", "cut", "copy"):
        _when(pid, lambda: _bodies(home) >= ripe)
        _strike(soak, home, kind, pid, dice, copies)
    soak.forks.wait(pid)


def _strike(soak: Soak, home: Home, kind: str, pid: int, dice: random.Random, copies: list[Home]) -> None:
    if kind == "kill":
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    elif kind == "cut":
        soak.server.down_until = time.monotonic() + dice.uniform(0.1, 0.5)
    elif kind == "locked":
        with closing(sqlite3.connect(home.root / "geo.db", timeout=30)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(dice.uniform(0.1, 0.6))
            other.rollback()
    else:
        copies.append(_copy(soak, home, pid))


def _copy(soak: Soak, home: Home, pid: int) -> Home:
    """The database and archive of one instant, as a disk would hold them when the power went."""
    target = home.root.with_name(f"{home.root.name}-copy-{time.monotonic_ns()}")
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
    try:
        shutil.copytree(home.root, target)
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    for name in ("-shm",):  # memory that processes share: gone with the power
        target.joinpath(f"geo.db{name}").unlink(missing_ok=True)
    copy = Home(target, soak.server, options=dict(OPTIONS))
    with writing(
        copy.database
    ) as session:  # on another machine the holder would be unknown; here it lives on
        session.connection().execute(sa.text("UPDATE answer SET claimed_by = NULL, claimed_until = NULL"))
    return copy


def _bodies(home: Home) -> int:
    with reading(home.database) as session:
        return int(session.connection().execute(sa.text("SELECT COUNT(*) FROM body")).scalar_one())


def _when(pid: int, ripe: Callable[[], bool]) -> None:
    """Wait until it is time, or the crawl has ended."""
    while not ripe() and psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.005)


def _check(soak: Soak, home: Home, kinds: list[str], asked: Counter[str] | None) -> None:
    with home.database.connect() as connection:
        of_answers = "SELECT answer_id, COUNT(*) FROM body WHERE superseded = 0 GROUP BY answer_id"
        stored = dict(map(tuple, connection.execute(sa.text(of_answers))))
        held = connection.execute(sa.text("SELECT COUNT(*) FROM answer WHERE claimed_by IS NOT NULL"))
        assert held.scalar_one() == 0
    assert set(stored.values()) == {1} and len(stored) == ANSWERS, "each is stored once"
    found = soak.numbers(home)
    assert found == soak.undisturbed, "the numbers are those of an undisturbed run"
    if asked is not None:
        # A cut or a fault of the engine is retried within one crawl; else a fault costs an answer one request at most.
        retried = sum(kind in ("cut", "hang", "huge", "trickle") for kind in kinds)
        most = 1 + len(kinds) + (OPTIONS["ANSWER_TRIES"] if retried else 0)  # type: ignore[operator]
        assert max(asked.values()) <= most, f"asked {max(asked.values())} times, at most {most}"
        if not retried:
            assert sum(asked.values()) <= ANSWERS + 8 * len(kinds), (
                "a fault costs what was in flight, 8 at most"
            )


def soaking(root: Path, seeds: range) -> tuple[Counter[str], list[str]]:
    """Run the schedules of these seeds; how often each kind of fault was met, and what did not end as it should."""
    met: Counter[str] = Counter()
    failed: list[str] = []
    with Engine().running() as server:
        first = Home(root / "first", server)
        first.database.dispose()
        forks = Forks(first.environment)
        try:
            soak = Soak(root, server, forks)  # type: ignore[arg-type]
            undisturbed(soak)
            for seed in seeds:
                done = seed - seeds.start
                if done and done % TOLD == 0:
                    sys.stderr.write(f"{done} of {len(seeds)} schedules, {met.total()} faults\n")
                try:
                    met.update(run_schedule(soak, seed))
                except AssertionError as error:
                    failed.append(f"schedule of seed {seed}: {error}")
                    sys.stderr.write(f"{failed[-1]}\n")
        finally:
            forks.close()
    return met, failed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--schedules", type=int, default=200)
    options = parser.parse_args()
    started = time.monotonic()
    first = options.seed * 1_000_000
    with tempfile.TemporaryDirectory(prefix="geo-soak-") as folder:
        met, failed = soaking(Path(folder), range(first, first + options.schedules))
    told = ", ".join(f"{kind} {count}" for kind, count in sorted(met.items()))
    sys.stdout.write(
        f"{options.schedules - len(failed)} of {options.schedules} schedules, {met.total()} faults ({told}) in "
        f"{time.monotonic() - started:.0f} s: asked at most once more a fault, stored once, numbers as undisturbed\n"
    )
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
