"""Panels and workspaces that have used up the budget of the month, or nearly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from geo_tracker.collect.plan import Spent, spent
from geo_tracker.signals.findings import Finding
from geo_tracker.signals.history import History
from geo_tracker.storage.models import Answer, Panel, Run
from geo_tracker.storage.spending import Limit, limits, month_of

NEAR = 0.9
"""Of a limit: the tenth that is left is three days of a month of daily passes, time to raise it or to ask less."""


def stopped(history: History) -> Iterator[Finding]:
    """Panels whose next pass does not fit into what is left of the month of the last day; used-up workspaces."""
    return (found for found, fits in _bounded(history) if not fits)


def nearly_used(history: History) -> Iterator[Finding]:
    """Panels and workspaces that are near a limit, with room for another pass or request."""
    return (found for found, fits in _bounded(history) if fits and (found.after or 0.0) >= NEAR)


def _bounded(history: History) -> list[tuple[Finding, bool]]:
    """What each panel with a budget has used, and whether a pass as large as its newest fits into the rest; of each
    limit of the workspace, whether it allows another request.
    """
    return history.once("budgets", lambda: list(_read(history)))


def _read(history: History) -> Iterator[tuple[Finding, bool]]:
    if history.last is None:
        return
    noon = datetime.combine(history.last, time(12), ZoneInfo(history.workspace.timezone))
    for limit in _limits_of_workspace(history, noon):
        yield _of_workspace(limit, month_of(history.workspace, noon), history.last), not limit.spent
    for panel in _panels(history):
        used = spent(history.session, history.workspace, panel, noon)
        if shares := [*_shares(_limits(panel), used)]:
            found = _finding(panel, used, max(shares), history.last)
            yield found, _fits(history.session, panel, used)


def _limits_of_workspace(history: History, at: datetime) -> list[Limit]:
    if not history.workspace.budget:  # most have none: nothing is read for them
        return []
    sandbox = history.of_sandbox(history.session)
    return limits(history.session, history.workspace, at, sandbox=sandbox)


def _panels(history: History) -> Iterator[Panel]:
    mine = select(Panel).where(Panel.workspace_id == history.workspace.id, col(Panel.archived_at).is_(None))
    for panel in history.session.exec(mine.order_by(col(Panel.id))):
        if not panel.paused:
            yield panel


def _of_workspace(limit: Limit, month: date, last: date) -> Finding:
    """What is used of a limit of the whole workspace, or of one engine in it."""
    used = Spent(month, limit.calls_used, limit.money_used)
    share = max(_shares((limit.calls, limit.money), used))
    about = _about((limit.calls, limit.money), limit.currency, used)
    return Finding(days=(month, last), engine=limit.engine, about=about, after=share, n=used.calls)


def _limits(panel: Panel) -> tuple[int, float]:
    return panel.budget.get("calls_per_month", 0), panel.budget.get("money_per_month", 0)


def _shares(bounds: tuple[int, float], used: Spent) -> Iterator[float]:
    calls, money = bounds
    if calls:
        yield used.calls / calls
    if money:
        yield used.money / money


def _fits(session: Session, panel: Panel, used: Spent) -> bool:
    calls, money = _limits(panel)
    newest = select(func.max(Run.id)).where(Run.panel_id == panel.id).scalar_subquery()
    size = int(session.exec(select(func.count(col(Answer.id))).where(Answer.run_id == newest)).one())
    return not (calls and used.calls + size > calls) and not (money and used.money >= money)


def _finding(panel: Panel, used: Spent, share: float, last: date) -> Finding:
    about = _about(_limits(panel), panel.budget.get("currency", ""), used)
    return Finding(days=(used.month, last), what=panel.name, about=about, after=share, n=used.calls)


def _about(bounds: tuple[int, float], currency: str, used: Spent) -> dict[str, Any]:
    calls, money = bounds
    return {
        **{"month": f"{used.month:%Y-%m}", "calls": used.calls, "calls_limit": calls},
        **{"money": used.money, "money_limit": money, "currency": currency},
    }
