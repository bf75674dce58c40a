"""All engines through the real answers spider: every answer when nothing fails, the right end when something does."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from urllib.request import urlopen

import pytest
from sqlmodel import select

from geo_tracker.engines import engines
from geo_tracker.engines.base import EngineError, ErrorKind
from geo_tracker.sandbox import running
from geo_tracker.sandbox.wire import wires
from geo_tracker.storage.database import reading
from geo_tracker.storage.models import Answer, Citation, Workspace
from spiders.answers import AnswersSpider
from spiders.asking import askable
from spiders.pace import Pace
from tests.support.crawl import Home
from tests.support.engines import folder, read_json

PROMPT = "敏感肌适合用什么样的面膜?"
NAMES = sorted(wires())
APIS = {name for name in NAMES if engines()[name].surface == "api"}


@dataclass
class World:
    """The server that stands in for all vendors; a home asks it where its tests have a server of their own."""

    url: str

    def log(self) -> list[dict[str, Any]]:
        """The engine requests that the sandbox saw, in order."""
        with urlopen(f"{self.url}/_sandbox/log", timeout=10) as response:
            entries = [json.loads(line) for line in response.read().splitlines()]
        return [entry for entry in entries if entry["engine"]]


@contextmanager
def sandboxed(root: Path, **options: Any) -> Iterator[tuple[Home, World]]:
    """A home where every engine is to be asked one question, and the sandbox that answers it."""
    with running(start=date(2026, 2, 20), **options) as url:
        world = World(url)
        home = Home(root, world, {"GEO_SANDBOX_URL": url})  # type: ignore[arg-type]
        plan(home, NAMES, sandbox=True)
        yield home, world


def real(root: Path, url: str, names: list[str]) -> Home:
    """A home whose engines are real ones, at addresses below this one and with keys that are none."""
    addresses = {f"GEO_{name.upper().replace('-', '_')}_BASE_URL": f"{url}/engines/{name}" for name in names}
    known = [engines()[name] for name in names]
    variables = {name for each in known for name in (each.key_variable, *each.extra_variables) if name}
    home = Home(root, World(url), {**addresses, **dict.fromkeys(variables, "wrong-key-123")})  # type: ignore[arg-type]
    plan(home, names, sandbox=False)
    return home


def plan(home: Home, names: list[str], *, sandbox: bool) -> None:
    for name in names:
        home.plan([PROMPT], engine=name, sandbox=sandbox)


def rows_of(home: Home) -> Mapping[str, Answer]:
    with reading(home.database) as session:
        return {row.engine: row for row in session.exec(select(Answer)).all()}


def ends(rows: Mapping[str, Answer]) -> Mapping[str, tuple[str, str | None]]:
    return {name: (str(row.status), row.error_kind) for name, row in rows.items()}


def test_every_engine_answers_when_nothing_fails(tmp_path: Path) -> None:
    with sandboxed(tmp_path) as (home, world):
        log = home.crawl("answers")
        rows, seen = rows_of(home), world.log()
    assert ends(rows) == dict.fromkeys(NAMES, ("captured", None)), log
    assert all((row.text or "").strip() and row.claimed_by is None for row in rows.values())
    assert {entry["attempt"] for entry in seen} == {1}
    assert {name: row.attempts for name, row in rows.items()} == Counter(entry["engine"] for entry in seen)
    with reading(home.database) as session:
        sources = Counter(session.exec(select(Answer.engine).join(Citation)).all())
    without = {name for name in NAMES if not sources[name] and rows[name].search == "yes"}
    assert without <= {name for name in NAMES if not engines()[name].has_citations}


@pytest.mark.parametrize("fault", ["429", "500", "truncated", "drop"])
def test_what_passes_is_asked_again_and_no_more_than_that(tmp_path: Path, fault: str) -> None:
    with sandboxed(tmp_path, faults=1.0, fault=fault) as (home, world):
        log = home.crawl("answers")
        rows, seen = rows_of(home), world.log()
    assert ends(rows) == dict.fromkeys(NAMES, ("captured", None)), log
    attempts = Counter(entry["attempt"] for entry in seen)
    assert attempts[1] == attempts[2] and set(attempts) == {1, 2}, "each step fails once and is repeated once"
    if fault == "429":
        assert all(wait >= timedelta(seconds=1) for wait in waits(seen)), "Retry-After is honoured"


def waits(seen: list[dict[str, Any]]) -> list[timedelta]:
    """From each failure to the next request of the same engine."""
    times: dict[str, list[tuple[datetime, str | None]]] = {}
    for entry in seen:
        times.setdefault(entry["engine"], []).append((datetime.fromisoformat(entry["at"]), entry["fault"]))
    pairs = [pair for each in times.values() for pair in pairwise(each)]
    return [after - before for (before, failed), (after, _) in pairs if failed]


@pytest.mark.parametrize(
    ("fault", "end"),
    [
        ("malformed", ("failed", "malformed")),
        ("empty", ("empty", "empty")),
        ("refusal", ("refused", "refused")),
    ],
)
def test_what_stays_is_not_asked_again(tmp_path: Path, fault: str, end: tuple[str, str]) -> None:
    with sandboxed(tmp_path, faults=1.0, fault=fault) as (home, world):
        log = home.crawl("answers")
        rows, seen = rows_of(home), world.log()
    # a vendor of results hands on what the page says: there, a refusal is a text like any other
    declines = APIS if fault == "refusal" else set(NAMES)
    assert ends(rows) == {name: end if name in declines else ("captured", None) for name in NAMES}, log
    assert {entry["attempt"] for entry in seen} == {1}


def test_a_wrong_key_is_told_once_and_the_answer_waits_for_a_right_one(tmp_path: Path) -> None:
    with running() as url:
        home = real(tmp_path, url, NAMES)
        log = home.crawl("answers")
        seen = World(url).log()
    assert ends(rows_of(home)) == dict.fromkeys(NAMES, ("planned", "auth"))
    assert Counter(entry["engine"] for entry in seen) == dict.fromkeys(NAMES, 1)
    assert all(f"{name.upper()}: not asked any more in this run" in log for name in NAMES)
    assert "wrong-key-123" not in log + home.stored_text()


@dataclass
class Fixtures:
    """Serves one failure of each engine's fixture folder, below `/engines/<name>/`."""

    failures: Mapping[str, Mapping[str, Any]]
    asked: Counter[str] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    @contextmanager
    def serving(self) -> Iterator[str]:
        fixtures = self

        class Handler(BaseHTTPRequestHandler):
            def respond(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                name = self.path.split("/")[2].partition("?")[0]
                with fixtures._lock:
                    fixtures.asked[name] += 1
                failure = fixtures.failures[name]
                body = failure["body"]
                self.send_response(failure["status"])
                self.end_headers()
                self.wfile.write((body if isinstance(body, str) else json.dumps(body)).encode())

            do_GET = do_POST = respond

            def log_message(self, *args: object) -> None:
                """Nothing on stderr."""

        class Server(ThreadingHTTPServer):
            request_queue_size = 128  # all engines call at once: five would be dropped by a busy machine

        server = Server(("127.0.0.1", 0), Handler)
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()


def failures_of(kind: str) -> dict[str, Mapping[str, Any]]:
    """The first failure of a kind that each engine may give to a first request."""
    found: dict[str, Mapping[str, Any]] = {}
    for name in NAMES:
        rows = read_json(folder(engines()[name]) / "errors.json")
        first = next((row for row in rows if row["kind"] == kind and not row.get("after")), None)
        if first:
            found[name] = first
    return found


def test_an_empty_balance_stops_an_engine_and_costs_one_request(tmp_path: Path) -> None:
    fixtures = Fixtures(failures_of("quota"))
    names = sorted(fixtures.failures)
    assert len(names) > 40
    with fixtures.serving() as url:
        home = real(tmp_path, url, names)
        log = home.crawl("answers")
    assert ends(rows_of(home)) == dict.fromkeys(names, ("planned", "quota")), log
    assert fixtures.asked == dict.fromkeys(names, 1), log


def test_an_engine_that_closes_while_a_claim_waits_is_not_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = real(tmp_path, "http://127.0.0.1:9", ["deepseek", "kimi"])
    monkeypatch.setenv("GEO_HOME", str(tmp_path))
    spider = AnswersSpider(workspace="w")
    with reading(home.database) as session:
        spider.workspace = session.exec(select(Workspace)).one()
    spider._wanted, spider._limits = askable(spider.workspace, sandbox=False), {}
    spider._paces = {name: Pace(0.0, 4) for name in ("deepseek", "kimi")}
    spider._paces["deepseek"].closed = EngineError(ErrorKind.QUOTA, "no money")
    claimed = spider._transact(lambda session: spider._claim(session, {"deepseek": 4, "kimi": 4}))
    assert [row.answer.engine for row in claimed] == ["kimi"]
