"""What holds asking up is told as itself: budgets of panels and workspaces, engines that rest while they fail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from geo_tracker.i18n import translate
from geo_tracker.queries.budget import is_held_up
from geo_tracker.signals.life import refresh
from geo_tracker.signals.text import sentence
from geo_tracker.storage.models import (
    Answer,
    DailyCell,
    EnginePace,
    PaceState,
    Panel,
    Run,
    Signal,
    Spending,
    Workspace,
)
from tests.support.daily_rows import Cell, database
from tests.support.made_days import day, made_days, silent

NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)


def market(cells: Iterable[Cell]) -> sa.Engine:
    return database(cells, prompts=10)


def spending(calls: int, *, limit: int, money: float = 0.0, more: dict[str, Any] | None = None) -> sa.Engine:
    """A market whose panel has asked so many times this month, 10 times in its newest run."""
    engine = market(made_days(14))
    with Session(engine) as session:
        budget = {"calls_per_month": limit, "money_per_month": money, "currency": "CNY"}
        session.add(Panel(id=1, workspace_id=1, name="daily", budget=budget, **(more or {})))
        session.flush()
        session.add_all(Run(id=at, workspace_id=1, panel_id=1) for at in (1, 2))
        session.flush()
        for at in range(calls):
            told = {"key": f"k{at}", "cost": 0.5, "currency": "CNY", "status": "captured", "day": day(13)}
            run = 2 if at < 10 else 1
            session.add(Answer(workspace_id=1, run_id=run, prompt_id=2, engine="kimi", surface="api", **told))
        session.commit()
    return engine


@pytest.mark.parametrize(
    ("calls", "limits", "kind"),
    [
        (30, {"limit": 100}, None),
        (90, {"limit": 100}, "budget"),
        (91, {"limit": 100}, "stopped"),
        (30, {"limit": 35}, "stopped"),
        (30, {"limit": 0}, None),
        (30, {"limit": 100, "money": 20.0}, None),
        (28, {"limit": 100, "money": 15.0}, "budget"),
        (30, {"limit": 100, "money": 15.0}, "stopped"),
        (91, {"limit": 100, "more": {"paused_at": NOW}}, None),
        (91, {"limit": 100, "more": {"archived_at": NOW}}, None),
    ],
)
def test_a_budget_is_told_before_and_when_it_stops_a_panel(
    calls: int, limits: dict[str, Any], kind: str | None
) -> None:
    told = refresh(spending(calls, **limits), "demo", NOW)
    assert [row.kind for row in told] == [kind] * (kind is not None)
    for row in told:
        english, chinese = (sentence(row, translate(lang)) for lang in ("en", "zh"))
        assert (
            "daily" in english
            and "March 2026" in english
            and f"{calls} of {limits['limit']} calls" in english
        )
        assert (
            "监测计划“daily”" in chinese
            and "2026年3月" in chinese
            and f"{calls} 次（上限 {limits['limit']} 次）" in chinese
        )
        assert ("CNY" in english) == ("money" in limits)


def test_a_budget_that_ran_low_is_told_again_once_it_stops() -> None:
    engine = spending(90, limit=100)
    (near,) = refresh(engine, "demo", NOW)
    assert refresh(engine, "demo", NOW) == []
    with Session(engine) as session:
        session.get(Panel, 1).budget = {"calls_per_month": 95}  # type: ignore[union-attr]
        session.commit()
    assert [row.kind for row in refresh(engine, "demo", NOW)] == ["stopped"] and near.kind == "budget"
    assert refresh(engine, "demo", NOW) == []


def limited(budget: dict[str, Any], used: Sequence[tuple[str, int, float]], **more: Any) -> sa.Engine:
    """A market whose workspace has a budget; of each engine how often it was asked and for how many CNY."""
    engine = market(made_days(14, **more))
    with Session(engine) as session:
        session.get(Workspace, 1).budget = budget  # type: ignore[union-attr]
        for name, calls, money in used:
            of = {"workspace_id": 1, "month": date(2026, 3, 1), "engine": name, "sandbox": False}
            session.add(Spending(**of, currency="", calls=calls))
            session.add(Spending(**of, currency="CNY", money=money))
        session.commit()
    return engine


WHOLE: dict[str, Any] = {"calls_per_month": 100, "money_per_month": 20.0, "currency": "CNY"}


@pytest.mark.parametrize(
    ("budget", "used", "told"),
    [
        ({}, [("kimi", 1000, 1000.0)], {}),
        (WHOLE, [("kimi", 60, 1.0), ("doubao", 29, 1.0)], {}),
        (WHOLE, [("kimi", 61, 1.0), ("doubao", 29, 1.0)], {("budget", ""): 0.9}),
        (WHOLE, [("kimi", 61, 1.0), ("doubao", 39, 1.0)], {("stopped", ""): 1.0}),
        (WHOLE, [("kimi", 1, 19.0)], {("budget", ""): 0.95}),
        (WHOLE, [("kimi", 1, 20.0)], {("stopped", ""): 1.0}),
        (
            {"engines": {"kimi": {"calls_per_month": 10}}},
            [("kimi", 10, 0.0), ("doubao", 99, 0.0)],
            {("stopped", "kimi"): 1.0},
        ),
        (
            {**WHOLE, "engines": {"kimi": {"calls_per_month": 50}}},
            [("kimi", 45, 0.0), ("doubao", 50, 0.0)],
            {("budget", ""): 0.95, ("budget", "kimi"): 0.9},
        ),
    ],
)
def test_a_workspace_s_own_limits_are_told_whole_and_by_engine(
    budget: dict[str, Any], used: Sequence[tuple[str, int, float]], told: dict[tuple[str, str], float]
) -> None:
    rows = refresh(limited(budget, used), "demo", NOW)
    assert {(row.kind, row.engine): row.after for row in rows} == pytest.approx(told)


def test_a_limit_of_the_workspace_says_whose_it_is_in_both_languages() -> None:
    budget = {**WHOLE, "engines": {"kimi": {"calls_per_month": 50}}}
    whole, kimi = refresh(limited(budget, [("kimi", 50, 0.0), ("doubao", 42, 3.5)]), "demo", NOW)[::-1]
    said = {
        lang: (sentence(whole, translate(lang)), sentence(kimi, translate(lang))) for lang in ("en", "zh")
    }
    assert said["en"] == (
        "all engines: 92 of 100 calls, 3.50 of 20.00 CNY of the workspace's budget for March 2026 are used. Once it "
        "is used up, nothing is asked until the next month: raise the budget or ask less.",
        "Kimi: nothing more is asked in March 2026, 50 of 50 calls of the workspace's budget are used. What is planned "
        "waits for the next month: raise the budget or ask less. Days without answers are not a fall of any brand.",
    )
    assert said["zh"][0].startswith("全部引擎：工作区2026年3月的预算已用 92 次（上限 100 次）")
    assert said["zh"][1].startswith("Kimi：2026年3月不再提问，工作区预算已用 50 次（上限 50 次）")


def test_what_the_sandbox_used_is_no_budget_of_real_answers() -> None:
    engine = limited(WHOLE, [])
    with Session(engine) as session:
        of = {"workspace_id": 1, "month": date(2026, 3, 1), "engine": "kimi", "currency": ""}
        session.add(Spending(**of, sandbox=True, calls=100))
        session.commit()
    assert refresh(engine, "demo", NOW) == []


SINCE = datetime(2026, 3, 15, 1, tzinfo=UTC)
"""The last day's morning in Shanghai."""


