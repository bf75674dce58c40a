"""What asking costs, from rows: reported costs, list prices, unknown ones told; the coming month before it starts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from geo_tracker.errors import UsageError
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.planner import read_month, read_plan, unit_costs
from geo_tracker.storage.database import reading, workspace_named
from geo_tracker.storage.models import Answer, AnswerStatus, Panel, Prompt, Run, SearchQuery
from geo_tracker.workspaces.panels import active_prompts
from tests.support.daily_rows import DAY, Cell, database

NOW = datetime(2026, 1, 31, 20, tzinfo=UTC)  # already February in Shanghai


def stored(costs: dict[str, list[tuple[float | None, str | None]]], searches: int = 3) -> sa.Engine:
    """Eight prompts, two engines, 20 days; one answer for each cost."""
    cells = [
        Cell(prompt, 4, (prompt % 4, 0, 0), engine, "api", DAY + timedelta(days=day))
        for day in range(20)
        for prompt in range(2, 8)
        for engine in ("openai", "kimi")
    ]
    engine = database(cells)
    with Session(engine) as session:
        run = Run(workspace_id=1, label="import")
        session.add(run)
        session.flush()
        prompt = session.exec(select(Prompt)).first()
        assert prompt is not None
        for name, of in costs.items():
            for at, (cost, currency) in enumerate(of):
                answer = Answer(
                    **{
                        "workspace_id": 1,
                        "run_id": run.id,
                        "prompt_id": prompt.id,
                        "engine": name,
                        "day": DAY,
                    },
                    **{
                        "key": f"{name}{at}",
                        "status": AnswerStatus.CAPTURED,
                        "cost": cost,
                        "currency": currency,
                    },
                )
                session.add(answer)
                session.flush()
                for position in range(searches):
                    session.add(SearchQuery(answer_id=answer.id, position=position, text="?"))
        for each in session.exec(select(Prompt)):
            each.declared = True
            session.add(each)
        session.commit()
    return engine


def panel(engine: sa.Engine, **values: Any) -> None:
    with Session(engine) as session:
        session.add(Panel(**{"workspace_id": 1, "name": "daily", "engines": ["openai", "kimi"], **values}))
        session.commit()


def test_costs_are_reported_ones_else_list_prices_else_unknown() -> None:
    engine = stored(
        {"perplexity": [(0.01, "USD"), (0.03, "USD")], "openai": [(None, None)], "kimi": [(None, None)]}
    )
    with reading(engine) as session:
        found = unit_costs(session, workspace_named(session, "demo"), ("perplexity", "openai", "kimi"))
    assert (found["perplexity"].amount, found["perplexity"].basis) == (pytest.approx(0.02), "reported")
    assert found["openai"].amount == pytest.approx(3 * 10 / 1000)  # three searches at the list price
    assert "kimi" not in found


def test_an_engine_that_reports_two_currencies_has_no_price() -> None:
    engine = stored({"kimi": [(0.01, "USD"), (0.03, "CNY")]})
    with reading(engine) as session:
        assert unit_costs(session, workspace_named(session, "demo"), ("kimi",)) == {}


def test_a_plan_from_rows_says_what_it_costs_and_what_it_does_not_know() -> None:
    engine = stored({"openai": [(0.02, "USD")], "kimi": [(None, None)]})
    panel(engine, repeats=2)
    with reading(engine) as session:
        found = read_plan(session, Selection("demo"), "mention_rate", None, 0.05, 0.8)
    first = found.designs[0]
    assert first.design.present and first.design.repeats == 2
    assert first.design.answers == first.design.prompts * 2 * 2 * first.design.days
    record = first.record()
    assert (record["cost"], record["currency"], record["unpriced"]) == (None, None, ["kimi"])
    assert record["costs"]["USD"] == pytest.approx(0.02 * first.design.answers / 2)
    with reading(engine) as session:
        only = read_plan(session, Selection("demo").only(engine=["openai"]), "mention_rate", None, 0.05, 0.8)
    amount, currency = only.designs[0].cost.total
    assert (amount, currency) == (pytest.approx(0.02 * only.designs[0].design.answers), "USD")


def test_nothing_to_plan_from() -> None:
    with (
        reading(database([Cell(2, 1, (1, 0, 0))])) as session,
        pytest.raises(UsageError, match="nothing to plan"),
    ):
        read_plan(session, Selection("demo"), "mention_rate", None, 0.05, 0.8)


def test_the_coming_month_is_priced_before_it_starts() -> None:
    engine = stored({"openai": [(0.02, "USD")], "kimi": [(0.01, "USD")]})
    panel(
        engine,
        repeats=2,
        cron="0 6 * * *",
        budget={"calls_per_month": 700, "money_per_month": 5, "currency": "USD"},
    )
    with reading(engine) as session:
        (month,) = read_month(session, "demo", NOW)
        prompts = len(active_prompts(session, workspace_named(session, "demo")))
    assert (month.month, month.passes) == ("2026-03", 31)  # where the workspace is, February has begun
    assert month.calls == 31 * prompts * 2 * 2
    assert month.cost is not None and month.cost.total == (pytest.approx(31 * prompts * 2 * 0.03), "USD")
    assert month.over is True


def test_a_panel_without_a_cron_or_a_budget_promises_nothing() -> None:
    engine = stored({})
    panel(engine)
    with reading(engine) as session:
        (month,) = read_month(session, "demo", NOW)
    assert (month.passes, month.calls, month.record()["cost"], month.over) == (None, None, None, None)
