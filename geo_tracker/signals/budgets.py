"""Panels that have used up the budget of the month, or nearly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from geo_tracker.collect.plan import Spent, spent
from geo_tracker.signals.findings import Finding
from geo_tracker.signals.history import History
from geo_tracker.storage.models import Answer, Panel, Run

NEAR = 0.9
"""Of a limit: the tenth that is left is three days of a month of daily passes, time to raise it or to ask less."""


def stopped(history: History) -> Iterator[Finding]:
    """Panels whose next pass does not fit into what is left of the month of the last day."""
    return (found for found, fits in _bounded(history) if not fits)


def nearly_used(history: History) -> Iterator[Finding]:
    """Panels that are near a limit, with room for another pass."""
    return (found for found, fits in _bounded(history) if fits and (found.after or 0.0) >= NEAR)


def _bounded(history: History) -> list[tuple[Finding, bool]]:
    """What each panel with a budget has used, and whether a pass as large as its newest fits into the rest."""
    return history.once("budgets", lambda: list(_read(history)))


def _read(history: History) -> Iterator[tuple[Finding, bool]]:
    if history.last is None:
        return
    noon = datetime.combine(history.last, time(12), ZoneInfo(history.workspace.timezone))
    for panel in _panels(history):
        used = spent(history.session, history.workspace, panel, noon)
        if shares := [*_shares(panel, used)]:
            found = _finding(panel, used, max(shares), history.last)
            yield found, _fits(history.session, panel, used)


def _panels(history: History) -> Iterator[Panel]:
    mine = select(Panel).where(Panel.workspace_id == history.workspace.id, col(Panel.archived_at).is_(None))
    for panel in history.session.exec(mine.order_by(col(Panel.id))):
        if not panel.paused:
            yield panel


def _limits(panel: Panel) -> tuple[int, float]:
    return panel.budget.get("calls_per_month", 0), panel.budget.get("money_per_month", 0)


def _shares(panel: Panel, used: Spent) -> Iterator[float]:
    calls, money = _limits(panel)
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
    calls, money = _limits(panel)
    about = {
        **{"month": f"{used.month:%Y-%m}", "calls": used.calls, "calls_limit": calls},
        **{"money": used.money, "money_limit": money, "currency": panel.budget.get("currency", "")},
    }
    return Finding(days=(used.month, last), what=panel.name, about=about, after=share, n=used.calls)