def resting(cells: Iterable[Cell] = (), **pace: Any) -> sa.Engine:
    """A market of which Kimi, asked by a panel, has a pace."""
    engine = market(cells or made_days(14))
    of = {"state": PaceState.PAUSED, "changed_at": SINCE, "until": SINCE + timedelta(minutes=30), **pace}
    with Session(engine) as session:
        session.add(Panel(id=1, workspace_id=1, name="daily", engines=["kimi", "doubao"]))
        told = {"engine": "kimi", "failures": 7, "reason": "HTTP 503:\n upstream <b>down</b>"}
        session.add(EnginePace(host="api.moonshot.cn", **{**told, **of}))
        session.commit()
    return engine


@pytest.mark.parametrize(
    ("pace", "told"),
    [
        ({}, True),
        ({"state": PaceState.PROBING}, True),
        ({"state": PaceState.SLOWED}, False),
        ({"state": PaceState.OPEN}, False),
        ({"changed_at": datetime(2026, 3, 14, 15, 59, tzinfo=UTC)}, False),
        ({"changed_at": datetime(2026, 3, 14, 16, tzinfo=UTC)}, True),
        ({"changed_at": datetime(2026, 3, 20, tzinfo=UTC)}, True),
        ({"engine": "claude"}, False),
    ],
)
def test_an_engine_that_workers_rest_is_told(pace: dict[str, Any], told: bool) -> None:
    found = refresh(resting(**pace), "demo", NOW)
    assert [(row.kind, row.engine) for row in found] == [("paused", "kimi")] * told


