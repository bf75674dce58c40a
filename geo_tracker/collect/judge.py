"""An engine as judge of sentiment beside the offline default, bounded in questions and in money."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from geo_tracker.collect.engine_check import EngineCheck, check_prompts
from geo_tracker.config import Settings
from geo_tracker.engines.base import Engine, ParsedAnswer, Prompt
from geo_tracker.engines.prices import estimated_cost
from geo_tracker.extract.opinions.judgements import MAX_TEXT, Judgement, question, read_reply
from geo_tracker.metrics.intervals import wilson

BATCH = 5
"""Texts that are asked about together: what is spent is looked at after each batch."""


@dataclass(frozen=True, slots=True)
class Opinions:
    """What the default says of the brands of one text; a brand without an opinion is neutral."""

    id: str
    text: str
    polarities: dict[str, str]


@dataclass(frozen=True, slots=True)
class Judged:
    """One text before the judge: its judgements, or why there are none."""

    opinions: Opinions
    judgements: tuple[Judgement, ...] = ()
    rejected: tuple[str, ...] = ()
    error: str | None = None
    cost: float | None = None
    """As the engine reports it, else the list price of its searches, else None."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Brands on which judge and default say the same, of those that both judged; the interval is Wilson's, 95 %."""

    agreed: int
    compared: int
    value: float | None
    low: float | None
    high: float | None


def judge(
    engine: Engine, texts: Iterable[Opinions], settings: Settings, *, limit: int, max_cost: float
) -> Iterator[Judged]:
    """Ask about at most `limit` texts that name a brand, until `max_cost` (in the engine's currency) is reached.

    An engine that tells no cost is bounded by `limit` alone; at most one batch is asked after the money is spent.
    """
    waiting = (each for each in texts if each.polarities)
    spent = 0.0
    while limit > 0 and spent < max_cost and (batch := list(islice(waiting, min(BATCH, limit)))):
        limit -= len(batch)
        for judged in _ask(engine, batch, settings):
            spent += judged.cost or 0.0
            yield judged


def _ask(engine: Engine, batch: Sequence[Opinions], settings: Settings) -> Iterator[Judged]:
    """One batch; the same question is asked once, and what is too long not at all."""
    prompts = {each.id: question(each.text, each.polarities) for each in batch if len(each.text) <= MAX_TEXT}
    asked = list(dict.fromkeys(prompts.values()))
    replies = dict(zip(asked, check_prompts(engine, [Prompt(text) for text in asked], settings), strict=True))
    paid: set[str] = set()
    for each in batch:
        if each.id not in prompts:
            yield Judged(each, error=f"longer than {MAX_TEXT:,} characters")
            continue
        prompt = prompts[each.id]
        yield _judged(engine, each, replies[prompt], paid=prompt in paid)
        paid.add(prompt)


def _judged(engine: Engine, opinions: Opinions, trial: EngineCheck, *, paid: bool) -> Judged:
    if trial.answer is None:
        reason = f"{trial.failure.kind}: {trial.failure.message}" if trial.failure else "no answer"
        return Judged(opinions, error=reason)
    reply = read_reply(trial.answer.text, opinions.text, opinions.polarities.keys())
    cost = 0.0 if paid else _cost(engine, trial.answer)
    return Judged(opinions, reply.judgements, reply.rejected, cost=cost)


def _cost(engine: Engine, answer: ParsedAnswer) -> float | None:
    if answer.cost is not None:
        return answer.cost
    estimate = estimated_cost(engine.name, answer)
    return estimate.amount if estimate else None


def agreement(judged: Iterable[Judged]) -> Agreement:
    """How often judge and default agree, over brands."""
    pairs = [
        (judgement.polarity, each.opinions.polarities[judgement.brand])
        for each in judged
        for judgement in each.judgements
    ]
    agreed = sum(ours == theirs for theirs, ours in pairs)
    if not pairs:
        return Agreement(0, 0, None, None, None)
    value = agreed / len(pairs)
    low, high = wilson(np.array([value]), np.array([float(len(pairs))]))
    return Agreement(agreed, len(pairs), value, float(low[0]), float(high[0]))
