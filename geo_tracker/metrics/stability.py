"""How often the same brands come back in the same order. Formulas: docs/metrics.md#stability."""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

PERSISTENCE = 0.9
"""p of rank-biased overlap: the first ten places hold 86 % of the weight."""
SHUFFLES = 20
SEED = 0
Order = tuple[str, ...]
"""Brands of one answer, the first first."""


@dataclass(frozen=True, slots=True)
class Stability:
    """Mean likeness of pairs of answers, and what chance alone gives."""

    pairs: int
    """Pairs of repeats of which either names a brand."""
    jaccard: float | None
    jaccard_floor: float | None
    rbo: float | None
    rbo_floor: float | None
    """Were each brand named as often, but in other answers and in any order."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """The mean Jaccard of pairs of repeats; None without a pair of which either names a brand."""

    pairs: int
    jaccard: float | None


def likeness(repeats: Iterable[Sequence[Order]]) -> Likeness:
    """The first figure of `stability` alone, for many prompts at once: what chance gives takes twenty times as long."""
    pairs = _pairs(repeats)
    return Likeness(len(pairs), _mean(jaccard, pairs) if pairs else None)


def _pairs(repeats: Iterable[Sequence[Order]]) -> list[tuple[Order, Order]]:
    return [pair for group in repeats for pair in combinations(group, 2) if any(pair)]


def stability(repeats: Iterable[Sequence[Order]]) -> Stability:
    """Over groups of answers that should be alike: repeats of one prompt on one engine in one run."""
    groups = [list(group) for group in repeats if len(group) > 1]
    pairs = _pairs(groups)
    if not pairs:
        return Stability(0, None, None, None, None)
    dice = random.Random(SEED)  # noqa: S311 - shuffles of numbers, nothing secret
    by_chance = [
        pair
        for _ in range(SHUFFLES)
        for group in groups
        for pair in combinations(_shuffled(group, dice), 2)
        if any(pair)
    ]
    return Stability(
        pairs=len(pairs),
        jaccard=_mean(jaccard, pairs),
        jaccard_floor=_mean(jaccard, by_chance),
        rbo=_mean(rank_biased_overlap, pairs),
        rbo_floor=_mean(rank_biased_overlap, by_chance),
    )


def _mean(of: Callable[[Order, Order], float], pairs: Sequence[tuple[Order, Order]]) -> float:
    return fmean(of(*pair) for pair in pairs)


def _shuffled(group: Sequence[Order], dice: random.Random) -> list[Order]:
    """Each brand in as many answers as before, drawn anew, and the order within each answer too."""
    found: list[list[str]] = [[] for _ in group]
    for brand in sorted({brand for order in group for brand in order}):
        times = sum(brand in order for order in group)
        for at in dice.sample(range(len(group)), times):
            found[at].append(brand)
    for order in found:
        dice.shuffle(order)
    return [tuple(order) for order in found]


def jaccard(first: Iterable[Hashable], last: Iterable[Hashable]) -> float:
    """Common members / all members of two sets, 0..1; two empty ones are alike."""
    one, two = {*first}, {*last}
    return len(one & two) / len(one | two) if one | two else 1.0


def rank_biased_overlap(first: Order, last: Order, p: float = PERSISTENCE) -> float:
    """Extrapolated rank-biased overlap of two rankings of any lengths, 0..1 (Webber, Moffat, Zobel 2010, eq. 32)."""
    short, long = sorted((first, last), key=len)
    if not short:
        return 0.0 if long else 1.0
    s, length = len(short), len(long)
    overlap = [len({*short[:d]} & {*long[:d]}) for d in range(length + 1)]
    seen = sum(overlap[d] / d * p**d for d in range(1, length + 1))
    beyond = sum(overlap[s] * (d - s) / (s * d) * p**d for d in range(s + 1, length + 1))
    rest = (overlap[length] - overlap[s]) / length + overlap[s] / s
    return (1 - p) / p * (seen + beyond) + rest * p**length
