"""How numbers read, on screens and on paper."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from geo_tracker.engines import engines
from geo_tracker.i18n import Translate
from geo_tracker.metrics.definitions import METRICS
from geo_tracker.metrics.grades import Grade, Lack
from geo_tracker.metrics.records import Change, Estimate
from geo_tracker.queries.gap import GapSource
from geo_tracker.queries.sources import UNKNOWN


@dataclass(frozen=True, slots=True)
class Figure:
    """One number as it reads, with what says how far to trust it."""

    label: str
    value: str
    interval: str
    market: str
    """The interval for all questions that buyers ask; empty where that is the first one."""
    scope: str
    """What the interval is about."""
    n: str
    sample: str
    verdict: str
    """Empty where there is nothing to warn of."""
    verdict_help: str
    change: Sequence[str] = ()
    """The difference and its verdict."""
    arrow: str = ""
    """Of a real change."""
    direction: str = ""
    """better, worse, noise, or empty without a comparison."""


RIVALS = 3
"""Rivals that a sentence names."""
SURFACES = frozenset({"api", "web", "app", "serp", "unknown"})


def value_text(metric: str, value: float | None, t: Translate) -> str:
    """A metric's value: shares in per cent, relative changes with their sign, positions as they are."""
    if value is None:
        return t("number.none")
    if METRICS[metric].unit == "change":
        return f"{value + 0.0:+.1%}".replace("-", "−")
    return f"{value:.1%}" if METRICS[metric].unit == "share" else f"{value:.2f}"


def interval_text(metric: str, estimate: Estimate, t: Translate) -> str:
    """Both bounds of the interval, such as 21.4–43.9%; a dash where there is none."""
    return _between(metric, estimate.low, estimate.high, t)


def market_text(metric: str, estimate: Estimate, t: Translate) -> str:
    """The same for all questions that buyers ask."""
    return _between(metric, estimate.market_low, estimate.market_high, t)


def _between(metric: str, lowest: float | None, highest: float | None, t: Translate) -> str:
    if lowest is None or highest is None:
        return t("number.none")
    low, high = (value_text(metric, bound, t) for bound in (lowest, highest))
    between = "…" if "−" in low or "-" in low else "–"  # a dash beside a minus would read as two of either
    return f"{low.removesuffix('%')}{between}{high}"


def difference_text(metric: str, value: float | None, t: Translate, *, signed: bool = True) -> str:
    """A difference of two values: percentage points for shares, plain for positions."""
    if value is None:
        return t("number.none")
    share = METRICS[metric].unit in ("share", "change")
    rounded = round(value * 100, 1) if share else round(value, 2)
    number = f"{rounded + 0.0:{'+' if signed and rounded else ''}.{1 if share else 2}f}".replace("-", "−")
    return t("number.points", value=number) if share else number


def improved(metric: str, change: Change) -> bool | None:
    """Whether a real change is for the better; None where nothing real happened."""
    if not change.real or not change.value:
        return None
    if METRICS[metric].unit == "change":  # a price above or below the reference is neither good nor bad
        return None
    return (change.value > 0) == (METRICS[metric].unit != "position")


def engine_text(name: str) -> str:
    """An engine's label without the route in brackets; its name where no adapter has it."""
    engine = engines().get(name)
    return engine.label.split(" (")[0] if engine else name


def engine_texts(names: Iterable[str]) -> dict[str, str]:
    """Labels that tell these engines apart: short where that is enough, with the route in brackets otherwise."""
    short = {name: engine_text(name) for name in names}
    often = Counter(short.values())
    return {name: text if often[text] == 1 else engines()[name].label for name, text in short.items()}


def surface_text(name: str, t: Translate) -> str:
    """A surface as the reader calls it; imported answers may bring the publisher's own wording, which stays."""
    return t(f"surface.{name}") if name in SURFACES else name


def todo_text(gap: GapSource, t: Translate) -> str:
    """What to do about a gap, in a sentence; see docs/commerce.md for the rule."""
    rivals = t("text.comma").join(name for name, _ in gap.rivals[:RIVALS])
    if gap.action == "correct":
        return t("sources.do.correct", rivals=rivals)
    return t(f"sources.do.{gap.action}.{gap.type or UNKNOWN}", rivals=rivals)


