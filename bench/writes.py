"""What writing costs: `python -m bench.writes [--answers 5000]`.

Start-up of commands beside a bare Python, import with scoring, `score --all`, `score` with nothing to do at one and at
ten times the answers, and 1,000 tracked brands beside 20. Each command runs in a process of its own; CPU seconds count
it and its children, so that other work on the machine disturbs them least. Ratios and growth are what to compare.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench import history

PROGRAM = "from geo_tracker.cli import main; main()"
SYLLABLES = ("ka", "lo", "mi", "ren", "tas", "vo", "zeb", "qui", "dor", "nex", "pli", "sum")
LIGHT = (["status"], ["doctor"], ["engines"], ["score", "-w", "bench"], ["metrics", "-w", "bench"])


class Cost(NamedTuple):
    """Of one command with its children."""

    wall: float
    cpu: float


def cost(home: Path, *command: str) -> Cost:
    """Seconds of a command; raises `RuntimeError` with what it said where it failed."""
    environment = {**os.environ, "GEO_HOME": str(home), "GEO_DATABASE_URL": f"sqlite:///{home}/geo.db"}
    wall, before = time.perf_counter(), used_by_children()
    done = subprocess.run([sys.executable, *command], env=environment, capture_output=True, check=False)  # noqa: S603
    used = used_by_children() - before
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:].decode(errors="replace"))
    return Cost(time.perf_counter() - wall, used)


def used_by_children() -> float:
    """Seconds of CPU of all commands so far."""
    of = resource.getrusage(resource.RUSAGE_CHILDREN)
    return of.ru_utime + of.ru_stime


def declared(brands: int) -> str:
    """The workspace of `bench.history` with further brands that no answer names."""
    document = json.loads(history.workspace())
    chosen = random.Random(5)  # noqa: S311 - names for a benchmark
    names = {each["name"] for each in document["brands"]}
    while len(names) < brands:
        name = "".join(chosen.choices(SYLLABLES, k=4)).capitalize()
        if name not in names:
            names.add(name)
            domain = f"{name.lower()}.example"
            document["brands"].append({"name": name, "role": "competitor", "domains": [domain]})
    return json.dumps(document)


@contextmanager
def imported(answers: int, brands: int = history.BRANDS) -> Iterator[tuple[Path, Cost]]:
    """A home with so many answers imported and scored, and what that cost."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        file, workspace = home / "answers.jsonl", home / "workspace.json"
        workspace.write_text(declared(brands), "utf-8")
        with file.open("w", encoding="utf-8") as out:
            out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in history.rows(answers))
        yield home, cost(home, "-c", PROGRAM, "import", str(file), "-w", str(workspace), "--json")


def start(home: Path) -> None:
    """The least of three runs of each command that has nothing to do, over that of Python alone."""
    bare = min(cost(home, "-c", "pass").cpu for _ in range(3))
    for command in LIGHT:
        used = min(cost(home, "-c", PROGRAM, *command).cpu for _ in range(3))
        print(
            f"start of {command[0]:8} {used:.2f} s of CPU, {used / bare:.0f} times a bare Python", flush=True
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=5_000)
    count = parser.parse_args().answers
    with imported(count // 10) as (home, _):
        start(home)
        small = min(cost(home, "-c", PROGRAM, "score", "-w", "bench").cpu for _ in range(3))
    with imported(count) as (home, whole):
        print(f"import and score {count / whole.wall:,.0f}/s, {count / whole.cpu:,.0f}/s of CPU", flush=True)
        again = cost(home, "-c", PROGRAM, "score", "-w", "bench", "--all")
        print(f"score --all {count / again.wall:,.0f}/s, {count / again.cpu:,.0f}/s of CPU", flush=True)
        idle = min(cost(home, "-c", PROGRAM, "score", "-w", "bench").cpu for _ in range(3))
        print(
            f"score with nothing to do {idle:.2f} s of CPU, {idle / small:.2f} times that of a tenth",
            flush=True,
        )
    with imported(count // 5, 20) as (_, few), imported(count // 5, 1_000) as (_, many):
        print(f"1,000 brands beside 20: {many.cpu / few.cpu:.2f} times the CPU")


if __name__ == "__main__":
    main()
