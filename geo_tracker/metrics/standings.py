"""How a brand stands on every single prompt against the strongest rival there. Formulas: docs/metrics.md#standing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from geo_tracker.metrics.measures import Measurement
from geo_tracker.metrics.records import Estimate, Facts

Place = Literal["ahead", "level", "behind", "absent", "unknown"]
Outcome = Literal["won", "contested", "lost", "nobody", "unknown"]
OUTCOMES: tuple[Outcome, ...] = ("lost", "contested", "won", "nobody", "unknown")
"""As they ask for work, the most first; `unknown` has no valid answer."""
METRIC = "mention_rate"
PROMPT = ("prompt", "language", "country", "persona")
"""What tells prompts apart: the groups that standings are made of."""


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
    prompt_id: int = 0
    language: str = ""
    country: str = ""
    persona: str = ""
    strongest: Estimate | None = None
    """The rate of the strongest rival also where that is 0; None where no rival is tracked."""

    @property
    def outcome(self) -> Outcome:
        """Won or lost where the intervals of the two rates lie apart, contested where they do not.

        Where 4 rivals are named as often as the brand, 1.2 % of prompts or fewer read as lost, with 9 rivals 2.4 %
        (simulated over 7 to 420 answers, 2026-11-26).
        """
        if self.place == "unknown":
            return "unknown"
        if not self.own.value and self.best is None:
            return "nobody"
        if not self.clear:
            return "contested"
        return "won" if self.place == "ahead" else "lost"

    @property
    def leader(self) -> str:
        """Who is named most often here: the rival, or empty for the brand itself, nobody or a tie."""
        return self.rival if self.place in ("behind", "absent") else ""

    @property
    def gap(self) -> float:
        """How much more often the rival is named, 0 where that is not known."""
        best = self.best.value if self.best else 0.0
        return (best or 0.0) - (self.own.value or 0.0)

    @property
    def clear(self) -> bool:
        """Whether the two intervals lie apart."""
        rival = self.strongest or self.best
        if rival is None or None in (self.own.low, self.own.high, rival.low, rival.high):
            return False
        return (self.own.low or 0) > (rival.high or 0) or (self.own.high or 0) < (rival.low or 0)


class _About(NamedTuple):
    """What the table of a prompt says beside its numbers."""

    topic: str = ""
    stage: str = ""
    prompt_id: int = 0


def standings(facts: Facts, rows: Iterable[Measurement], brand: str) -> list[Standing]:
    """The prompts of a selection, from their measurements by `PROMPT`, in the order of those."""
    described = _described(facts)
    found: dict[tuple[str, ...], dict[str, Estimate]] = defaultdict(dict)
    for row in rows:
        if row.metric == METRIC and row.brand:
            found[tuple(row.group.values())][row.brand] = row.estimate
    return [
        _standing(key, rates, brand, described.get(key, _About()))
        for key, rates in found.items()
        if brand in rates
    ]


def _described(facts: Facts) -> dict[tuple[str, ...], _About]:
    columns = [*PROMPT, "topic", "stage", "prompt_id"]
    rows = facts.cells[columns].drop_duplicates().itertuples(index=False, name=None)
    return {tuple(row[:4]): _About(row[4], row[5], int(row[6])) for row in rows}


def _standing(key: tuple[str, ...], rates: dict[str, Estimate], brand: str, about: _About) -> Standing:
    own = rates[brand]
    rivals = {name: rate for name, rate in rates.items() if name != brand and rate.value is not None}
    strongest = max(rivals, key=lambda name: rivals[name].value or 0.0, default="")
    rate = rivals.get(strongest)
    rival, best = (strongest, rate) if rate and rate.value else ("", None)
    place = _place(own, best)
    described = dict(zip(("language", "country", "persona"), key[1:], strict=True))
    return Standing(
        key[0],
        about.topic,
        about.stage,
        own,
        rival,
        best,
        place,
        about.prompt_id,
        strongest=rate,
        **described,
    )


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
