"""Made-up workspaces whose truth is known: what `bench.coverage` and `bench.alarms` put the product's formulas to.

Every trial is laid out as a brand of one workspace, so that a thousand of them are one call.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit

from geo_tracker.metrics.definitions import METRICS, Metric
from geo_tracker.metrics.strata import Strata

Floats = NDArray[np.float64]
HEADLINES = tuple(
    METRICS[name] for name in ("mention_rate", "share_of_voice", "recommendation_rate", "citation_rate")
)


@dataclass(frozen=True)
class Design:
    """What is asked, and how prompts and days differ."""

    prompts: int = 8
    engines: int = 5
    days: int = 28
    repeats: int = 1
    rate: float = 0.4
    alike: float = 0.3
    """Correlation of the answers to one prompt: 0 where all prompts have one rate."""
    shock: float = 0.0
    """Standard deviation, in logits, of what all answers of a day have in common."""
    carried: float = 0.0
    """Correlation of one day's shock with the next."""
    outage: bool = False
    """The first engine answers on one day of the later window only."""

    @property
    def keys(self) -> pd.DataFrame:
        pairs = [(k, f"engine {e}", "web") for k in range(self.prompts) for e in range(self.engines)]
        return pd.DataFrame(pairs, columns=["prompt_id", "engine", "surface"])


def prompt_rates(of: Design, trials: int, random: np.random.Generator) -> Floats:
    """The true rate of each prompt in each trial."""
    if of.alike == 0:
        return np.full((of.prompts, trials), of.rate)
    scale = 1 / of.alike - 1
    return random.beta(of.rate * scale, (1 - of.rate) * scale, (of.prompts, trials))


def shocks(of: Design, trials: int, random: np.random.Generator, days: int) -> Floats:
    """What all answers of a day have in common, in logits, days x trials."""
    found = random.normal(0, of.shock, (days, trials))
    for day in range(1, days):
        found[day] = of.carried * found[day - 1] + np.sqrt(1 - of.carried**2) * found[day]
    return found


def rates_of(prompts: Floats, of: Design, shock: Floats) -> Floats:
    """Rates by stratum, day and trial."""
    strata = logit(np.clip(np.repeat(prompts, of.engines, 0), 1e-6, 1 - 1e-6))
    rates: Floats = expit(strata[:, None] + shock[None])
    return rates


def mean_rates(prompts: Floats, of: Design) -> Floats:
    """Rates by prompt and trial over all days that could be."""
    points, weights = np.polynomial.hermite_e.hermegauss(21)
    base = logit(np.clip(prompts, 1e-6, 1 - 1e-6))
    found: Floats = sum(w * expit(base + of.shock * z) for z, w in zip(points, weights, strict=True))
    return found / weights.sum()


def answered(of: Design, rates: Floats, random: np.random.Generator) -> Strata:
    """The sums of the headline metrics: answers that name, recommend and cite the brand, and its mentions."""
    strata, days, trials = rates.shape
    answers = np.full((strata, days, 1), float(of.repeats))
    if of.outage:
        answers[:: of.engines, 1:] = 0
    asked = np.broadcast_to(answers, rates.shape).astype(int)
    named = random.binomial(asked, rates)
    others = random.binomial(asked, 0.7)
    sums = {
        "answers": answers,
        "mentioned": named.astype(float),
        "recommended": random.binomial(named, 0.5).astype(float),
        "cited": random.binomial(asked, rates * 0.5).astype(float),
        "mentions": (named * 2).astype(float),
        "mentions_all": (named * 2 + others * 3).astype(float),
        "answers_naming": np.maximum(named, others).astype(float),
    }
    return Strata(of.keys, [str(trial) for trial in range(trials)], sums)


def windows(
    of: Design, trials: int, random: np.random.Generator, points: float = 0.0
) -> tuple[Strata, Strata]:
    """Two adjacent windows of the same prompts; in the later one the rate is higher by `points`."""
    prompts = prompt_rates(of, trials, random)
    shock = shocks(of, trials, random, 2 * of.days)
    moved = np.clip(prompts + points, 0, 1)
    before = answered(replace(of, outage=False), rates_of(prompts, of, shock[: of.days]), random)
    return before, answered(of, rates_of(moved, of, shock[of.days :]), random)


def each(designs: dict[str, Design]) -> Iterator[tuple[str, Design, np.random.Generator]]:
    """Designs with a seed of their own."""
    for number, (name, design) in enumerate(designs.items()):
        yield name, design, np.random.default_rng(number)


def columns(of: Metric, strata: Strata) -> tuple[Floats, Floats]:
    return strata.sums[of.numerator], strata.sums[of.denominator]
