"""What it takes to tell a change, and what asking costs, from a workspace's own history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from cronsim import CronSim
from sqlmodel import Session, col, func

from geo_tracker.engines.prices import price_table
from geo_tracker.errors import UsageError
from geo_tracker.metrics.planner import Design, Noise, designs, noise, prompts_across
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.facts import read_choices, read_facts
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Answer, AnswerStatus, Panel, SearchQuery, Workspace
from geo_tracker.workspaces.days import day_of
from geo_tracker.workspaces.panels import active_prompts, panels_of

HISTORY = 28
"""Days that variances and costs are taken from: METRICS' planner."""
Basis = Literal["reported", "list price of searches"]


@dataclass(frozen=True, slots=True)
class UnitCost:
    """What one answer of an engine costs."""

    amount: float
    currency: str
    basis: Basis
    """As the engine reported, or by list price: without tokens, hence a lower bound."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What some answers cost: a sum for each currency, and the engines whose price is not known."""

    amounts: dict[str, float]
    unpriced: tuple[str, ...]
    lower_bound: bool
    """Whether a list price without tokens is part of it."""

    @property
    def total(self) -> tuple[float | None, str | None]:
        """The one sum, where all is known and in one currency."""
        if self.unpriced or len(self.amounts) != 1:
            return None, None
        ((currency, amount),) = self.amounts.items()
        return amount, currency

    def record(self) -> dict[str, Any]:
        amount, currency = self.total
        return {
            "cost": amount,
            "currency": currency,
            "costs": self.amounts,
            "unpriced": list(self.unpriced),
            "lower_bound": self.lower_bound,
        }


@dataclass(frozen=True, slots=True)
class PricedDesign:
    """A design that can tell a change with what one of its windows costs."""

    design: Design
    across: int | None
    """Prompts that it takes to tell it across prompts as well."""
    cost: Cost

    def record(self) -> dict[str, Any]:
        """As one JSON object; the fields are those of `geo-tracker plan --detect`."""
        of = self.design
        asked = {"prompts": of.prompts, "repeats": of.repeats, "days": of.days, "answers": of.answers}
        return {**asked, **self.cost.record(), "present": of.present, "prompts_across": self.across}


@dataclass(frozen=True, slots=True)
class Plan:
    """How a change of some points can be told."""

    metric: str
    brand: str
    points: float
    power: float
    noise: Noise
    engines: tuple[str, ...]
    designs: tuple[PricedDesign, ...]
    sandbox: bool


@dataclass(frozen=True, slots=True)
class Month:
    """What a panel asks in a month; None where it has no cron."""

    panel: str
    month: str
    passes: int | None
    calls: int | None
    cost: Cost | None
    calls_allowed: int | None
    money_allowed: float | None
    money_currency: str

    @property
    def over(self) -> bool | None:
        """Whether it exceeds its budget; None where it has none, or what it costs is not known."""
        verdicts: list[bool | None] = []
        if self.calls_allowed and self.calls is not None:
            verdicts.append(self.calls > self.calls_allowed)
        if self.money_allowed and self.cost is not None:
            spent = self.cost.amounts.get(self.money_currency, 0.0)
            verdicts.append(True if spent > self.money_allowed else None if self.cost.unpriced else False)
        return True if True in verdicts else None if not verdicts or None in verdicts else False

    def record(self) -> dict[str, Any]:
        """As one JSON object; the fields are those of `geo-tracker plan`."""
        asked = {"panel": self.panel, "month": self.month, "passes": self.passes, "calls": self.calls}
        cost = self.cost or Cost({}, (), lower_bound=False)
        return {**asked, **cost.record(), "over_budget": self.over}


def read_plan(
    session: Session, selection: Selection, metric: str, brand: str | None, points: float, power: float
) -> Plan:
    """Ways to tell a change, from the last days of the selection; raises `UsageError` where those say nothing."""
    workspace = workspace_named(session, selection.workspace)
    recent = _recent(session, selection)
    facts = read_facts(session, recent, (), (metric,))
    who = brand or (facts.own.name if facts.own else None)
    found = noise(facts, metric, who)
    if found is None or who is None:
        raise UsageError(
            "nothing to plan from: it takes answers of two days or more, and prompts that were asked more than once"
        )
    repeats = _repeats(session, workspace)
    engines = facts.values("engine")
    costs = unit_costs(session, workspace, engines)
    across = prompts_across(found, points, power)
    each = tuple(
        PricedDesign(
            design,
            across,
            cost_of(dict.fromkeys(engines, design.prompts * design.repeats * design.days), costs),
        )
        for design in designs(found, points, power, found.prompts, repeats)
    )
    return Plan(metric, who, points, power, found, engines, each, facts.sandbox)


def _recent(session: Session, selection: Selection) -> Selection:
    """The selection, its last days where it names none."""
    if selection.start:
        return selection
    last = selection.end or read_choices(session, selection.workspace).last
    start = last - timedelta(days=HISTORY - 1) if last else None
    return Selection(selection.workspace, start, last, selection.chosen, selection.branded)


