"""How a brand stands on every single prompt against the strongest rival there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from geo_tracker.metrics.measures import Measurement
from geo_tracker.metrics.records import Estimate, Facts

Place = Literal["ahead", "level", "behind", "absent", "unknown"]
METRIC = "mention_rate"


@dataclass(frozen=True, slots=True)
class Standing:
    """One prompt: the brand's mention rate, and that of the rival named most often there."""

    prompt: str
    topic: str
    stage: str
    own: Estimate
    rival: str
    """Empty where no rival is named."""
    best: Estimate | None
    place: Place

    @property
    def gap(self) -> float:
        """How much more often the rival is named, 0 where that is not known."""
        best = self.best.value if self.best else 0.0
        return (best or 0.0) - (self.own.value or 0.0)

    @property
    def clear(self) -> bool:
        """Whether the two intervals lie apart."""
        if self.best is None or None in (self.own.low, self.own.high, self.best.low, self.best.high):
            return False
        ahead = (self.own.low or 0) > (self.best.high or 0)
        return ahead or (self.own.high or 0) < (self.best.low or 0)


def standings(facts: Facts, rows: Iterable[Measurement], brand: str) -> list[Standing]:
    """The prompts of a selection, from their measurements by `prompt` and more, in the order of those."""
    described = _described(facts)
    found: dict[tuple[str, ...], dict[str, Estimate]] = defaultdict(dict)
    for row in rows:
        if row.metric == METRIC and row.brand:
            found[tuple(row.group.values())][row.brand] = row.estimate
    return [
        _standing(key, rates, brand, described.get(key, ("", "")))
        for key, rates in found.items()
        if brand in rates
    ]


def _described(facts: Facts) -> dict[tuple[str, ...], tuple[str, str]]:
    columns = ["prompt", "language", "country", "persona", "topic", "stage"]
    rows = facts.cells[columns].drop_duplicates().itertuples(index=False, name=None)
    return {tuple(row[:4]): (row[4], row[5]) for row in rows}


def _standing(
    key: tuple[str, ...], rates: dict[str, Estimate], brand: str, described: tuple[str, str]
) -> Standing:
    own = rates[brand]
    rivals = {name: rate for name, rate in rates.items() if name != brand and rate.value}
    rival = max(rivals, key=lambda name: rivals[name].value or 0.0, default="")
    best = rivals.get(rival)
    return Standing(key[0], *described, own, rival, best, _place(own, best))


def _place(own: Estimate, best: Estimate | None) -> Place:
    if own.value is None:
        return "unknown"
    rate = (best.value or 0.0) if best else 0.0
    if own.value == rate:
        return "level"
    if own.value > rate:
        return "ahead"
    return "behind" if own.value else "absent"


def tally(rows: Sequence[Standing], of: Literal["topic", "stage"]) -> dict[str, dict[Place, int]]:
    """How many prompts stand in which place, by topic or stage, those without one under an empty name."""
    found: dict[str, dict[Place, int]] = {}
    for row in rows:
        counts = found.setdefault(getattr(row, of), dict.fromkeys(PLACES, 0))
        counts[row.place] += 1
    return found


PLACES: tuple[Place, ...] = ("ahead", "level", "behind", "absent", "unknown")
