"""Budget and retention in the workspace file: validated, applied, written back; a raised budget lets rows go on."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from geo_tracker.errors import UsageError
from geo_tracker.storage.database import workspace_named, writing
from geo_tracker.storage.models import Answer, Prompt, Run
from geo_tracker.storage.spending import add_costs, let_wait, limits, month_of, next_month, take_calls
from geo_tracker.workspaces.apply import apply
from geo_tracker.workspaces.current import file_of
from geo_tracker.workspaces.file import WorkspaceFile, checked
from geo_tracker.workspaces.written import rewritten, written

NOW = datetime(2026, 11, 30, 20, 0, tzinfo=UTC)
FILE: dict[str, Any] = {
    "workspace": {"slug": "w", "name": "w", "timezone": "Asia/Shanghai"},
    "brands": [{"name": "Aurora"}],
}
BUDGET = {"calls_per_month": 5, "engines": {"kimi": {"money_per_month": 1.5, "currency": "CNY"}}}


def declared(**parts: Any) -> WorkspaceFile:
    return checked({**FILE, **parts})


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"budget": {"calls_per_month": -1}}, "calls_per_month"),
        ({"budget": {"money_per_month": float("inf")}}, "money_per_month"),
        ({"budget": {"currency": "dollars"}}, "not a currency"),
        ({"budget": {"engines": {"kimy": {}}}}, "kimy"),
        ({"budget": {"call_per_month": 1}}, "call_per_month"),
        ({"retention": {"bodies": 0.5}}, "bodies"),
        ({"retention": {"answers": 3}}, "answers"),
    ],
)
def test_mistakes_are_told(part: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        declared(**part)


def test_it_is_applied_written_back_and_left_alone_where_the_file_is_silent(
    engine: sa.Engine, tmp_path: Any
) -> None:
    with writing(engine) as session:
        apply(session, declared(budget=BUDGET, retention={"bodies": 90}), NOW)
        assert [str(each) for each in apply(session, declared(), NOW)] == []
        workspace = workspace_named(session, "w")
        assert workspace.budget["engines"]["kimi"]["money_per_month"] == 1.5
        assert workspace.retention == {"bodies": 90, "pages": 0}
        now = file_of(session, workspace)
        (change,) = apply(session, declared(budget={"calls_per_month": 9}), NOW)
        assert str(change) == "change budget w"
        assert not apply(session, declared(budget={"calls_per_month": 9}), NOW)
    assert "kimi:" in written(now) and "bodies: 90" in written(now)
    path = tmp_path / "w.yaml"
    text = "workspace: {slug: w, timezone: Asia/Shanghai}\nbrands: [{name: Aurora}]\nbudget: {calls_per_month: 4}\n"
    assert "money_per_month: 1.5" in rewritten(path, text, now)


def test_months_are_the_workspaces_and_limits_are_of_the_whole_and_of_each_engine(engine: sa.Engine) -> None:
    with writing(engine) as session:
        apply(session, declared(budget=BUDGET), NOW)
        workspace = workspace_named(session, "w")
        assert month_of(workspace, NOW) == date(2026, 12, 1), "20:00 UTC is tomorrow in Shanghai"
        assert next_month(workspace, NOW).isoformat() == "2027-01-01T00:00:00+08:00"
        asked = take_calls(session, workspace, ["kimi", "qwen", "kimi"], NOW, sandbox=False)
        assert asked == [None] * 3
        add_costs(
            session,
            workspace,
            [("kimi", "CNY", 1.0), ("kimi", "USD", 9.0), ("kimi", None, 1.0)],
            NOW,
            sandbox=False,
        )
        assert take_calls(session, workspace, ["kimi"], NOW, sandbox=False) == [None]
        add_costs(session, workspace, [("kimi", "CNY", 0.5)], NOW, sandbox=False)
        kimi, qwen, last = take_calls(session, workspace, ["kimi", "qwen", "qwen"], NOW, sandbox=False)
        assert kimi and (kimi.engine, str(kimi)) == ("kimi", "1.50 of 1.5 CNY")
        assert qwen is None and last and (last.engine, str(last)) == ("", "5 of 5 calls")
        whole, of_kimi = limits(session, workspace, NOW, sandbox=False)
        assert (whole.calls_used, of_kimi.calls_used, of_kimi.money_used) == (5, 3, 1.5)
        before = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
        assert limits(session, workspace, before, sandbox=False)[0].calls_used == 0


def test_rows_wait_for_the_month_or_for_another_budget(engine: sa.Engine) -> None:
    with writing(engine) as session:
        apply(session, declared(budget=BUDGET), NOW)
        workspace = workspace_named(session, "w")
        session.add_all(
            [Run(id=1, workspace_id=workspace.id), Prompt(id=1, workspace_id=workspace.id, text="?")]
        )
        session.flush()
        own = {"workspace_id": workspace.id, "run_id": 1, "prompt_id": 1, "day": date(2026, 12, 1)}
        session.add_all(Answer(**own, engine=name, key=name) for name in ("kimi", "qwen"))
        session.flush()
        whole, kimi = limits(session, workspace, NOW, sandbox=False)
        assert let_wait(session, workspace, kimi, NOW, sandbox=False) == 1
        assert let_wait(session, workspace, whole, NOW, sandbox=True) == 0
        session.expire_all()
        rows = {row.engine: row for row in session.exec(select(Answer)).all()}
        assert (rows["kimi"].error_kind, rows["kimi"].retry_at) == ("budget", next_month(workspace, NOW))
        assert "budget.engines.kimi" in (rows["kimi"].error or "") and rows["qwen"].retry_at is None
        apply(session, declared(budget={}), NOW)
        session.expire_all()
        assert [(row.status, row.error_kind, row.retry_at) for row in session.exec(select(Answer)).all()] == [
            ("planned", None, None)
        ] * 2