def _repeats(session: Session, workspace: Workspace) -> int:
    """How often the panels put a prompt to an engine in a pass; 1 where there is none."""
    return max((panel.repeats for panel in _panels(session, workspace)), default=1)


def _panels(session: Session, workspace: Workspace) -> list[Panel]:
    try:
        return panels_of(session, workspace)
    except UsageError:
        return []


def cost_of(calls: dict[str, int], costs: dict[str, UnitCost]) -> Cost:
    """What so many answers of each engine cost."""
    amounts: dict[str, float] = {}
    for engine, count in calls.items():
        if engine in costs:
            unit = costs[engine]
            amounts[unit.currency] = amounts.get(unit.currency, 0.0) + count * unit.amount
    listed = any(costs[engine].basis != "reported" for engine in calls if engine in costs)
    return Cost(amounts, tuple(sorted({*calls} - {*costs})), lower_bound=listed)


def unit_costs(session: Session, workspace: Workspace, engines: Iterable[str]) -> dict[str, UnitCost]:
    """What an answer of each engine cost on average in the last days, else by list price; unknown ones are missing."""
    wanted = [*engines]
    reported = dict(_reported(session, workspace, wanted))
    listed = dict(_listed(session, workspace, [each for each in wanted if each not in reported]))
    return {**listed, **reported}


def _lately(session: Session, workspace: Workspace, engines: Sequence[str]) -> Iterator[Any]:
    """Valid answers of these engines in the last days with answers."""
    last = read_choices(session, workspace.slug).last
    yield col(Answer.workspace_id) == workspace.id
    yield col(Answer.engine).in_(engines)
    yield col(Answer.status) == AnswerStatus.CAPTURED
    if last:
        yield col(Answer.day) > last - timedelta(days=HISTORY)


def _reported(
    session: Session, workspace: Workspace, engines: Sequence[str]
) -> Iterator[tuple[str, UnitCost]]:
    keys: list[Any] = [col(Answer.engine), col(Answer.currency)]
    mean = sa.select(*keys, func.avg(Answer.cost)).where(
        *_lately(session, workspace, engines),
        col(Answer.cost).is_not(None),
        col(Answer.currency).is_not(None),
    )
    rows = session.connection().execute(mean.group_by(*keys)).all()
    often = Counter(row[0] for row in rows)
    for row in rows:
        if often[row[0]] == 1:  # in two currencies nothing can be said without a rate of exchange
            yield row[0], UnitCost(float(row[2]), row[1], "reported")


def _listed(session: Session, workspace: Workspace, engines: Sequence[str]) -> Iterator[tuple[str, UnitCost]]:
    priced = {name: row for name, row in price_table()["engines"].items() if name in engines}
    if not priced:
        return
    searched = sa.select(func.count()).where(col(SearchQuery.answer_id) == col(Answer.id)).scalar_subquery()
    counted = sa.select(col(Answer.engine), func.avg(searched)).where(*_lately(session, workspace, [*priced]))
    found = session.connection().execute(counted.group_by(col(Answer.engine))).all()
    searches = {engine: float(mean) for engine, mean in found}
    for name, row in priced.items():
        # An engine that does not say how often it searched is taken to search once.
        amount = max(searches.get(name, 0.0), 1.0) * row["per_1000_searches"] / 1000
        yield name, UnitCost(amount, row["currency"], "list price of searches")


def read_month(session: Session, slug: str, now: datetime) -> list[Month]:
    """What each panel asks in the coming month where the workspace is, before it starts."""
    workspace = workspace_named(session, slug)
    first = (day_of(now, workspace).replace(day=1) + timedelta(days=32)).replace(day=1)
    prompts = len(active_prompts(session, workspace))
    return [_month(session, workspace, panel, prompts, first) for panel in _panels(session, workspace)]


def _month(session: Session, workspace: Workspace, panel: Panel, prompts: int, first: date) -> Month:
    passes = _passes(panel, workspace, first)
    each = prompts * panel.repeats
    allowed = panel.budget
    asked = None if passes is None else dict.fromkeys(panel.engines, passes * each)
    return Month(
        panel=panel.name,
        month=f"{first:%Y-%m}",
        passes=passes,
        calls=None if asked is None else sum(asked.values()),
        cost=None if asked is None else cost_of(asked, unit_costs(session, workspace, panel.engines)),
        calls_allowed=allowed.get("calls_per_month"),
        money_allowed=allowed.get("money_per_month"),
        money_currency=allowed.get("currency", ""),
    )


def _passes(panel: Panel, workspace: Workspace, first: date) -> int | None:
    """How often the cron makes the panel due in the month; None without one."""
    if not panel.cron:
        return None
    zone = ZoneInfo(workspace.timezone)
    start = datetime(first.year, first.month, 1, tzinfo=zone)
    end = (first + timedelta(days=32)).replace(day=1)
    count = 0
    for due in CronSim(panel.cron, start - timedelta(minutes=1)):
        if due.date() >= end:
            break
        count += 1
    return count
