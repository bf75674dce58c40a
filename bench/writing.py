"""What the writing side costs: `python -m bench.writing`; every command is a process of its own.

Import with scoring by 1 and 2 processes, `score --all`, `score` with nothing to do, 20 brands against 1,000, and the
start of a command. Answers are made of the parts of `bench.mentions`, each with sources, some with a shop's link.
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from bench.mentions import CHINESE, ENGLISH, answers, brands

ENGINES = ("doubao", "kimi", "deepseek", "chatgpt", "perplexity")
PROMPTS = 50
TEXTS = 200
"""Different texts of each language; what makes an answer new is its time."""
FIRST = datetime(2026, 1, 1, 8, tzinfo=UTC)


class Cost(NamedTuple):
    """What a process and its children needed."""

    seconds: float
    cpu: float
    megabytes: float
    """Of the largest of the processes."""


def workspace_file(path: Path, count: int) -> None:
    """A workspace of that many brands, each with a domain."""
    named = {brand.name: brand for brand in brands(count, 3)}
    declared = [
        {
            "name": brand.name,
            "role": "competitor" if at else "own",
            "aliases": [alias.text for alias in brand.aliases],
            "domains": [f"brand{at}.example"],
        }
        for at, brand in enumerate(named.values())
    ]
    prompts = [f"which is best, question {at}?" for at in range(PROMPTS)]
    file = {"workspace": {"slug": "w", "name": "W"}, "brands": declared, "prompts": prompts}
    path.write_text(json.dumps(file, ensure_ascii=False), "utf-8")


def answers_file(path: Path, count: int, days: int, tracked: int = 20) -> None:
    """Answers as JSON Lines, spread over days, engines and prompts; 3 to 8 sources each, an offer in every fifth."""
    chosen = random.Random(5)  # noqa: S311 - answers for a benchmark
    names = brands(tracked, 3)
    texts = answers(ENGLISH, names, TEXTS) + answers(CHINESE, names, TEXTS)
    with path.open("w", encoding="utf-8") as file:
        for at in range(count):
            urls = [
                f"https://{_domain(chosen, tracked)}/{chosen.randrange(300)}"
                for _ in range(chosen.randint(3, 8))
            ]
            row = {
                "prompt": f"which is best, question {at % PROMPTS}?",
                "engine": ENGINES[at % len(ENGINES)],
                "surface": "web",
                "asked_at": (FIRST + timedelta(days=at * days // count, seconds=at % 40_000)).isoformat(),
                "id": str(at),
                "text": texts[at % len(texts)],
                "citations": [{"url": url} for url in urls],
            }
            if at % 5 == 0:
                row["offers"] = [
                    {"title": names[at % len(names)].name, "url": f"https://item.jd.com/{at % 999}.html"}
                ]
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _domain(chosen: random.Random, tracked: int) -> str:
    own = chosen.random() < 0.2
    return f"brand{chosen.randrange(tracked)}.example" if own else f"site{chosen.randrange(100)}.example"


def command(home: Path, *arguments: str) -> Cost:
    """Run a command of the program in a home of its own."""
    environment = {**os.environ, "GEO_HOME": str(home)}
    start, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    program = [sys.executable, "-P", "-c", "from geo_tracker.cli import main; main()", *arguments]
    subprocess.run(program, env=environment, check=True, capture_output=True)  # noqa: S603
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(time.monotonic() - start, cpu, after.ru_maxrss / 1024)
