"""Budgets: never more requests than the month allows, whoever asks; rows wait and go on when there is more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select, update

from geo_tracker.storage.database import reading, workspace_named, writing
from geo_tracker.storage.models import Answer, Spending, Workspace
from geo_tracker.storage.spending import ask_what_waited, limits, next_month
from tests.support.crawl import Home
from tests.support.server import Server

NOW = datetime.now(UTC)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server().running() as running:
        yield running


def budget(home: Home, **parts: Any) -> None:
    with writing(home.database) as session:
        workspace = workspace_named(session, "w")
        workspace.budget = {**workspace.budget, **parts}
        session.add(workspace)
        ask_what_waited(session, workspace)


def used(home: Home) -> dict[tuple[str, str], tuple[int, float]]:
    with reading(home.database) as session:
        rows = session.exec(select(Spending)).all()
    return {(row.engine, row.currency): (row.calls, round(row.money, 6)) for row in rows}


def states(home: Home) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in home.answers().values():
        name = f"{row.status}:{row.error_kind}" if row.error_kind else str(row.status)
        found[name] = found.get(name, 0) + 1
    return found


def test_two_spiders_never_ask_more_than_the_budget_and_go_on_when_it_is_raised(
    tmp_path: Path, server: Server, database_url: str
) -> None:
    home = Home(tmp_path / "home", server, {"GEO_DATABASE_URL": database_url})
    server.latency = 0.02
    home.plan([f"question {number}" for number in range(14)])
    home.plan([f"loop {number}" for number in range(5)], engine="looping")
    budget(home, calls_per_month=11, engines={"looping": {"calls_per_month": 4}})
    both = [home.start("answers") for _ in range(2)]
    logs = [process.communicate(timeout=120)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], logs
    assert server.asked().total() == 11
    assert "the budget of" in "".join(logs)
    calls = used(home)
    assert sum(count for count, _ in calls.values()) == 11
    assert calls.get(("looping", ""), (0, 0.0))[0] <= 4
    left = [row for row in home.answers().values() if row.status == "planned"]
    assert {(row.error_kind, row.claimed_by) for row in left} == {("budget", None)}
    with reading(home.database) as session:
        assert {row.retry_at for row in left} == {next_month(workspace_named(session, "w"), NOW)}
    home.crawl("answers")
    assert server.asked().total() == 11, "nothing is asked while the month is used up"
    budget(home, calls_per_month=0, engines={})
    home.crawl("answers")
    assert states(home) == {"captured": 19}
    assert server.asked().total() == 14 + 10


def test_money_is_over_by_no_more_than_the_requests_in_flight(tmp_path: Path, server: Server) -> None:
    home = Home(tmp_path / "home", server)
    home.plan([f"cost:0.25 {number}" for number in range(24)])
    budget(home, money_per_month=2.0, currency="USD")
    log = home.crawl("answers")
    asked = server.asked().total()
    assert 8 <= asked <= 8 + 8, "8 are paid for, 8 may be in flight"
    assert used(home)["tiny", "USD"] == (0, 0.25 * asked)
    assert "2.00 of 2 USD" in log or f"{0.25 * asked:.2f} of 2 USD" in log
    assert states(home)["planned:budget"] == 24 - asked


def test_what_waited_for_the_next_month_goes_on_then(tmp_path: Path, server: Server) -> None:
    home = Home(tmp_path / "home", server)
    home.plan([f"question {number}" for number in range(5)])
    budget(home, calls_per_month=2)
    home.crawl("answers")
    assert states(home) == {"captured": 2, "planned:budget": 3}
    with writing(home.database) as session:  # the month turns: what was used is of the last one
        month = (NOW.date().replace(day=1) - timedelta(days=1)).replace(day=1)
        session.exec(update(Spending).values(month=month))
        session.exec(update(Answer).where(col(Answer.retry_at).is_not(None)).values(retry_at=NOW))
    home.crawl("answers")
    assert states(home) == {"captured": 4, "planned:budget": 1}


def test_retries_count_and_the_sandbox_has_a_count_of_its_own(tmp_path: Path, server: Server) -> None:
    home = Home(tmp_path / "home", server)
    home.plan(["fail:500*2 then answers"])
    home.plan(["simulated"], sandbox=True)
    budget(home, calls_per_month=3)
    home.crawl("answers")
    home.environment["GEO_SANDBOX_URL"] = server.url
    home.crawl("answers")
    assert states(home) == {"captured": 2}
    with reading(home.database) as session:
        workspace = session.exec(select(Workspace)).one()
        for sandbox, calls in ((False, 3), (True, 1)):
            (limit,) = limits(session, workspace, NOW, sandbox=sandbox)
            assert (limit.calls_used, limit.spent) == (calls, not sandbox)
