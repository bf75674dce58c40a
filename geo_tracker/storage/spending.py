"""What a month has used, counted with each request, and whether the workspace's budget allows one more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select, update

from geo_tracker.engines.base import ErrorKind
from geo_tracker.storage.database import insert_adding
from geo_tracker.storage.models import Answer, AnswerStatus, Spending, Workspace

WHOLE = ""
"""Stands for the workspace as a whole where an engine is named."""
Cost = tuple[str, str | None, float | None]
"""Engine, currency and amount, as far as the engine tells."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of a budget and what the month has used of it."""

    engine: str
    """Empty for the workspace as a whole."""
    calls: int
    """0 is no limit."""
    money: float
    """0 is no limit."""
    currency: str
    calls_used: int
    money_used: float
    """In `currency`; what engines report in others is left out, as there is no rate of exchange here."""

    @property
    def calls_left(self) -> int | None:
        """None where there is no limit."""
        return max(0, self.calls - self.calls_used) if self.calls else None

    @property
    def spent(self) -> bool:
        """Whether it allows no further request."""
        return self.calls_left == 0 or bool(self.money and self.money_used >= self.money)

    def __str__(self) -> str:
        calls = f"{self.calls_used:,} of {self.calls:,} calls" if self.calls else ""
        money = f"{self.money_used:.2f} of {self.money:g} {self.currency}" if self.money else ""
        return " and ".join(filter(None, (calls, money)))


def month_of(workspace: Workspace, at: datetime) -> date:
    """The first day of the month that a moment is in, in the workspace's timezone."""
    return at.astimezone(ZoneInfo(workspace.timezone)).date().replace(day=1)


def next_month(workspace: Workspace, at: datetime) -> datetime:
    """When the month after that of a moment begins."""
    first = (month_of(workspace, at) + timedelta(days=32)).replace(day=1)
    return datetime(first.year, first.month, first.day, tzinfo=ZoneInfo(workspace.timezone))


def limits(session: Session, workspace: Workspace, at: datetime, *, sandbox: bool) -> list[Limit]:
    """The limits of a workspace's budget, that of the whole first, with what the month of a moment has used."""
    budget = workspace.budget
    parts = {WHOLE: budget, **budget.get("engines", {})} if budget else {}
    bounding = {name: part for name, part in parts.items() if _bounds(part)}
    if not bounding:
        return []
    used = _used(session, workspace, at, sandbox)
    return [_limit(name, part, *used) for name, part in bounding.items()]


def _bounds(part: Mapping[str, Any]) -> bool:
    return bool(part.get("calls_per_month") or part.get("money_per_month"))


def _used(
    session: Session, workspace: Workspace, at: datetime, sandbox: bool
) -> tuple[Counter[str], dict[tuple[str, str], float]]:
    """Requests by engine, money by engine and currency."""
    mine = (Spending.workspace_id == workspace.id, Spending.month == month_of(workspace, at))
    rows = session.exec(select(Spending).where(*mine, col(Spending.sandbox).is_(sandbox))).all()
    calls: Counter[str] = Counter()
    money: dict[tuple[str, str], float] = {}
    for row in rows:
        for name in (WHOLE, row.engine):
            calls[name] += row.calls
            money[name, row.currency] = money.get((name, row.currency), 0.0) + row.money
    return calls, money


def _limit(
    name: str, part: Mapping[str, Any], calls: Mapping[str, int], money: Mapping[tuple[str, str], float]
) -> Limit:
    currency = part.get("currency", "")
    return Limit(
        name,
        part.get("calls_per_month", 0),
        part.get("money_per_month", 0),
        currency,
        calls.get(name, 0),
        money.get((name, currency), 0.0),
    )


