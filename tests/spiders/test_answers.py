"""The answers spider against a real server: every way an answer can end, and that none is lost or asked twice."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from geo_tracker.storage.database import writing
from geo_tracker.storage.models import Answer, Body, Citation
from tests.support.crawl import DUE, Home
from tests.support.server import Server


@pytest.fixture
def server() -> Iterator[Server]:
    with Server().running() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, server: Server) -> Home:
    return Home(tmp_path / "home", server)


def test_answers_are_asked_archived_and_stored(home: Home, server: Server) -> None:
    home.plan(["敏感肌适合用什么样的面膜?", "best CRM"])
    home.plan(["two steps"], engine="looping")
    home.crawl("answers")
    rows = home.answers()
    assert {row.status for row in rows.values()} == {"captured"}
    row = rows["敏感肌适合用什么样的面膜?"]
    assert row.text == "An answer to 敏感肌适合用什么样的面膜?"
    assert (row.attempts, row.claimed_by) == (1, None)
    assert row.asked_at and row.captured_at and row.asked_at <= row.captured_at
    assert home.count(Citation) == 3
    assert [(body.step, body.status) for body in home.bodies("two steps")] == [(0, 200), (1, 200)]
    assert rows["two steps"].attempts == 2
    assert b'"tool": "search"' in home.archive.get(home.bodies("two steps")[0].sha256)
    assert set(server.asked().values()) == {1, 2}


FATES = {
    # prompt: (status, error kind, requests, stored bodies, of these superseded)
    "plain": ("captured", None, 1, 1, 0),
    "fail:429*1 waits a second": ("captured", None, 2, 2, 1),
    "fail:429ms*1 waits less": ("captured", None, 2, 2, 1),
    "fail:500*2 then answers": ("captured", None, 3, 3, 2),
    "fail:500 for ever": ("failed", "transient", 3, 3, 2),
    "fail:slow*1 then answers": ("captured", None, 2, 1, 0),
    "fail:cut*1 then answers": ("captured", None, 2, 1, 0),
    "fail:moved elsewhere with its key": ("failed", "malformed", 1, 1, 0),
    "fail:broken json": ("failed", "malformed", 1, 1, 0),
    "fail:refused by safety": ("refused", "refused", 1, 1, 0),
    "fail:empty text": ("empty", "empty", 1, 1, 0),
    "fail:hostile text": ("captured", None, 1, 1, 0),
    "fail:bug in the adapter": ("failed", "malformed", 1, 1, 0),
}


IN_STEPS = "fail:500second*1 step"


def test_every_failure_ends_as_it_should(home: Home, server: Server) -> None:
    home.options |= {"ANSWER_TRIES": 3, "BREAKER_FAILURES": 50}
    home.plan(list(FATES))
    home.plan([IN_STEPS], engine="looping")
    log = home.crawl("answers")
    rows, asked = dict(home.answers()), server.asked()
    assert rows.pop(IN_STEPS).status == "captured"
    steps = [each.path for each in server.seen if each.prompt == IN_STEPS]
    assert steps == ["/tool", "/ask", "/ask"], "only the step that failed is repeated"
    found = {
        prompt: (
            row.status,
            row.error_kind,
            asked[prompt],
            len(home.bodies(prompt)),
            sum(body.superseded for body in home.bodies(prompt)),
        )
        for prompt, row in rows.items()
    }
    assert found == FATES, log
    assert all(row.claimed_by is None and row.retry_at is None for row in rows.values())
    assert rows["fail:hostile text"].text == "nul \ufffd and \ufffd end"
    assert "AttributeError" in (rows["fail:bug in the adapter"].error or "")
    times = {prompt: [each.at for each in server.seen if each.prompt == prompt] for prompt in FATES}
    first, second = times["fail:429*1 waits a second"]
    assert second - first >= 1.0
    first, second = times["fail:429ms*1 waits less"]
    assert second - first >= 0.3


def test_a_row_that_must_wait_long_is_left_for_a_later_run(home: Home, server: Server) -> None:
    home.plan(["fail:429hour please"])
    log = home.crawl("answers")
    assert "TINY: the rest has to wait until" in log
    row = home.answers()["fail:429hour please"]
    assert (row.status, row.claimed_by, row.error_kind) == ("planned", None, "rate_limit")
    assert row.retry_at and row.retry_at > datetime.now(UTC) + timedelta(minutes=50)
    home.crawl("answers")
    assert server.asked()["fail:429hour please"] == 1


@pytest.mark.parametrize(("prompt", "key"), [("hello {}", "wrong-key-1"), ("fail:quota*8 {}", "right-key")])
def test_a_bad_key_or_balance_stops_the_engine_until_it_is_mended(
    home: Home, server: Server, prompt: str, key: str
) -> None:
    home.environment["TINY_API_KEY"] = key
    home.plan([prompt.format(number) for number in range(30)])
    home.plan(["other"], engine="looping")
    log = home.crawl("answers")
    assert "TINY: not asked any more in this run" in log
    assert sum(server.asked().values()) <= 8 + 2
    rows = dict(home.answers())
    assert rows.pop("other").status == "captured"
    assert {(row.status, row.claimed_by) for row in rows.values()} == {("planned", None)}
    home.environment["TINY_API_KEY"] = "right-key"
    server.mended = True
    home.crawl("answers")
    assert {(row.status, row.error_kind) for row in home.answers().values()} == {("captured", None)}


def test_keys_are_in_no_log_and_no_row(home: Home, server: Server) -> None:
    home.environment.update(TINY_API_KEY="wrong-tiny/key+1", SERP_API_KEY="serp/secret+2", GEO_TINY_TEST="1")
    home.options["LOG_LEVEL"] = "DEBUG"
    home.plan(["hello"])
    home.plan(["fine", "fail:slow*1 x", "fail:cut*1 x", "fail:500*1 x", "fail:bug x"], engine="serp")
    told = home.root / "events.jsonl"
    home.environment["GEO_LOG"] = str(told)
    log = home.crawl("answers") + told.read_text("utf-8")
    assert any("serp%2Fsecret%2B2" in each.url or "serp/secret+2" in each.url for each in server.seen)
    assert "bad key Bearer ***" in (home.answers()["hello"].error or "")
    for secret in ("wrong-tiny", "key+1", "serp/secret", "serp%2Fsecret", "secret+2"):
        assert secret not in log
        assert secret not in home.stored_text()
    assert "/ask>" in log
    events = [json.loads(line) for line in told.read_text("utf-8").splitlines()]
    assert {event["outcome"] for event in events} == {"answered", "postponed", "failed"}
    rows = home.answers()
    fine = [event for event in events if event["answer"] == rows["fine"].id]
    assert [(each["workspace"], each["run"], each["engine"]) for each in fine] == [
        ("w", rows["fine"].run_id, "serp")
    ]


def test_a_killed_run_is_finished_and_asks_nothing_twice(home: Home, server: Server) -> None:
    prompts = [f"question {number}" for number in range(120)]
    server.latency = 0.03
    home.plan(prompts)
    home.plan([f"loop {number}" for number in range(20)], engine="looping")
    for kill in (15, 60):
        home.kill_when("answers", lambda: home.count(Body) >= kill)  # noqa: B023
    server.settle()
    stored = {prompt: len(home.bodies(prompt)) for prompt in home.answers()}
    before = server.asked()
    home.crawl("answers")
    assert {row.status for row in home.answers().values()} == {"captured"}
    for prompt, asked in server.asked().items():
        needed = 2 if prompt.startswith("loop") else 1
        assert len(home.bodies(prompt)) == needed
        assert asked - before[prompt] == needed - stored[prompt]
        assert asked <= needed + 2, "two kills cost at most two requests"
    assert home.count(Citation) == home.count(Answer) == 140


def test_a_lost_body_is_told_and_not_paid_for_again(home: Home, server: Server) -> None:
    home.plan(["lost"])
    with writing(home.database) as session:
        session.add(Body(answer_id=home.answers()["lost"].id, step=0, sha256="0" * 64, status=200))
    home.crawl("answers")
    row = home.answers()["lost"]
    assert (row.status, "restore it from a backup" in (row.error or "")) == ("failed", True)
    assert not server.seen


def test_two_spiders_at_once_ask_nothing_twice(tmp_path: Path, server: Server, database_url: str) -> None:
    home = Home(tmp_path / "home", server, {"GEO_DATABASE_URL": database_url})
    server.latency = 0.02
    home.plan([f"question {number}" for number in range(150)])
    first, second = home.start("answers"), home.start("answers")
    logs = [process.communicate(timeout=120)[1] for process in (first, second)]
    assert set(server.asked().values()) == {1}, logs
    assert {row.status for row in home.answers().values()} == {"captured"}
    assert home.count(Body) == 150


def test_sandbox_and_real_answers_never_meet(home: Home, server: Server) -> None:
    home.plan(["simulated"], sandbox=True)
    home.plan(["real"])
    log = home.crawl("answers")
    (real,) = server.seen
    assert real.prompt == "real"
    assert not [name for name in real.headers if name.lower().startswith("x-sandbox")]
    assert "planned sandbox answers stay planned: set GEO_SANDBOX_URL" in log
    home.plan(["real too"])
    home.environment["GEO_SANDBOX_URL"] = server.url
    log = home.crawl("answers")
    _, simulated = server.seen
    assert (simulated.prompt, simulated.path) == ("simulated", "/engines/tiny/ask")
    assert (simulated.headers["X-Sandbox-Date"], simulated.headers["X-Sandbox-Repeat"]) == ("2026-03-01", "1")
    assert home.answers()["simulated"].asked_at == DUE
    assert home.answers()["real too"].status == "planned"
    assert "planned real answers stay planned: unset GEO_SANDBOX_URL" in log


def test_an_unknown_workspace_is_named(home: Home) -> None:
    home.plan(["hello"])
    assert "no workspace 'nobody'; known: w" in home.crawl("answers", workspace="nobody")


def _in_the_way(home: Home) -> None:
    """A file where the archive was: nothing can be stored there any more."""
    root = Path(home.archive.location)
    if root.exists():
        root.rename(root.with_name("away"))
    root.write_text("no folder", "utf-8")


def test_nothing_is_asked_that_could_not_be_kept(home: Home, server: Server) -> None:
    home.plan(["one", "two"])
    _in_the_way(home)
    log = home.crawl("answers")
    assert log.count("cannot store a body") == 1 and "Traceback" not in log
    assert not server.asked() and {row.status for row in home.answers().values()} == {"planned"}


def test_an_archive_that_fails_on_the_way_is_told_once(home: Home, server: Server) -> None:
    home.plan([f"number {number}" for number in range(400)])
    process = home.start("answers")
    while not home.count(Body):
        assert process.poll() is None
        time.sleep(0.01)
    _in_the_way(home)
    _, log = process.communicate(timeout=60)
    assert log.count("cannot store a body") == 1 and "Traceback" not in log
    rows = home.answers().values()
    assert {row.status for row in rows} == {"planned", "captured"}, "all were asked before it failed"
    assert not [row.prompt_id for row in rows if row.claimed_by]
