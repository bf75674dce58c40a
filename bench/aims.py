"""Every aim beside what was before and what is now: `python -m bench.aims [--answers 10000] [--times 10]`.

`--answers` are imported and scored through the product; the long history is those `--times` over, copied in SQL
(`bench.copies`), because importing them takes too long. Seconds are those of the CPU of a command and its children, its
start included. `at first` is what was told of the product when the aims were set, by the clock. `--before TREE` is the
work tree of an older commit, whose own `bench.aims` is run first: `before`. With `--postgresql` the reads are measured
on PostgreSQL, too. `--home` keeps the databases, those of TREE in its folder `before`, and takes those that it finds.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import Session, func, select

from bench import copies, history
from bench.writes import PROGRAM, cost, imported, used_by_children
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.backup import write_backup
from geo_tracker.storage.database import open_engine, workspace_named
from geo_tracker.storage.leases import claim
from geo_tracker.storage.models import Page
from geo_tracker.storage.pages import pages_of, to_crawl
from geo_tracker.storage.restore import restore_backup

READS = (
    ("metrics", "14.8 s, 2.5 GB", "1.5 s, 300 MB"),
    ("shelf", "21.8 s, 2.6 GB", "2 s"),
    ("sources", "3.5 s", "2 s"),
    ("gap", "3.5 s", "2 s"),
)
SUMMED = (
    "metrics",
    "sources",
    "source_types",
    "gap",
    "shelf_shares",
    "shelf_funnel",
    "shelf_checkout",
    "shelf_flows",
)
"""Tables of an export that are read from all days, as all of it was when it was told."""
FIGURE = re.compile(r"(\d+\.\d+) s of CPU")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--answers", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--before", type=Path, metavar="TREE")
    parser.add_argument("--reads", action="store_true", help="only what is read from the two histories")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = asked.home or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        short, long = folder / str(asked.answers), folder / str(asked.answers * asked.times)
        older = before(asked.before, folder / "before", sys.argv[1:]) if asked.before else {}
        built(short, long, asked.answers, asked.times)
        parts: list[Callable[[], Iterator[tuple[str, str, str, str]]]] = [
            lambda: read(long, sqlite(long)),
            lambda: painted(short, long),
        ]
        if asked.postgresql:
            database = copied(short, folder / "copy.tar", history.postgresql(stack), asked.times)
            parts.append(lambda: read(long, database))
        if not asked.reads:
            parts += [lambda: written(asked.answers // 2), collected, crawled]
        print("| what | aim | at first | before | now |\n|---|---|---|---|---|")
        for part in parts:
            for what, first, now, aim in part():
                print(f"| {what} | {aim} | {first} | {older.get(what, '-')} | {now} |", flush=True)


def before(tree: Path, home: Path, arguments: Sequence[str]) -> dict[str, str]:
    """What the same run finds in another work tree, in this environment; by what was measured."""
    home.mkdir(parents=True, exist_ok=True)
    given = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    given.add_argument("--before")
    given.add_argument("--home")
    _, others = given.parse_known_args(arguments)
    command = [sys.executable, "-m", "bench.aims", *others, "--home", str(home)]
    there = {**os.environ, "PYTHONPATH": str(tree.resolve())}
    done = subprocess.run(command, cwd=tree, env=there, capture_output=True, text=True, check=True)  # noqa: S603
    head, _, *rows = (
        line.strip("| ").split(" | ") for line in done.stdout.splitlines() if line.startswith("|")
    )
    return {row[0]: row[head.index("now")] for row in rows}


def sqlite(home: Path) -> str:
    return f"sqlite:///{home / 'geo.db'}"


def built(short: Path, long: Path, answers: int, times: int) -> None:
    """Both homes, as far as they are not there yet, with the newest schema and all its sums."""
    if not (short / "geo.db").exists():
        short.mkdir(parents=True, exist_ok=True)
        (short / "workspace.json").write_text(history.workspace(), "utf-8")
        history.write_answers(short / "answers.jsonl", answers)
        history.save_pages(short, sqlite(short))
        history.run(short, sqlite(short), "import", *imports(short))
    if not (long / "geo.db").exists():
        long.mkdir(parents=True, exist_ok=True)
        shutil.copy(short / "geo.db", long / "geo.db")
        copies.copy_answers(sqlite(long), history.FIRST, history.DAYS, times)
    for home in (short, long):
        history.run(home, sqlite(home), "score", "--workspace", "bench")


def imports(home: Path) -> list[str]:
    return [str(home / "answers.jsonl"), "--workspace", str(home / "workspace.json"), "--json"]


def copied(home: Path, file: Path, database: str, times: int) -> str:
    """The short history in another database, by way of a backup, and there as often as in the long one."""
    archive = Archive((home / "none").as_uri())
    file.unlink(missing_ok=True)
    write_backup(open_engine(sqlite(home)), archive, str(file), lambda *_: None)
    restore_backup(open_engine(database), archive, str(file), lambda *_: None)
    copies.copy_answers(database, history.FIRST, history.DAYS, times)
    history.run(home, database, "score", "--workspace", "bench")
    return database


def read(home: Path, database: str) -> Iterator[tuple[str, str, str, str]]:
    """What commands take over all days, and the room that answers take."""
    kind, count = database.partition(":")[0], f"{int(home.name):,}"
    for command, before, aim in READS:
        used = used_by_children()
        _, peak = history.run(home, database, command, "--workspace", "bench", "--json")
        now = f"{used_by_children() - used:.1f} s, {peak:,.0f} MB"
        yield f"`{command}`, all days, {kind}, {count}", before, now, aim
    with tempfile.TemporaryDirectory() as out:
        tables = [part for name in SUMMED for part in ("--table", name)]
        used = used_by_children()
        history.run(
            home, database, "export", "--workspace", "bench", "--format", "csv", "--out", out, *tables
        )
        yield (
            f"`export` of sums, all days, {kind}, {count}",
            "127 s",
            f"{used_by_children() - used:.1f} s",
            "-",
        )
    yield from polled(home, database)
    used = used_by_children()
    history.run(home, database, "score", "--workspace", "bench")
    now = f"{used_by_children() - used:.1f} s"
    yield f"`score` with nothing to do, {kind}, {count}", "about 74 min (PostgreSQL 1.2 s)", now, "2 s"
    yield f"bytes an answer, {kind}", "5,000", f"{history.size(database) / int(home.name):,.0f}", "3,000"


def polled(home: Path, database: str) -> Iterator[tuple[str, str, str, str]]:
    """What a crawl asks of the pages of a workspace again and again: how far it is, and which to take next."""
    kind, count = database.partition(":")[0], f"{int(home.name):,}"
    now = datetime.now(UTC)
    engine = open_engine(database)
    with Session(engine.execution_options(writing=True)) as session:
        wanted = (pages_of(workspace_named(session, "bench")), to_crawl(now))
        poll = _elapsed(lambda: session.exec(select(func.count()).select_from(Page).where(*wanted)).one())
        take = _elapsed(lambda: claim(session, Page, wanted, 16, now))
        session.rollback()
    engine.dispose()
    first = ("13 s", "0.5 s") if kind != "sqlite" else ("-", "-")
    yield f"how far a crawl is, {kind}, {count}, by the clock", first[0], f"{poll:.3f} s", "-"
    yield f"16 pages claimed, {kind}, {count}, by the clock", first[1], f"{take:.3f} s", "-"


def _elapsed(run: Callable[[], object]) -> float:
    """Seconds of the second time, the first having opened what it needs."""
    run()
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def painted(short: Path, long: Path) -> Iterator[tuple[str, str, str, str]]:
    """The Overview: with nothing cached, after a filter, and once more over all days."""
    again: list[str] = []
    for home, first, filtered in ((short, "2.1 s", "1.0 s"), (long, "3.9 s", "1.4 s")):
        command = ["-m", "bench.paint", str(home), "--pages", "overview"]
        done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=True)  # noqa: S603
        window, whole = (FIGURE.findall(line) for line in done.stdout.splitlines() if "fresh" in line)
        count = f"{int(home.name):,}"
        yield f"Overview, 28 days, nothing cached, {count}", first, f"{window[0]} s", "-"
        yield f"Overview, 28 days, after a filter, {count}", filtered, f"{window[2]} s", "0.5 s"
        again.append(whole[1])
    yield "Overview, all days, warm, short and long", "-", f"{again[0]} s, {again[1]} s", "1 s, 1.5 times"


def written(answers: int) -> Iterator[tuple[str, str, str, str]]:
    """Importing, scoring, many brands, and starting; rates are what two idle cores would do."""
    with imported(answers) as (home, whole):
        yield "import and score", "350/s", f"{2 * answers / whole.cpu:,.0f}/s", "1,000/s"
        again = cost(home, "-c", PROGRAM, "score", "-w", "bench", "--all")
        yield "`score --all`", "190/s", f"{2 * answers / again.cpu:,.0f}/s", "600/s"
        start = min(cost(home, "-c", PROGRAM, "status", "-w", "bench").cpu for _ in range(3))
        yield "start-up of a command", "2 s", f"{start:.2f} s", "0.8 s"
    with imported(answers // 5, 20) as (_, few), imported(answers // 5, 1_000) as (_, many):
        yield "1,000 brands beside 20", "10 times", f"{many.cpu / few.cpu:.2f} times", "2 times"


def collected() -> Iterator[tuple[str, str, str, str]]:
    found = _last("bench.collect", r"in CPU (\d+\.\d+)")
    yield "collecting, of a bare spider, one core", "0.21 to 0.29", found, "0.5"


def crawled() -> Iterator[tuple[str, str, str, str]]:
    found = _last("bench.crawl", r"geo-tracker / bare \+ trafilatura: .* on one core (\d+\.\d+)")
    yield "crawl of 30 to 180 kB, of bare + trafilatura, one core", "0.38", found, "0.6"


def _last(module: str, figure: str) -> str:
    done = subprocess.run([sys.executable, "-m", module], capture_output=True, text=True, check=True)  # noqa: S603
    return re.findall(figure, done.stdout)[-1]


if __name__ == "__main__":
    main()
