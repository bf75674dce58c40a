"""The worker: runs spiders in processes of their own and judges them by their rows."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from sqlmodel import col, select

from geo_tracker.collect.worker import Outcome, _Answers, crawl
from geo_tracker.errors import GeoTrackerError, UsageError
from geo_tracker.exports.export import export
from geo_tracker.metrics.records import Selection
from geo_tracker.storage.database import reading, writing
from geo_tracker.storage.models import Answer, AnswerStatus, Body
from tests.support.counting import counting
from tests.support.crawl import Home
from tests.support.server import Reply, Server


@pytest.fixture
def server() -> Iterator[Server]:
    with Server().running() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, server: Server) -> Home:
    return Home(tmp_path / "home", server)


def test_rows_are_asked_and_counted(
    home: Home, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.latency = 0.05
    home.plan([*(f"question {number}" for number in range(40)), "fail:refused x", "fail:broken x"])
    monkeypatch.chdir(tmp_path)  # the spiders are found from any directory
    progress: list[tuple[int, int]] = []
    outcome = crawl("answers", "w", home.settings, on_progress=lambda *state: progress.append(state))
    assert outcome.counts == {"captured": 40, "refused": 1, "failed": 1}
    assert not outcome.ok
    assert str(outcome) == "40 captured, 1 failed, 1 refused"
    assert progress[-1] == (42, 42)
    assert progress == sorted(progress)
    assert len({done for done, _ in progress}) > 1
    assert str(crawl("answers", "w", home.settings)) == "nothing to do"


def test_what_two_crawls_leave_is_counted_once() -> None:
    both = Outcome({"planned": 3, "fetched": 1}) + Outcome({"planned": 2, "fetched": 4})
    assert (both.left, str(both)) == (2, "5 fetched, 2 planned")


def test_pages_are_crawled(home: Home, server: Server) -> None:
    server.pages["site.example/good"] = Reply(
        body=b"<html><title>Hello</title><p>A page about masks.</p></html>"
    )
    home.cite(["http://site.example/good", "http://site.example/missing"], sandbox=True)
    settings = replace(home.settings, sandbox_url=server.url)
    assert crawl("references", "w", settings).counts == {"fetched": 1, "failed": 1}


def test_what_an_engine_without_a_key_leaves_is_said(home: Home) -> None:
    del home.environment["TINY_API_KEY"]
    home.plan(["hello"])
    outcome = crawl("answers", "w", home.settings)
    assert (outcome.left, outcome.ok) == (1, False)
    assert outcome.messages == (
        "TINY: no key - set TINY_API_KEY, or import captures with 'geo-tracker import'",
    )


def test_an_unknown_workspace_is_a_usage_error(home: Home) -> None:
    home.plan(["hello"])
    with pytest.raises(UsageError, match="no workspace 'nobody'; known: w"):
        crawl("answers", "nobody", home.settings)


def test_a_crash_is_passed_on_with_its_last_lines(home: Home) -> None:
    home.plan(["hello"])
    home.environment["GEO_ARCHIVE_URL"] = "nosuch://place"
    with pytest.raises(GeoTrackerError, match="nosuch"):
        crawl("answers", "w", home.settings)
    assert home.answers()["hello"].status == "planned"


CALL = """
    from geo_tracker.config import Settings
    from geo_tracker.collect.worker import Outcome, _Answers, crawl
    crawl("answers", "w", Settings.from_environment())
"""


RUN = """
    import signal, sys
    from geo_tracker.cli import main
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell has it for what it starts in the background
    sys.argv = ["geo-tracker", "run", "--resume", "--workspace", "w"]
    main()
"""


def start_caller(home: Home, code: str = CALL) -> subprocess.Popen[bytes]:
    """A process that calls `crawl`, once its spider is at work."""
    caller = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], env=home.environment)
    deadline = time.monotonic() + 60
    while home.count(Body) < 10:
        assert caller.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return caller


@pytest.mark.parametrize(("code", "sent"), [(CALL, signal.SIGINT), (RUN, signal.SIGTERM)])
def test_an_interrupted_caller_takes_its_spider_along(
    home: Home, server: Server, code: str, sent: signal.Signals
) -> None:
    server.latency = 0.1
    home.plan([f"question {number}" for number in range(400)])
    caller = start_caller(home, code)
    (spider,) = psutil.Process(caller.pid).children()
    caller.send_signal(sent)
    caller.wait(20)
    assert not spider.is_running()
    answers = home.answers().values()
    captured = [answer for answer in answers if answer.status == "captured"]
    assert 10 <= len(captured) < 400
    assert len(captured) == home.count(Body)
    assert not [answer for answer in answers if answer.claimed_by], "a stopped spider gives its rows back"
    assert set(server.asked().values()) == {1}


def test_a_key_is_in_no_command_line_body_or_export(home: Home, server: Server, tmp_path: Path) -> None:
    server.latency = 0.1
    home.plan([f"question {number}" for number in range(100)])
    caller = start_caller(home, RUN)
    running = psutil.Process(caller.pid)
    lines = [" ".join(each.cmdline()) for each in (running, *running.children(recursive=True))]
    caller.send_signal(signal.SIGTERM)
    caller.wait(20)
    assert len(lines) == 2 and "crawl answers" in lines[1]
    with reading(home.database) as session:
        export(session, Selection("w"), format="jsonl", out=tmp_path / "out")
    written = [path.read_text("utf-8") for path in (tmp_path / "out").iterdir()]
    bodies = [home.archive.get(sha).decode() for sha in home.archive.stored()]
    assert len(bodies) >= 10 and any("question 1" in text for text in written)
    assert any("tiny-secret-key" in seen.headers.get("Authorization", "") for seen in server.seen)
    for text in (*lines, *written, *bodies, home.stored_text()):
        assert "tiny-secret-key" not in text


def test_a_spider_whose_caller_was_killed_finishes_its_rows(home: Home, server: Server) -> None:
    server.latency = 0.05
    home.plan([f"question {number}" for number in range(100)])
    caller = start_caller(home)
    (spider,) = psutil.Process(caller.pid).children()
    caller.kill()
    caller.wait()
    spider.wait(60)
    assert {answer.status for answer in home.answers().values()} == {"captured"}
    assert set(server.asked().values()) == {1}


def test_progress_looks_at_no_row_that_has_ended(home: Home) -> None:
    home.plan([f"question {number}" for number in range(5)])
    with writing(home.database) as session:
        ended = session.exec(select(Answer).order_by(col(Answer.id)).limit(2)).all()
        for answer in ended:
            answer.status = AnswerStatus.FAILED
    rows = _Answers(home.database, "w")
    with writing(home.database) as session:
        session.exec(
            select(Answer).where(Answer.status == "planned").limit(1)
        ).one().status = AnswerStatus.CAPTURED
    with counting(str(home.database.url)) as asked:
        assert (rows.planned, rows.left()) == (3, 2)
    [statement] = [each for each, _ in asked.statements if "count" in each]
    assert "status = " in statement
    assert rows.ended() == {"captured": 1, "planned": 2}
