"""An engine as judge of sentiment beside the offline default, bounded in questions and in money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import sqrt

import numpy as np

from geo_tracker.collect.engine_check import EngineCheck, check_prompts
from geo_tracker.collect.replies import Replies, key_of
from geo_tracker.config import Settings
from geo_tracker.engines.base import Engine, ParsedAnswer, Prompt
from geo_tracker.engines.prices import estimated_cost
from geo_tracker.extract.opinions.judgements import MAX_TEXT, POLARITIES, Judgement, question, read_reply
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
    """As the engine reports it, else the list price of its searches, else None; 0 where its reply was known."""
    known: bool = False
    """Whether the reply is of an earlier run."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Brands on which judge and default say the same, of those that both judged; the interval is Wilson's, 95 %."""

    agreed: int
    compared: int
    value: float | None
    low: float | None
    high: float | None
    kappa: float | None
    """Cohen's: (agreement - chance) / (1 - chance), -1..1; None where both say the same of all brands."""
    kappa_low: float | None
    kappa_high: float | None
    classes: dict[str, tuple[int, int]]
    """Of the brands that the default calls so: on how many the judge agrees, and how many there are."""


def judge(
    engine: Engine,
    texts: Iterable[Opinions],
    settings: Settings,
    *,
    limit: int,
    max_cost: float,
    replies: Replies | None = None,
) -> Iterator[Judged]:
    """Ask about at most `limit` texts that name a brand, until `max_cost` (in the engine's currency) is reached.

    What `replies` holds is not asked again; replies with a judgement are added to it.

    An engine that tells no cost is bounded by `limit` alone; at most one batch is asked after the money is spent.
    """
    replies = replies or Replies(None)
    waiting = (each for each in texts if each.polarities)
    spent = 0.0
    while limit > 0 and spent < max_cost and (batch := list(islice(waiting, min(BATCH, limit)))):
        limit -= len(batch)
        for judged in _ask(engine, batch, settings, replies):
            spent += judged.cost or 0.0
            yield judged


def _ask(engine: Engine, batch: Sequence[Opinions], settings: Settings, known: Replies) -> Iterator[Judged]:
    """One batch; the same question is asked once, and what is too long not at all."""
    prompts = {each.id: question(each.text, each.polarities) for each in batch if len(each.text) <= MAX_TEXT}
    keys = {text: key_of(engine, settings, text) for text in prompts.values()}
    asked = [text for text, key in keys.items() if known.get(key) is None]
    checks = check_prompts(engine, [Prompt(text) for text in asked], settings) if asked else []
    replies = dict(zip(asked, checks, strict=True))
    paid: set[str] = set()
    for each in batch:
        if each.id not in prompts:
            yield Judged(each, error=f"longer than {MAX_TEXT:,} characters")
            continue
        prompt = prompts[each.id]
        if prompt not in replies:
            yield _read(each, known.get(keys[prompt]) or "", 0.0, known=True)
            continue
        judged = _judged(engine, each, replies[prompt], paid=prompt in paid)
        answer = replies[prompt].answer
        if answer is not None and judged.judgements and prompt not in paid:
            known.add(keys[prompt], answer.text)
        paid.add(prompt)
        yield judged


def _judged(engine: Engine, opinions: Opinions, check: EngineCheck, *, paid: bool) -> Judged:
    if check.answer is None:
        reason = f"{check.failure.kind}: {check.failure.message}" if check.failure else "no answer"
        return Judged(opinions, error=reason)
    return _read(opinions, check.answer.text, 0.0 if paid else _cost(engine, check.answer))


def _read(opinions: Opinions, text: str, cost: float | None, *, known: bool = False) -> Judged:
    reply = read_reply(text, opinions.text, opinions.polarities.keys())
    return Judged(opinions, reply.judgements, reply.rejected, cost=cost, known=known)


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
        return Agreement(0, 0, None, None, None, None, None, None, {})
    value = agreed / len(pairs)
    low, high = wilson(np.array([value]), np.array([float(len(pairs))]))
    said = Counter(ours for _, ours in pairs)
    right = Counter(ours for theirs, ours in pairs if ours == theirs)
    classes = {polarity: (right[polarity], said[polarity]) for polarity in POLARITIES if said[polarity]}
    return Agreement(agreed, len(pairs), value, float(low[0]), float(high[0]), *kappa(pairs), classes)


def kappa(pairs: Sequence[tuple[str, str]]) -> tuple[float | None, float | None, float | None]:
    """Cohen's kappa of two judges with its 95 % interval, which takes chance agreement as known; None if undefined.

    (po - pe) / (1 - pe), standard error sqrt(po (1 - po) / n) / (1 - pe) (Cohen, 1960).
    """
    n = len(pairs)
    first, second = (Counter(pair[side] for pair in pairs) for side in (0, 1))
    chance = sum(first[name] * second[name] for name in first) / n**2 if n else 1.0
    if chance == 1:
        return None, None, None
    agreed = sum(a == b for a, b in pairs) / n
    value, error = (agreed - chance) / (1 - chance), sqrt(agreed * (1 - agreed) / n) / (1 - chance)
    return value, max(-1.0, value - 1.96 * error), min(1.0, value + 1.96 * error)
