"""What leaves the house: `python -m bench.doors [--mentions 1000000] [--requests 200]`.

A database with that many mentions and a tenth of it answers is written directly, spread over 180 days, 50 prompts,
5 engines and 20 brands. Its mentions are exported to Parquet in a process of its own; then the read API is asked for
metrics, the same question again and again (`kept`), and another one each time (`new`).
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
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx
import sqlalchemy as sa

from geo_tracker.metrics.sums import ROLLUP_VERSION, sums_of
from geo_tracker.storage.database import insert_new, migrate, open_engine, workspace_named, writing
from geo_tracker.storage.models import (
    Answer,
    Brand,
    DailyBrand,
    DailyCell,
    Mention,
    Prompt,
    Run,
    Stratum,
    Workspace,
)
from geo_tracker.storage.tokens import create_token

FIRST, DAYS, PROMPTS, BRANDS, EACH = date(2026, 1, 1), 180, 50, 20, 10
ENGINES = (("doubao", "web"), ("kimi", "app"), ("deepseek", "web"), ("openai", "api"), ("perplexity", "web"))
BATCH = 10_000
PORT = 8699
MEASURED = """
import sys, time
from pathlib import Path
from geo_tracker.cli import app
try:
    app(sys.argv[1:])
finally:
    told = Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()
    print(time.process_time(), told[0], file=sys.stderr)
"""
"""The peak is Linux's own of this program: `ru_maxrss` starts with what the process that started it held."""


def make(engine: sa.Engine, answers: int) -> str:
    """The database; gives a token."""
    with writing(engine) as session:
        session.add(Workspace(id=1, slug="bench", name="Bench"))
        session.flush()
        session.add(Run(id=1, workspace_id=1, label="bench"))
        session.add_all(Brand(id=n + 1, workspace_id=1, name=f"Brand {n}", own=n == 0) for n in range(BRANDS))
        session.add_all(
            Prompt(id=n + 1, workspace_id=1, text=f"Which one, {n}?", topic=f"topic {n % 5}")
            for n in range(PROMPTS)
        )
        session.flush()
        for start in range(0, answers, BATCH):
            numbers = range(start, min(start + BATCH, answers))
            insert_new(session, Answer, [_answer(n, answers) for n in numbers])
            insert_new(session, Mention, [row for n in numbers for row in _mentions(n)])
        cells = list(_cells(answers))
        for start in range(0, len(cells), BATCH):
            part = cells[start : start + BATCH]
            insert_new(session, DailyCell, [_with(cell, "cell") for cell in part])
            insert_new(session, DailyBrand, [row for cell in part for row in _brands(cell)])
        strata = {(cell["prompt_id"], cell["engine"], cell["surface"]) for cell in cells}
        names = ("prompt_id", "engine", "surface")
        found = [{**dict(zip(names, each, strict=True)), "workspace_id": 1} for each in strata]
        insert_new(session, Stratum, [{**row, "planned": 1, "answers": 1} for row in found])
        return create_token(session, workspace_named(session, "bench"), "bench", datetime.now(UTC))


