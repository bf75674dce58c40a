"""What a signal says, in a sentence that is no surer than its numbers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from geo_tracker.i18n import Translate
from geo_tracker.signals.kinds import KINDS
from geo_tracker.storage.models import Signal
from geo_tracker.words.movements import moved_text
from geo_tracker.words.names import engine_text, surface_text
from geo_tracker.words.values import difference_text, value_text

MOST_CHARACTERS = 160
"""Of a name, address or model: answers and pages wrote it."""
RATE, COVERAGE = "mention_rate", "coverage"
BUDGETS = ("stopped", "budget")
BRANDS = 5


def sentence(of: Signal, t: Translate) -> str:
    """The whole sentence, with what it rests on; sandbox data say so first."""
    said = t(f"signal.says.{_template(of)}", **_values(of, t))
    return t("signal.sandbox", said=said) if of.sandbox else said


def kind_text(name: str, t: Translate) -> str:
    """A kind as people call it; its name where a newer version made it."""
    return t(f"signal.kind.{name}") if name in KINDS else name


def _template(of: Signal) -> str:
    kind = KINDS.get(of.kind)
    if kind is None:
        return "unknown"
    if of.kind in BUDGETS and not of.what:  # of no panel but of the workspace
        return f"{of.kind}_limit"
    return kind.says or kind.name


def _values(of: Signal, t: Translate) -> dict[str, str]:
    metric = of.metric or RATE
    return {
        "where": _where(of, t),
        "engine": engine_text(of.engine) if of.engine else t("signal.all_engines"),
        "brand": of.brand,
        "what": plain(of.what),
        "moved": _moved(of, t),
        "basis": _basis(of, t),
        "kind": of.kind,
        "n": f"{of.n:,}",
        "day": t("dashboard.day", day=of.end),
        "days": _days(of.start, of.end, t),
        "last": t("dashboard.day", day=of.before_end) if of.before_end else t("number.none"),
        "used": _used(of, t),
        "until": _until(of, t),
        "before": value_text(metric, of.before, t),
        "after": value_text(metric, of.after, t),
        **{name: _told(name, of.about.get(name), t) for name in _TOLD},
    }


def _until(of: Signal, t: Translate) -> str:
    """When an engine's rest ends."""
    if until := of.about.get("until"):
        return t("dashboard.time", at=datetime.fromisoformat(until), zone=of.about["zone"])
    return ""


def _used(of: Signal, t: Translate) -> str:
    """What is used of a budget."""
    about, used = of.about, []
    if about.get("calls_limit"):
        calls = {"used": f"{about['calls']:,}", "limit": f"{about['calls_limit']:,}"}
        used.append(t("signal.budget.calls", **calls))
    if about.get("money_limit"):
        money = {"used": f"{about['money']:,.2f}", "limit": f"{about['money_limit']:,.2f}"}
        used.append(t("signal.budget.money", currency=about.get("currency", ""), **money))
    return t("text.comma").join(used)


_TOLD = (
    *("planned", "answers", "own_before", "own_after", "pages", "domains", "brands", "since", "earlier"),
    *("month", "failures", "cause"),
)
"""What kinds keep about themselves and sentences name."""


def _told(name: str, value: Any, t: Translate) -> str:
    """One of the things that a kind keeps about itself."""
    if name in ("own_before", "own_after"):
        return value_text(RATE, value, t)
    if name == "since" and value:
        return t("dashboard.day", day=date.fromisoformat(value))
    if name == "month" and value:
        return t("doc.month", day=date.fromisoformat(f"{value}-01"))
    if name == "domains":
        return str(len(value or ()))
    if name == "brands":
        return t("text.comma").join([*value][:BRANDS]) if value else t("number.none")
    return plain(f"{value:,}" if isinstance(value, int) else str(value or ""))


def plain(text: str) -> str:
    """Foreign words on one line and not too long."""
    line = " ".join(text.split())
    return line if len(line) <= MOST_CHARACTERS else f"{line[: MOST_CHARACTERS - 1]}…"


def _where(of: Signal, t: Translate) -> str:
    engine = engine_text(of.engine) if of.engine else t("signal.all_engines")
    return t("signal.where", engine=engine, surface=surface_text(of.surface, t))


def _moved(of: Signal, t: Translate) -> str:
    if _template(of) != "moved":
        return ""
    label = t("doc.figure_of", figure=t(f"metric.{of.metric}.label"), brand=of.brand)
    return moved_text(of.metric, label, (of.before, of.after, of.value), of.verdict, t)


def _basis(of: Signal, t: Translate) -> str:
    """Windows, sample, interval and coverage."""
    if of.before_start is None or of.before_end is None:
        return ""
    metric = of.metric or RATE
    return t(
        "signal.basis",
        days=_days(of.start, of.end, t),
        before=_days(of.before_start, of.before_end, t),
        n=f"{of.n:,}",
        low=difference_text(metric, of.low, t),
        high=difference_text(metric, of.high, t),
        coverage=value_text(COVERAGE, of.coverage, t),
    )


def _days(first: Any, last: Any, t: Translate) -> str:
    if first == last:
        return t("dashboard.day", day=last)
    return t("report.period", first=t("dashboard.day", day=first), last=t("dashboard.day", day=last))
