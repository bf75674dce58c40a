"""A rival that is named more often than the own brand and was not before."""

from __future__ import annotations

from collections.abc import Iterator

from geo_tracker.metrics.changes import Movement, movements
from geo_tracker.metrics.records import Change
from geo_tracker.signals.findings import Finding, figures
from geo_tracker.signals.history import History, Pair

RATE = "mention_rate"


def overtaking(history: History) -> Iterator[Finding]:
    """Rivals that passed an own brand: one of the two really moved, and their intervals do not overlap any more."""
    told: dict[str, Finding] = {}
    for pair in history.pairs():
        for found in _passed(history, pair):
            told.setdefault(found.subject, found)
    yield from told.values()


def _passed(history: History, pair: Pair) -> Iterator[Finding]:
    before, after = history.facts(pair.before), history.facts(pair.after)
    if before.empty or after.empty:
        return
    moved = {row.brand: row for row in movements(before, after, metrics=(RATE,))}
    tracked = [brand for brand in after.brands if not brand.archived and brand.name in moved]
    for own in (moved[brand.name] for brand in tracked if brand.own):
        for rival in (moved[brand.name] for brand in tracked if not brand.own):
            if _is_past(own.change, rival.change):
                yield _finding(pair, own, rival)


def _is_past(own: Change, rival: Change) -> bool:
    values = (own.before.value, rival.before.value, own.after.high, rival.after.low)
    if None in values or not (own.real or rival.real):
        return False
    own_before, rival_before, own_high, rival_low = (value or 0.0 for value in values)
    return own_before > rival_before and rival_low > own_high


def _finding(pair: Pair, own: Movement, rival: Movement) -> Finding:
    """The numbers are the rival's; those of the own brand stand beside."""
    change = rival.change
    mine = own.change
    return Finding(
        days=pair.days,
        days_before=pair.days_before,
        brand=own.brand or "",
        surface=pair.surface,
        metric=RATE,
        what=rival.brand or "",
        about={"own_before": mine.before.value, "own_after": mine.after.value},
        **figures(change),
    )
