"""From a panel to planned answers: what is due, what the budget allows, and the rows that say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from cronsim import CronSim
from sqlmodel import Session, col, func, select, update

from geo_tracker.engines import engine_named
from geo_tracker.engines.base import ErrorKind
from geo_tracker.errors import UsageError
from geo_tracker.storage.database import insert_new
from geo_tracker.storage.journal import LOCAL, note
from geo_tracker.storage.models import Answer, AnswerStatus, Panel, Prompt, Run, Workspace
from geo_tracker.workspaces.panels import active_prompts, panels_of

GRACE = timedelta(hours=6)
"""How late a due pass may still be asked: crontabs tick, machines restart."""


UNSENT = (ErrorKind.NO_KEY, ErrorKind.NOT_RUN)
"""Why an answer was planned and never sent: it costs nothing, and coverage counts it."""


class OverBudget(UsageError):
    """The panel's budget for the month does not allow another run."""


def last_due(panel: Panel, workspace: Workspace, now: datetime) -> datetime | None:
    """The newest time, not after now, at which the cron makes the panel due; None without a cron."""
    if not panel.cron:
        return None
    # CronSim gives what lies before a moment: the minute that has begun is due, the next is not.
    begun = now.replace(second=0, microsecond=0)
    local = (begun + timedelta(minutes=1)).astimezone(ZoneInfo(workspace.timezone))
    # In the hour that comes twice a cron looks back from its first time round as well, which CronSim forgets.
    looks = [local, local.replace(minute=59, second=59, fold=0)] if local.fold else [local]
    return max(next(CronSim(panel.cron, look, reverse=True)).astimezone(now.tzinfo) for look in looks)


def due_now(panel: Panel, workspace: Workspace, now: datetime) -> datetime | None:
    """The newest due time, if it is at most `GRACE` ago and the panel is not paused.

    What was missed before that is not made up for: an answer of today says nothing about yesterday.
    """
    due = None if panel.paused else last_due(panel, workspace, now)
    return due if due and now - due <= GRACE else None


def next_due(panel: Panel, workspace: Workspace, now: datetime) -> datetime | None:
    """The next time at which the cron makes the panel due; None without a cron and while it is paused."""
    if not panel.cron or panel.paused:
        return None
    local = now.astimezone(ZoneInfo(workspace.timezone))
    return next(CronSim(panel.cron, local)).astimezone(now.tzinfo)


def pause(
    session: Session, workspace: Workspace, name: str, now: datetime, *, paused: bool, who: str = LOCAL
) -> Panel:
    """Let a panel rest, or go on: passes that fall in the rest are not missed. Call inside a writing transaction."""
    (panel,) = panels_of(session, workspace, name)
    if panel.paused != paused:
        setattr(panel, "paused_at" if paused else "resumed_at", now)
        session.add(panel)
        note(session, workspace, who, now, "run", "pause" if paused else "go on", panel.name)
    return panel


def ask_again(session: Session, workspace: Workspace, run_id: int, now: datetime, *, who: str = LOCAL) -> int:
    """Plan the failed answers of a panel's run of today again; returns how many. Call inside a writing transaction.

    Raises `UsageError` for a run of another day, as an answer of today says nothing about yesterday, and `OverBudget`
    where the month's money is spent.
    """
    run = session.get(Run, run_id)
    panel = session.get(Panel, run.panel_id) if run and run.panel_id else None
    if run is None or panel is None or run.due_at is None or run.workspace_id != workspace.id:
        raise UsageError(
            f"run {run_id} of workspace {workspace.slug} is none of a panel's: nothing to ask again"
        )
    zone = ZoneInfo(workspace.timezone)
    if run.due_at.astimezone(zone).date() != now.astimezone(zone).date():
        raise UsageError(
            f"run {run_id} is of another day: today's answers say nothing about it, start a new run"
        )
    _check_budget(session, workspace, panel, run.due_at, 0)
    mine = (col(Answer.run_id) == run.id, col(Answer.status) == AnswerStatus.FAILED)
    fresh = {"status": AnswerStatus.PLANNED, "error_kind": None, "error": None, "retry_at": None}
    done = session.exec(
        update(Answer).where(*mine).values(**fresh, claimed_by=None, claimed_until=None, attempts=0)
    )
    key = f"#{run.id} {panel.name}"
    note(session, workspace, who, now, "run", "ask again", key, after=int(done.rowcount))
    return int(done.rowcount)


def plan_run(
    session: Session,
    workspace: Workspace,
    panel: Panel,
    due_at: datetime,
    *,
    engines: Sequence[str],
    sandbox: bool,
    unready: Mapping[str, str] = MappingProxyType({}),
) -> int:
    """Write the planned answers of one pass of a panel; returns how many are new (0 if it was planned before).

    `engines` are those of the panel that can be asked now; the others, `unready` with the reason, are planned and
    failed, so that coverage counts them, and are asked by a later run of the pass once they can. Raises `OverBudget`
    if the calls or money of the month would be exceeded. Call inside a writing transaction.
    """
    run, rows = rows_of_pass(session, workspace, panel, due_at, (*engines, *unready), sandbox=sandbox)
    if not rows:
        raise UsageError(f"workspace {workspace.slug} has no prompts to ask: add 'prompts:' to its file")
    _take_up(session, run, engines)
    known = set(session.exec(select(Answer.key).where(Answer.run_id == run.id)).all())
    new = [row for row in rows if row["key"] not in known]
    asked = [row for row in new if row["engine"] not in unready]
    if asked:
        _check_budget(session, workspace, panel, due_at, len(asked))
    lacking = [row for row in new if row["engine"] in unready]
    insert_new(
        session,
        Answer,
        [{**row, **unsent(ErrorKind.NO_KEY, unready[str(row["engine"])])} for row in lacking],
    )
    return insert_new(session, Answer, asked)


