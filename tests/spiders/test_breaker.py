"""Engines that fail, and limits that hold over all spiders: rests, probes, turns and requests in flight."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from geo_tracker.storage.database import reading
from geo_tracker.storage.paces import resting
from tests.support.crawl import Home
from tests.support.server import Reply, Seen, Server


class Failing(Server):
    """Answers so many requests to the tiny engine with 503; knows how many were in flight at once."""

    down = 0

    def __init__(self) -> None:
        super().__init__()
        self.flying, self.most = 0, 0
        self.counting = threading.Lock()

    def reply(self, seen: Seen) -> Reply:
        with self.counting:
            self.flying += 1
            self.most = max(self.most, self.flying)
            self.down -= seen.path == "/ask" and "two" not in seen.prompt
            failing = self.down >= 0 and seen.path == "/ask" and "two" not in seen.prompt
        reply = super().reply(seen)
        time.sleep(reply.wait)
        with self.counting:
            self.flying -= 1
        return Reply(503, b"down") if failing else Reply(reply.status, reply.body, reply.headers)


@pytest.fixture
def server() -> Iterator[Failing]:
    with Failing().running() as running:
        assert isinstance(running, Failing)
        yield running


def test_an_engine_that_fails_rests_is_probed_and_goes_on_while_others_do(
    tmp_path: Path, server: Failing
) -> None:
    home = Home(
        tmp_path / "home", server, options={"BREAKER_PAUSE": 2.0, "BREAKER_FAILURES": 4, "ANSWER_TRIES": 2}
    )
    server.down = 9  # eight that are in flight together, and the first probe
    server.latency = 0.3
    home.plan([f"question {number}" for number in range(12)])
    home.plan([f"two {number}" for number in range(4)], engine="looping")
    log = home.crawl("answers")
    assert {row.status for row in home.answers().values()} == {"captured"}, "no answer is lost to it"
    assert log.count("TINY: rests until") == 2 and log.count("TINY: answers again") == 1, log
    asked = sorted(seen.at for seen in server.seen if seen.path == "/ask" and "two" not in seen.prompt)
    assert len(asked) == 12 + 9
    first, probe, second, after = asked[7], asked[8], asked[9], asked[10]
    assert probe - first >= 1.5 and second - probe >= 3.5, "each rest is twice as long"
    assert after - second >= 0.25, "one request looks whether it answers; the others wait for it"
    others = [seen.at for seen in server.seen if "two" in seen.prompt]
    assert len(others) == 8 and max(others) < second, "the other engine goes on meanwhile"
    with reading(home.database) as session:
        assert resting(session, ["tiny"]) == []


def test_two_spiders_keep_the_pace_of_one(tmp_path: Path, server: Failing) -> None:
    slots = {name: {"concurrency": 2, "delay": 0.0, "turns": 0.25} for name in ("tiny", "looping", "serp")}
    home = Home(tmp_path / "home", server, options={"DOWNLOAD_SLOTS": json.dumps(slots)})
    server.latency = 0.4
    home.plan([f"question {number}" for number in range(10)])
    both = [home.start("answers") for _ in range(2)]
    logs = [process.communicate(timeout=120)[1] for process in both]
    assert {row.status for row in home.answers().values()} == {"captured"}, logs
    assert len(server.seen) == 10
    assert server.most <= 2, "requests in flight, over both"
    times = sorted(seen.at for seen in server.seen)
    assert times[-1] - times[0] >= 9 * 0.25 - 0.1, "the delay between requests, over both"
