"""Daily rows of a small market, drawn by chance around rates that a test sets."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from tests.support.daily_rows import DAY, Cell

Rate = Callable[[int, str], float]
"""The own brand's mention rate on the n-th day on an engine."""
PROMPTS = range(2, 10)
"""Prompt 1 names a brand."""
ENGINES = ("doubao", "kimi")


def day(number: int) -> date:
    return DAY + timedelta(days=number)


def made_days(
    days: int,
    rate: Rate = lambda number, engine: 0.5,
    *,
    engines: Sequence[str] = ENGINES,
    answers: int = 4,
    rival: float = 0.3,
    seed: int = 1,
) -> Iterator[Cell]:
    """So many days from `DAY` on; the first rival has a rate of its own, the second none."""
    chance = random.Random(seed)
    for number in range(days):
        for engine in engines:
            for prompt in PROMPTS:
                own, other = (
                    sum(chance.random() < share for _ in range(answers))
                    for share in (rate(number, engine), rival)
                )
                yield Cell(prompt, answers, (own, other, 0), engine, day=day(number))


def silent(number: int, engine: str, planned: int = 4) -> Iterator[Cell]:
    """A day on which an engine was asked and gave no answer."""
    for prompt in PROMPTS:
        yield Cell(prompt, 0, (0, 0, 0), engine, day=day(number), planned=planned)