def figure(metric: str, estimate: Estimate, change: Change | None, t: Translate) -> Figure:
    """A metric's estimate and change, in words."""
    return Figure(
        label=t(f"metric.{metric}.label"),
        value=value_text(metric, estimate.value, t),
        interval=interval_text(metric, estimate, t),
        market="" if estimate.scope == "questions" else market_text(metric, estimate, t),
        scope=t(f"scope.{estimate.scope}"),
        n=t("report.n", n=f"{estimate.n:,}"),
        sample=t("report.sample", n=f"{estimate.n:,}", prompts=estimate.prompts),
        verdict=t(f"verdict.{estimate.verdict}"),
        verdict_help=t(f"verdict_help.{estimate.verdict}"),
        change=_change_texts(metric, change, t),
        arrow=_arrow(change),
        direction=_direction(metric, change),
    )


def grade_text(grade: Grade, t: Translate) -> str:
    """How much the numbers can bear, and what is missing for more."""
    told = t("grade.told", grade=t(f"grade.{grade.name}"))
    if grade.next is None:
        return told
    missing = t("text.comma").join(_lack(lack, t) for lack in grade.missing)
    return t("text.gap").join((told, t("grade.next", grade=t(f"grade.{grade.next}"), missing=missing)))


def _lack(lack: Lack, t: Translate) -> str:
    by_hundred = 100 if lack.criterion in ("cadence", "coverage") else 1
    # rounded down: what is missing by a hair must not read as there
    have, need = (f"{math.floor(value * by_hundred):,}" for value in (lack.have, lack.need))
    return t(f"grade.{lack.criterion}", have=have, need=need)


def coverage_text(coverage: Estimate | None, counts: Mapping[str, int | None], t: Translate) -> str:
    """How many of the planned answers the numbers rest on; `counts` are those of `metrics.answer_counts`."""
    unknown = t("verdict.not computed")
    said = {name: unknown if count is None else f"{count:,}" for name, count in counts.items()}
    return t("report.coverage", share=value_text("coverage", coverage.value if coverage else None, t), **said)


def _change_texts(metric: str, change: Change | None, t: Translate) -> list[str]:
    if change is None or change.value is None:
        return []
    return [difference_text(metric, change.value, t), t(f"verdict.{change.verdict}")]


def _arrow(change: Change | None) -> str:
    return "" if change is None or not change.value else "▲" if change.value > 0 else "▼"


def _direction(metric: str, change: Change | None) -> str:
    if change is None or change.value is None:
        return ""
    better = improved(metric, change)
    return "noise" if better is None else "better" if better else "worse"


def headline(brand: str, rates: Mapping[str, Estimate], change: Change | None, t: Translate) -> str:
    """How a brand stands by its mention rate among all brands' `rates`, and how that changed."""
    return t("text.gap").join(_headline(brand, rates, change, t))


def _headline(
    brand: str, rates: Mapping[str, Estimate], change: Change | None, t: Translate
) -> Iterator[str]:
    estimate = rates[brand]
    if estimate.value is None:
        yield t("report.headline_none")
        return
    value = value_text("mention_rate", estimate.value, t)
    if estimate.verdict == "thin sample":
        yield t("report.headline_thin", brand=brand, value=value)
        return
    low, high = (value_text("mention_rate", bound, t) for bound in (estimate.low, estimate.high))
    place = 1 + sum((rival.value or 0) > estimate.value for rival in rates.values())
    yield t("report.headline", brand=brand, value=value, low=low, high=high, place=place, brands=len(rates))
    yield from _movement(change, t)


def _movement(change: Change | None, t: Translate) -> Iterator[str]:
    if change is None or change.value is None or change.verdict == "thin sample":
        return
    if change.verdict == "not comparable":
        yield t("report.not_comparable", reasons=t("text.gap").join(t(note) for note in change.notes))
    elif change.real:
        key = "report.moved_up" if change.value > 0 else "report.moved_down"
        yield t(key, points=difference_text("mention_rate", abs(change.value), t, signed=False))
    else:
        key = "report.suggestive" if change.verdict == "suggestive" else "report.not_moved"
        yield t(key, points=difference_text("mention_rate", change.value, t))