def test_a_rest_says_until_when_and_why_and_ends_with_the_first_day_without_it() -> None:
    engine = resting(made_days(14))
    (row,) = refresh(engine, "demo", NOW)
    english, chinese = (sentence(row, translate(lang)) for lang in ("en", "zh"))
    assert english.startswith(
        "Kimi is not asked before Mar 15, 2026, 09:30 (Asia/Shanghai). Failures in a row: 7, "
    )
    assert "the last one: HTTP 503: upstream <b>down</b>." in english
    assert chinese.startswith(
        "Kimi 暂停提问，2026年3月15日 09:30（Asia/Shanghai）之前不再提问：连续失败 7 次"
    )
    assert refresh(engine, "demo", NOW) == [], "told once"
    with Session(engine) as session:
        session.exec(select(EnginePace)).one().state = PaceState.OPEN
        cell = session.exec(select(DailyCell).where(DailyCell.day == day(13))).first()
        assert cell is not None
        session.add(DailyCell(**{**cell.model_dump(), "day": day(14)}))
        session.commit()
    refresh(engine, "demo", NOW)
    with Session(engine) as session:
        assert [(row.status, row.ended) for row in session.exec(select(Signal))] == [("resolved", True)]


def test_an_engine_without_an_answer_is_an_outage_and_not_a_rest_as_well() -> None:
    answered = [cell for cell in made_days(14) if cell.engine != "kimi" or cell.day < day(13)]
    assert [row.kind for row in refresh(resting([*answered, *silent(13, "kimi")]), "demo", NOW)] == ["outage"]


def test_of_two_hosts_of_an_engine_the_newest_rest_is_told_once() -> None:
    engine = resting()
    with Session(engine) as session:
        later = {"state": PaceState.PAUSED, "changed_at": SINCE + timedelta(days=1), "until": NOW}
        session.add(EnginePace(engine="kimi", host="a.example", failures=9, reason="later", **later))
        session.commit()
    (row,) = refresh(engine, "demo", NOW)
    assert row.about["failures"] == 9


def test_what_holds_asking_up_is_looked_for_though_no_day_was_added() -> None:
    spent = limited(WHOLE, [("kimi", 100, 0.0)])
    moment = datetime(2026, 3, 20, tzinfo=UTC)
    for engine, held_up in ((spent, True), (limited(WHOLE, [("kimi", 99, 0.0)]), False), (resting(), True)):
        with Session(engine) as session:
            assert is_held_up(session, "demo", moment, sandbox=False) is held_up