def rows_of_pass(
    session: Session,
    workspace: Workspace,
    panel: Panel,
    due_at: datetime,
    engines: Sequence[str],
    *,
    sandbox: bool,
) -> tuple[Run, list[dict[str, object]]]:
    """The run of a pass, made where it is new, and the values of all its answers."""
    insert_new(session, Run, [_run_values(workspace, panel, due_at, sandbox)])
    run = session.exec(select(Run).where(Run.panel_id == panel.id, Run.due_at == due_at)).one()
    day = due_at.astimezone(ZoneInfo(workspace.timezone)).date()
    return run, [
        _answer_values(workspace, run, day, prompt, engine, repeat)
        for prompt in active_prompts(session, workspace)
        for engine in engines
        for repeat in range(1, panel.repeats + 1)
    ]


def unsent(kind: ErrorKind, reason: str) -> dict[str, object]:
    """What an answer has that was planned and never sent."""
    return {"status": AnswerStatus.FAILED, "error_kind": kind, "error": reason}


def _take_up(session: Session, run: Run, engines: Sequence[str]) -> None:
    """Plan again what failed for want of a key that is there now."""
    mine = (col(Answer.run_id) == run.id, col(Answer.engine).in_(engines))
    lacking = update(Answer).where(*mine, col(Answer.error_kind) == ErrorKind.NO_KEY)
    session.exec(lacking.values(status=AnswerStatus.PLANNED, error_kind=None, error=None))


class Placed(Protocol):
    """A prompt, of a file or of the database."""

    country: str


def place_note(prompts: Iterable[Placed], engines: Sequence[str]) -> str | None:
    """Which engines cannot be told the countries that prompts are to be asked from; None if all can."""
    countries = sorted({prompt.country for prompt in prompts if prompt.country})
    without = [name for name in engines if "country" not in engine_named(name).locale]
    if not countries or not without:
        return None
    return (
        f"country {', '.join(countries)} is not supported by {', '.join(without)}: "
        "asked without it, in the prompt's own words"
    )


def _run_values(workspace: Workspace, panel: Panel, due_at: datetime, sandbox: bool) -> dict[str, object]:
    return {"workspace_id": workspace.id, "panel_id": panel.id, "due_at": due_at, "sandbox": sandbox}


def _answer_values(
    workspace: Workspace, run: Run, day: date, prompt: Prompt, engine: str, repeat: int
) -> dict[str, object]:
    return {
        "workspace_id": workspace.id,
        "run_id": run.id,
        "prompt_id": prompt.id,
        "engine": engine,
        "surface": engine_named(engine).surface,
        "repeat": repeat,
        "key": f"{run.id}:{prompt.id}:{engine}:{repeat}",
        "sandbox": run.sandbox,
        "day": day,
    }


class Spent(NamedTuple):
    """What a panel has used of a month."""

    month: date
    calls: int
    money: float
    """In the budget's currency, as far as engines report cost in it."""


def spent(session: Session, workspace: Workspace, panel: Panel, at: datetime) -> Spent:
    """What a panel has used of the month of a moment, in the workspace's timezone."""
    month = at.astimezone(ZoneInfo(workspace.timezone)).date().replace(day=1)
    after = (month + timedelta(days=32)).replace(day=1)
    of_panel = sa.and_(
        col(Answer.run_id).in_(select(Run.id).where(Run.panel_id == panel.id)),
        col(Answer.day) >= month,
        col(Answer.day) < after,
    )
    sent = func.coalesce(Answer.error_kind, "").not_in(UNSENT)
    asked = session.exec(select(func.count(col(Answer.id))).where(of_panel, sent)).one()
    # Costs in other currencies are left out: there is no rate of exchange here, and a sum over several means nothing.
    currency = panel.budget.get("currency", "")
    costs = select(func.coalesce(func.sum(Answer.cost), 0.0)).where(of_panel, Answer.currency == currency)
    return Spent(month, int(asked), float(session.exec(costs).one() or 0.0))


def _check_budget(session: Session, workspace: Workspace, panel: Panel, due_at: datetime, calls: int) -> None:
    month, asked, money_spent = spent(session, workspace, panel, due_at)
    limit, money = panel.budget.get("calls_per_month", 0), panel.budget.get("money_per_month", 0)
    currency = panel.budget.get("currency", "")
    if limit and asked + calls > limit:
        raise OverBudget(
            f"panel {panel.name}: {calls} more calls would exceed the budget of {limit} for {month:%Y-%m} "
            f"({asked} planned so far): raise budget.calls_per_month or ask less"
        )
    if money and money_spent >= money:
        raise OverBudget(
            f"panel {panel.name}: {money_spent:.2f} of {money} {currency} for {month:%Y-%m} "
            f"is spent, as far as engines report cost in {currency}: raise budget.money_per_month"
        )
