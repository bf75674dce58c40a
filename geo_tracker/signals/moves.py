"""Metrics of the own brands that moved, overall and by engine. Rules: docs/signals.md#sure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from geo_tracker.metrics.changes import Movement, movements
from geo_tracker.metrics.families import HEADLINE
from geo_tracker.signals.findings import Finding, figures, place
from geo_tracker.signals.history import History, Pair

SURE = 0.01
"""From which q on one window is enough (METRICS, 2026-11-26); above it the window before has to show it, too."""
BESIDE = ("mean_rank", "net_sentiment", "shelf_share", "price_spread")
"""Metrics beside the headlines that are watched: a family of their own, over all engines."""
BY_ENGINE = ("engine",)
Find = Callable[[History], Iterator[Finding]]


def moving(*metrics: str) -> Find:
    """The kind that tells of some of the metrics: the surest of them on each engine and surface."""

    def find(history: History) -> Iterator[Finding]:
        best: dict[str, Finding] = {}
        for pair, moved in sure_movements(history):
            found = _finding(pair, moved)
            known = best.get(found.subject)
            if moved.metric in metrics and (known is None or (found.q or 0.0) < (known.q or 0.0)):
                best[found.subject] = found
        return without_totals(list(best.values()))

    return find


def without_totals(found: list[Finding]) -> Iterator[Finding]:
    """A change over all engines is told where no engine shows it by itself."""
    on_engines = {place(each) for each in found if each.engine}
    return (each for each in found if each.engine or place(each) not in on_engines)


def sure_movements(history: History) -> list[tuple[Pair, Movement]]:
    """The movements of all watched metrics that are told."""
    return history.once("sure movements", lambda: _sure(history))


def _sure(history: History) -> list[tuple[Pair, Movement]]:
    return [
        (pair, moved)
        for pair in history.pairs()
        for moved in judged(history, pair)
        if moved.change.real and _is_sure(history, pair, moved)
    ]


def judged(history: History, pair: Pair) -> list[Movement]:
    """The own brands' watched metrics over two windows: both families of headlines, and the rest."""
    return history.once(pair, lambda: _judged(history, pair))


def _judged(history: History, pair: Pair) -> list[Movement]:
    before, after = history.facts(pair.before), history.facts(pair.after)
    own = [brand.name for brand in after.brands if brand.own and not brand.archived]
    if not own or before.empty or after.empty:
        return []
    found = movements(before, after, (), (*HEADLINE, *BESIDE), own)
    if len(after.values("engine")) > 1:
        found += movements(before, after, BY_ENGINE, HEADLINE, own)
    return found


def _is_sure(history: History, pair: Pair, moved: Movement) -> bool:
    return (moved.change.q or 0.0) <= SURE or _was_there(history, pair, moved)


def _was_there(history: History, pair: Pair, moved: Movement) -> bool:
    """Whether the windows that ended on the day of answers before showed the same."""
    earlier = pair.shifted(history.day_before) if history.day_before else None
    return (
        earlier is not None
        and history.reaches(earlier)
        and any(
            (each.brand, each.metric, each.group) == (moved.brand, moved.metric, moved.group)
            and each.change.real
            and (each.change.value or 0) * (moved.change.value or 0) > 0
            for each in judged(history, earlier)
        )
    )


def _finding(pair: Pair, moved: Movement) -> Finding:
    change = moved.change
    return Finding(
        days=pair.days,
        days_before=pair.days_before,
        brand=moved.brand or "",
        engine=moved.group.get("engine", ""),
        surface=pair.surface,
        metric=moved.metric,
        **figures(change),
    )