def _place(number: int, answers: int) -> dict[str, Any]:
    name, surface = ENGINES[(number // PROMPTS) % len(ENGINES)]
    day = FIRST + timedelta(days=number * DAYS // answers)
    return {
        "workspace_id": 1,
        "day": day,
        "prompt_id": number % PROMPTS + 1,
        "engine": name,
        "surface": surface,
    }


def _answer(number: int, answers: int) -> dict[str, Any]:
    more = {"id": number + 1, "run_id": 1, "key": str(number), "status": "captured", "text": "A word. " * 100}
    return {**_place(number, answers), **more, "rules": "6"}


def _mentions(number: int) -> Iterator[dict[str, Any]]:
    for at in range(EACH):
        brand = (number * 7 + at * 3) % BRANDS
        span = {"start": at * 40, "end": at * 40 + 8, "text": f"Brand {brand}", "confidence": 0.97}
        yield {"answer_id": number + 1, "brand_id": brand + 1, "where": "prose", **span}


def _cells(answers: int) -> Iterator[dict[str, Any]]:
    """Each place once."""
    seen = set()
    for number in range(answers):
        place = _place(number, answers)
        if (key := tuple(place.values())) not in seen:
            seen.add(key)
            yield place


def _with(cell: dict[str, Any], table: Any) -> dict[str, Any]:
    sums = {each.name: 2 for each in sums_of(table)}
    return {**cell, **sums, "version": ROLLUP_VERSION, "sandbox": False, "rules": "6"}


def _brands(cell: dict[str, Any]) -> Iterator[dict[str, Any]]:
    chance = random.Random(str(cell))  # noqa: S311 - sums for a benchmark
    for brand in chance.sample(range(1, BRANDS + 1), 8):
        yield {**cell, "brand_id": brand, **{each.name: chance.randint(0, 2) for each in sums_of("brand")}}


def exported(environment: dict[str, str], out: Path) -> tuple[float, float, float]:
    """Seconds, those of the processor, and peak megabytes of the export of the mentions."""
    options = ["export", "-w", "bench", "-f", "parquet", "--table", "mentions", "-o", str(out)]
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", MEASURED, *options],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds = time.perf_counter() - began
    *_, cpu, peak = done.stderr.split()
    return seconds, float(cpu), int(peak) / 1024


def asked(environment: dict[str, str], token: str, requests: int) -> dict[str, list[float]]:
    """Milliseconds of each request, after one that is not counted."""
    code = "from geo_tracker.cli import main; main()"
    command = [sys.executable, "-c", code, "api", "--port", str(PORT), "--rate", "100000"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as server:  # noqa: S603
        try:
            return _timed(token, requests)
        finally:
            server.terminate()


def _timed(token: str, requests: int) -> dict[str, list[float]]:
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(
        base_url=f"http://127.0.0.1:{PORT}/v1/workspaces/bench", headers=headers, trust_env=False, timeout=60
    ) as client:
        _started(client)
        month = {"metric": "mention_rate", "by": "engine", "from": "2026-06-02", "to": "2026-06-29"}
        windows = [FIRST + timedelta(days=at % (DAYS - 28)) for at in range(requests)]
        new = [{**month, "from": str(day), "to": str(day + timedelta(days=27))} for day in windows]
        whole = [{"metric": each, "by": "engine"} for each in ("mention_rate", "share_of_voice", "top1_rate")]
        kinds = {"kept, 28 days": [month] * requests, "new, 28 days": new, "new, all days": whole}
        return {kind: [_one(client, each) for each in asking] for kind, asking in kinds.items()}


def _one(client: httpx.Client, options: dict[str, str]) -> float:
    began = time.perf_counter()
    client.get("/metrics", params=options).raise_for_status()
    return (time.perf_counter() - began) * 1000


def _started(client: httpx.Client) -> None:
    until = time.monotonic() + 120
    while True:
        try:
            client.get("/metrics", params={"limit": "1"}).raise_for_status()
            return
        except httpx.ConnectError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mentions", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=100)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:///{Path(folder) / 'geo.db'}"
        engine = open_engine(address)
        migrate(engine)
        token = make(engine, chosen.mentions // EACH)
        environment = {**os.environ, "GEO_DATABASE_URL": address}
        seconds, cpu, peak = exported(environment, Path(folder) / "out")
        told = json.loads((Path(folder) / "out" / "datapackage.json").read_text("utf-8"))
        (resource,) = told["resources"]
        size = resource["bytes"] / 2**20
        print(f"{resource['rows']:,} mentions to Parquet ({size:.0f} MB): ", end="")
        print(f"{seconds:.1f} s ({cpu:.1f} s of CPU), {peak:,.0f} MB at most", flush=True)
        for kind, took in asked(environment, token, chosen.requests).items():
            p95 = quantiles(took, n=20)[-1] if len(took) > 3 else max(took)
            print(
                f"API metrics at {chosen.mentions // EACH:,} answers, {kind}: p95 {p95:.0f} ms of {len(took)}"
            )


if __name__ == "__main__":
    main()
