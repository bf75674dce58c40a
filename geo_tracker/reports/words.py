"""How numbers read, on screens and on paper."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from geo_tracker.i18n import Translate
from geo_tracker.metrics.grades import Grade, Shortfall
from geo_tracker.metrics.records import Change, Estimate, Facts
from geo_tracker.queries.gap import GapSource
from geo_tracker.queries.sources import UNKNOWN
from geo_tracker.words.names import engine_texts
from geo_tracker.words.values import difference_text, improved, interval_text, market_text, value_text


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


UNEVEN = 1.2
"""From which ratio of answers on two engines on their weights are told: less is a few failures."""
RIVALS = 3
"""Rivals that a sentence names."""


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


def weights_text(facts: Facts, t: Translate) -> str:
    """How much each engine weighs in a value over all of them; empty where they weigh alike."""
    answers = facts.cells.groupby("engine")["answers"].sum()
    known = answers[answers > 0].sort_values(ascending=False)
    if len(known) < 2 or known.max() < UNEVEN * known.min():
        return ""
    texts, total = engine_texts(known.index), float(known.sum())
    shares = (
        t("weights.share", engine=texts[name], share=f"{count / total:.0%}") for name, count in known.items()
    )
    return t("weights.told", shares=t("text.comma").join(shares))


def grade_text(grade: Grade, t: Translate) -> str:
    """How much the numbers can bear, and what is missing for more."""
    told = t("grade.told", grade=t(f"grade.{grade.name}"))
    if grade.next is None:
        return told
    missing = t("text.comma").join(_shortfall(shortfall, t) for shortfall in grade.missing)
    return t("text.gap").join((told, t("grade.next", grade=t(f"grade.{grade.next}"), missing=missing)))


def _shortfall(shortfall: Shortfall, t: Translate) -> str:
    by_hundred = 100 if shortfall.criterion in ("cadence", "coverage") else 1
    # rounded down: what is missing by a hair must not read as there
    have, need = (f"{math.floor(value * by_hundred):,}" for value in (shortfall.have, shortfall.need))
    return t(f"grade.{shortfall.criterion}", have=have, need=need)


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