def take_calls(
    session: Session, workspace: Workspace, wanted: Sequence[str], at: datetime, *, sandbox: bool
) -> list[Limit | None]:
    """Count a request for each of these engines, as far as the budget allows; the limit that forbids it, else None.

    All who ask for a workspace take turns here until they have committed, so that no two of them use the same rest.
    Call inside a writing transaction.
    """
    budget = lock_spending(session, workspace)
    found = limits(session, budget, at, sandbox=sandbox)
    taken: Counter[str] = Counter()
    answers: list[Limit | None] = []
    for engine in wanted:
        now = (replace(each, calls_used=each.calls_used + _taken(each, taken)) for each in found)
        barring = next((each for each in now if each.engine in (WHOLE, engine) and each.spent), None)
        answers.append(barring)
        taken[engine] += barring is None
    rows = {(engine, WHOLE): (count, 0.0) for engine, count in taken.items() if count}
    _add(session, budget, at, sandbox, rows)
    return answers


def _taken(limit: Limit, taken: Counter[str]) -> int:
    return taken[limit.engine] if limit.engine else taken.total()


def add_costs(
    session: Session, workspace: Workspace, costs: Iterable[Cost], at: datetime, *, sandbox: bool
) -> None:
    """Count what answers have cost. Call inside the transaction that ends them."""
    rows: dict[tuple[str, str], tuple[int, float]] = {}
    for engine, currency, cost in costs:
        if cost and currency:
            rows[engine, currency] = (0, rows.get((engine, currency), (0, 0.0))[1] + cost)
    if rows:
        _add(session, lock_spending(session, workspace), at, sandbox, rows)


def lock_spending(session: Session, workspace: Workspace) -> Workspace:
    """The workspace as it is now, for this transaction alone to count with."""
    one = select(Workspace).where(Workspace.id == workspace.id).execution_options(populate_existing=True)
    return session.exec(one.with_for_update(key_share=True)).one()


def _add(
    session: Session,
    workspace: Workspace,
    at: datetime,
    sandbox: bool,
    rows: Mapping[tuple[str, str], tuple[int, float]],
) -> None:
    own = {"workspace_id": workspace.id, "month": month_of(workspace, at), "sandbox": sandbox}
    values = [
        {**own, "engine": engine, "currency": currency, "calls": calls, "money": money}
        for (engine, currency), (calls, money) in sorted(rows.items())
    ]
    insert_adding(session, Spending, values, ("calls", "money"))


def over_budget(limit: Limit, workspace: Workspace, at: datetime) -> str:
    """What is told of rows that a budget keeps from being asked."""
    which = f"budget.engines.{limit.engine}" if limit.engine else "budget"
    return (
        f"the budget of {month_of(workspace, at):%Y-%m} is used up ({limit}): "
        f"asked from {next_month(workspace, at):%Y-%m-%d} on, or when {which} of the workspace is raised"
    )


def let_wait(session: Session, workspace: Workspace, limit: Limit, at: datetime, *, sandbox: bool) -> int:
    """Have the planned rows that a used-up limit is about wait for the next month; returns how many."""
    waiting = (*_planned(workspace), col(Answer.sandbox).is_(sandbox), col(Answer.claimed_until).is_(None))
    of_engine = (col(Answer.engine) == limit.engine,) if limit.engine else ()
    told = {"error_kind": ErrorKind.BUDGET, "error": over_budget(limit, workspace, at)[:500]}
    until = next_month(workspace, at)
    done = session.exec(update(Answer).where(*waiting, *of_engine).values(**told, retry_at=until))
    return int(done.rowcount)


def ask_what_waited(session: Session, workspace: Workspace) -> None:
    """Let rows that wait for the next month be asked at once: the budget is another one."""
    waiting = (*_planned(workspace), col(Answer.error_kind) == ErrorKind.BUDGET)
    session.exec(update(Answer).where(*waiting).values(retry_at=None, error_kind=None, error=None))


def _planned(workspace: Workspace) -> tuple[Any, ...]:
    return (Answer.workspace_id == workspace.id, col(Answer.status) == AnswerStatus.PLANNED)
