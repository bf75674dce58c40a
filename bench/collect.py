"""Answers a second of the answers spider beside a bare Scrapy spider: `python -m bench.collect`.

Both send the same requests to the same server, 32 at a time. `bare` reads the JSON and yields the text;
`geo-tracker` leases the row, archives the body, records it, parses it and saves the answer with its sources.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from datetime import date
from itertools import count
from pathlib import Path

from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response

from bench.crawl import CONCURRENCY, SHARED, measure, serve, site
from geo_tracker.config import Settings
from geo_tracker.storage.database import insert_new, migrate, open_engine, writing
from geo_tracker.storage.models import Answer, Prompt, Run, Workspace

ENGINE = "perplexity"
PROMPTS = 50
SOURCES = 6


def answer(number: int) -> str:
    """An answer of the Agent API with sources, about 6 kB, like no other."""
    text = " ".join(
        f"Cream {at} of test {number} calms dry skin and costs little [web:{1 + at % SOURCES}]."
        for at in range(40)
    )
    results = [
        {
            "id": at,
            "url": f"https://site{at}.example/{number % 500}",
            "title": f"Test {at}",
            "snippet": "Care " * 40,
        }
        for at in range(1, 1 + SOURCES)
    ]
    message = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}
    output = [{"type": "search_results", "queries": ["care"], "results": results}, message]
    usage = {"input_tokens": 10, "output_tokens": 900, "cost": {"total_cost": 0.01, "currency": "USD"}}
    return json.dumps(
        {"id": f"r{number}", "model": "sonar", "status": "completed", "output": output, "usage": usage}
    )


class Bare(Spider):
    """Asks and yields the text of what comes."""

    name = "bare"

    def __init__(self, base: str, answers: int) -> None:
        super().__init__()
        self.base, self.answers = base, answers

    async def start(self):  # type: ignore[no-untyped-def]
        for number in range(self.answers):
            body = json.dumps({"input": f"Which care is best? {number}"})
            yield Request(f"{self.base}/agent", method="POST", body=body, dont_filter=True)

    def parse(self, response: Response):  # type: ignore[no-untyped-def]
        return {"text": response.json()["output"][-1]["content"][0]["text"]}


def plan(home: Path, answers: int) -> None:
    """A home in which so many answers are to be asked."""
    database = open_engine(Settings.from_environment({**os.environ, "GEO_HOME": str(home)}).database_url)
    migrate(database)
    with writing(database) as session:
        workspace = Workspace(slug="w", name="W")
        session.add(workspace)
        session.flush()
        run = Run(workspace_id=workspace.id)
        prompts = [
            Prompt(workspace_id=workspace.id, text=f"Which care is best? {at}") for at in range(PROMPTS)
        ]
        session.add_all([run, *prompts])
        session.flush()
        about = {"workspace_id": workspace.id, "run_id": run.id, "engine": ENGINE, "day": date(2026, 3, 1)}
        asked = [
            {**about, "prompt_id": prompts[at % PROMPTS].id, "repeat": at // PROMPTS, "key": str(at)}
            for at in range(answers)
        ]
        insert_new(session, Answer, asked)
    database.dispose()


def ours(base: str, answers: int, home: Path) -> tuple[list[str], dict[str, str]]:
    """The command and environment of the answers spider."""
    plan(home, answers)
    slots = {ENGINE: {"concurrency": CONCURRENCY, "delay": 0.0, "jitter": 0.0}}
    values = {**SHARED, "DOWNLOAD_SLOTS": json.dumps(slots)}
    options = [part for name, value in values.items() for part in ("-s", f"{name}={value}")]
    variable = ENGINE.upper()
    return [sys.executable, "-m", "scrapy", "crawl", "answers", "-a", "workspace=w", *options], {
        "GEO_HOME": str(home),
        "SCRAPY_SETTINGS_MODULE": "spiders.settings",
        "GEO_SANDBOX_URL": "",
        f"{variable}_API_KEY": "k",
        f"GEO_{variable}_BASE_URL": base,
    }


def compare(answers: int) -> None:
    """Print a line for each spider and their ratio."""
    with site("bench.collect") as base, tempfile.TemporaryDirectory() as home:
        bare = [sys.executable, "-m", "bench.collect", "--answers", str(answers), "--bare", base]
        lines = {"bare": (bare, {}), "geo-tracker": ours(base, answers, Path(home))}
        found = {name: measure(*line, base, answers) for name, line in lines.items()}
    for name, (rate, use) in found.items():
        print(
            f"{name:12} {rate:7.1f} answers/s, {1000 * use.seconds / answers:.1f} ms of CPU, {use.peak:.0f} MB at most"
        )
    (bare_rate, bare_use), (our_rate, our_use) = found["bare"], found["geo-tracker"]
    print(f"geo-tracker / bare: {our_rate / bare_rate:.2f}, in CPU {bare_use.seconds / our_use.seconds:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=3_000)
    parser.add_argument("--bare", metavar="ADDRESS", help=argparse.SUPPRESS)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        numbers = count()
        asyncio.run(serve(lambda _name: (answer(next(numbers)), "application/json")))
    elif arguments.bare:
        process = CrawlerProcess(SHARED)
        process.crawl(Bare, base=arguments.bare, answers=arguments.answers)
        process.start()
    else:
        compare(arguments.answers)


if __name__ == "__main__":
    main()
