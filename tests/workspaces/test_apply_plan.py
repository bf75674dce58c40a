"""Declaring a workspace and planning its answers, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import select

from geo_tracker.collect.missed import note_missed
from geo_tracker.collect.plan import OverBudget, due_now, last_due, plan_run
from geo_tracker.storage.database import reading, workspace_named, writing
from geo_tracker.storage.models import Answer, Brand, Panel, Prompt, Run, Workspace
from geo_tracker.workspaces.apply import apply
from geo_tracker.workspaces.file import read_workspace
from geo_tracker.workspaces.panels import panels_of

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FILE = """
workspace: {slug: w, name: W, timezone: Asia/Shanghai}
brands:
  - {name: 云纱, role: own, aliases: [Yunsha]}
  - {name: Aurora}
prompts: [敏感肌面膜?, 云纱好用吗?]
panels: [{name: daily, engines: [openai, doubao], repeats: 2, cron: "0 6 * * *", budget: {calls_per_month: 20}}]
"""


def declare(engine: sa.Engine, tmp_path: Path, text: str, now: datetime = NOW) -> list[str]:
    path = tmp_path / "w.yaml"
    path.write_text(text, "utf-8")
    with writing(engine) as session:
        return [str(change) for change in apply(session, read_workspace(path), now)]


def plan(engine: sa.Engine, due: datetime, *, engines: tuple[str, ...] = ("openai", "doubao")) -> int:
    with writing(engine) as session:
        workspace = workspace_named(session, "w")
        (panel,) = panels_of(session, workspace)
        return plan_run(session, workspace, panel, due, engines=engines, sandbox=False)


def test_apply_says_what_it_does_and_nothing_the_second_time(engine: sa.Engine, tmp_path: Path) -> None:
    assert declare(engine, tmp_path, FILE) == [
        "add workspace w",
        "add brand 云纱",
        "add brand Aurora",
        "add prompt 敏感肌面膜?",
        "add prompt 云纱好用吗?",
        "add panel daily",
    ]
    assert declare(engine, tmp_path, FILE) == []


def test_prompts_that_name_a_brand_are_branded(engine: sa.Engine, tmp_path: Path) -> None:
    declare(engine, tmp_path, FILE)
    with reading(engine) as session:
        branded = dict(session.exec(select(Prompt.text, Prompt.branded)).all())
    assert branded == {"敏感肌面膜?": False, "云纱好用吗?": True}


def test_a_removed_brand_is_archived_and_comes_back(engine: sa.Engine, tmp_path: Path) -> None:
    declare(engine, tmp_path, FILE)
    without = FILE.replace("  - {name: Aurora}\n", "")
    assert declare(engine, tmp_path, without) == ["archive brand Aurora"]
    assert declare(engine, tmp_path, without) == []
    with reading(engine) as session:
        archived = session.exec(select(Brand).where(Brand.name == "Aurora")).one()
    assert archived.archived_at == NOW
    assert declare(engine, tmp_path, FILE) == ["restore brand Aurora"]


def test_a_brand_that_never_stood_in_the_file_stays_until_it_did(engine: sa.Engine, tmp_path: Path) -> None:
    declare(engine, tmp_path, FILE)
    with writing(engine) as session:
        session.add(Brand(workspace_id=workspace_named(session, "w").id, name="Basalt"))
    assert declare(engine, tmp_path, FILE) == []
    assert declare(
        engine, tmp_path, FILE.replace("{name: Aurora}", "{name: Aurora}\n  - {name: Basalt}")
    ) == ["change brand Basalt: declared"]
    assert declare(engine, tmp_path, FILE) == ["archive brand Basalt"]


def test_an_absent_section_is_left_alone(engine: sa.Engine, tmp_path: Path) -> None:
    declare(engine, tmp_path, FILE)
    brands_only = FILE.split("prompts:")[0]
    assert declare(engine, tmp_path, brands_only) == []


def test_changed_brands_have_their_answers_scored_again(engine: sa.Engine, tmp_path: Path) -> None:
    declare(engine, tmp_path, FILE)
    plan(engine, NOW)
    with writing(engine) as session:
        session.exec(sa.update(Answer).values(rules="1"))
    declare(engine, tmp_path, FILE.replace("[Yunsha]", "[Yunsha, YS]"))
    with reading(engine) as session:
        assert set(session.exec(select(Answer.rules)).all()) == {None}


def test_a_pass_is_planned_once(engine: sa.Engine, tmp_path: Path) -> None:
    declare(engine, tmp_path, FILE)
    assert plan(engine, NOW) == 8
    assert plan(engine, NOW) == 0
    with reading(engine) as session:
        answers = session.exec(select(Answer)).all()
    assert {(a.engine, a.repeat, str(a.day), a.status) for a in answers} == {
        (name, repeat, "2026-11-24", "planned") for name in ("openai", "doubao") for repeat in (1, 2)
    }


def test_an_engine_that_gets_its_key_later_joins_the_pass(engine: sa.Engine, tmp_path: Path) -> None:
    declare(engine, tmp_path, FILE)
    assert plan(engine, NOW, engines=("openai",)) == 4
    assert plan(engine, NOW) == 4


def test_the_budget_of_the_month_holds(engine: sa.Engine, tmp_path: Path) -> None:
    declare(engine, tmp_path, FILE)
    assert plan(engine, NOW) + plan(engine, NOW + timedelta(hours=1)) == 16
    with pytest.raises(OverBudget, match="budget of 20 for 2026-11"):
        plan(engine, NOW + timedelta(hours=2))
    with reading(engine) as session:
        assert len(session.exec(select(Run)).all()) == 2
    assert plan(engine, NOW + timedelta(days=7)) == 8, "a new month has a new budget"


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2026, 11, 24, 12, tzinfo=UTC), datetime(2026, 11, 23, 22, tzinfo=UTC)),
        (datetime(2026, 11, 23, 22, 0, tzinfo=UTC), datetime(2026, 11, 23, 22, tzinfo=UTC)),
        (datetime(2026, 11, 23, 21, 59, tzinfo=UTC), datetime(2026, 11, 22, 22, tzinfo=UTC)),
        (datetime(2026, 11, 23, 21, 59, 59, 999_999, tzinfo=UTC), datetime(2026, 11, 22, 22, tzinfo=UTC)),
        (datetime(2026, 11, 23, 22, 0, 1, tzinfo=UTC), datetime(2026, 11, 23, 22, tzinfo=UTC)),
    ],
)
def test_the_cron_runs_in_the_workspace_timezone(now: datetime, due: datetime) -> None:
    panel = Panel(name="p", cron="0 6 * * *", workspace_id=1)
    assert last_due(panel, Workspace(slug="w", name="W", timezone="Asia/Shanghai"), now) == due


@pytest.mark.parametrize("month", [3, 10])
@pytest.mark.parametrize(
    ("cron", "wanted"),
    [("30 2 * * *", 3), ("0 6 * * *", 3), ("0 * * * *", 72), ("59 23 31 * *", 0)],
)
def test_clocks_that_are_changed_make_nothing_due_twice_or_never(month: int, cron: str, wanted: int) -> None:
    """Three days around the change in Berlin, looked at every five minutes as workers do."""
    panel, berlin = (
        Panel(name="p", cron=cron, workspace_id=1),
        Workspace(slug="w", name="W", timezone="Europe/Berlin"),
    )
    start = datetime(2026, month, 27 if month == 3 else 23, 12, tzinfo=UTC)
    looks = [start + timedelta(minutes=5 * at) for at in range(3 * 24 * 12 + 1)]
    due = [last_due(panel, berlin, look) for look in looks]
    assert all(at is not None and at <= look for at, look in zip(due, looks, strict=True))
    assert due == sorted(due, key=str), "never back to one before"
    assert len(set(due)) - 1 == wanted


@pytest.mark.parametrize(
    ("late", "due"), [(timedelta(0), True), (timedelta(hours=5), True), (timedelta(hours=7), False)]
)
def test_a_pass_that_was_missed_is_not_made_up_for(late: timedelta, due: bool) -> None:
    panel = Panel(name="p", cron="0 6 * * *", workspace_id=1)
    six = datetime(2026, 11, 24, 6, tzinfo=UTC)
    assert due_now(panel, Workspace(slug="w", name="W"), six + late) == (six if due else None)


def test_money_is_counted_in_the_budgets_own_currency(engine: sa.Engine, tmp_path: Path) -> None:
    budget = "{money_per_month: 2, currency: CNY}"
    declare(engine, tmp_path, FILE.replace("{calls_per_month: 20}", budget))
    assert plan(engine, NOW) == 8
    for currency, cost in (("USD", 5.0), ("CNY", 1.5)):
        with writing(engine) as session:
            answer = session.exec(select(Answer).where(Answer.cost == None)).first()  # noqa: E711
            assert answer is not None
            answer.cost, answer.currency = cost, currency
    assert plan(engine, NOW + timedelta(hours=1)) == 8
    with writing(engine) as session:
        answer = session.exec(select(Answer).where(Answer.currency == "CNY")).one()
        answer.cost = 2.0
    with pytest.raises(OverBudget, match=r"2\.00 of 2\.0 CNY for 2026-11 is spent"):
        plan(engine, NOW + timedelta(hours=2))


def test_an_engine_without_a_key_is_planned_and_failed_until_it_has_one(
    engine: sa.Engine, tmp_path: Path
) -> None:
    declare(engine, tmp_path, FILE)
    with writing(engine) as session:
        workspace = workspace_named(session, "w")
        (panel,) = panels_of(session, workspace)
        asked = {"engines": ["doubao"], "sandbox": False}
        new = plan_run(session, workspace, panel, NOW, **asked, unready={"kimi": "KIMI: no key"})  # type: ignore[arg-type]
    failed = [row for row in answers(engine) if row.engine == "kimi"]
    assert new == len(failed) == len(answers(engine)) / 2
    assert {(row.status, row.error_kind, row.error) for row in failed} == {
        ("failed", "no_key", "KIMI: no key")
    }
    plan(engine, NOW, engines=("doubao", "kimi"))
    assert {(row.status, row.error_kind) for row in answers(engine)} == {("planned", None)}
    assert len(answers(engine)) == 2 * new


def test_days_that_did_not_run_are_missing_rows(engine: sa.Engine, tmp_path: Path) -> None:
    declare(engine, tmp_path, FILE)
    with reading(engine) as session:
        (panel,) = panels_of(session, workspace_named(session, "w"))
    first = last_due(panel, workspace_named_in(engine), NOW)
    assert first is not None
    of_a_day = plan(engine, first)
    assert missed(engine, first + timedelta(days=1, hours=1)) == []
    days = [first + timedelta(days=1), first + timedelta(days=2)]
    assert missed(engine, first + timedelta(days=3, hours=1)) == days
    assert missed(engine, first + timedelta(days=3, hours=1)) == [], "told once"
    rows = [row for row in answers(engine) if row.error_kind == "not_run"]
    assert len(rows) == 2 * of_a_day
    assert {row.status for row in rows} == {"failed"}


def test_what_was_never_sent_is_no_part_of_the_budget(engine: sa.Engine, tmp_path: Path) -> None:
    declare(engine, tmp_path, FILE)
    with writing(engine) as session:
        workspace = workspace_named(session, "w")
        (panel,) = panels_of(session, workspace)
        panel.budget = {"calls_per_month": panel.repeats * 2}
        for hour in range(3):
            due = NOW + timedelta(hours=hour)
            plan_run(session, workspace, panel, due, engines=[], sandbox=False, unready={"kimi": "no key"})
        assert plan_run(session, workspace, panel, NOW + timedelta(hours=9), engines=["kimi"], sandbox=False)


def workspace_named_in(engine: sa.Engine) -> Workspace:
    with reading(engine) as session:
        return workspace_named(session, "w")


def missed(engine: sa.Engine, now: datetime) -> list[datetime]:
    with writing(engine) as session:
        workspace = workspace_named(session, "w")
        (panel,) = panels_of(session, workspace)
        return note_missed(session, workspace, panel, now, sandbox=False)


def answers(engine: sa.Engine) -> list[Answer]:
    with reading(engine) as session:
        return list(session.exec(select(Answer)).all())
