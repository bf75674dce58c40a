"""How often the intervals hold the truth: `python -m bench.coverage [--trials 2000]`.

Of what was asked (panel): prompts are given, days are drawn. Of all questions (market): prompts are drawn. The tables
stand in docs/metrics.md#measured-coverage.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np

from bench.simulation import Design, Floats, answered, each, mean_rates, prompt_rates, rates_of, shocks
from geo_tracker.metrics.clusters import ratio_spread
from geo_tracker.metrics.definitions import METRICS
from geo_tracker.metrics.intervals import Interval, market_shares, panel_shares, ratios, wilson
from geo_tracker.metrics.strata import Strata

RATE = METRICS["mention_rate"]
DESIGNS = {
    f"{prompts} prompts, {days} days, rate {rate:.0%}, alike {alike}, shock {shock}": Design(
        prompts=prompts, engines=2, days=days, rate=rate, alike=alike, shock=shock
    )
    for prompts in (8, 20, 50)
    for days in (1, 7, 28)
    for rate in (0.02, 0.1, 0.5, 0.98)
    for alike in (0.0, 0.3)
    for shock in (0.0, 0.3)
    if prompts * days >= 20
}


@dataclass(frozen=True)
class Held:
    """The shares of trials in which each interval holds the truth, and in which Wilson's over all answers would."""

    panel: float
    market: float
    plain: float


def held(of: Design, trials: int, random: np.random.Generator) -> Held:
    """How often the intervals of the mention rate hold the truth."""
    prompts = prompt_rates(of, trials, random)
    strata = answered(of, rates_of(prompts, of, shocks(of, trials, random, of.days)), random)
    value, n = _value(strata), np.full(trials, float(strata.sums["answers"].sum()))
    spread = ratio_spread(strata, RATE, np.zeros(len(strata.keys), np.intp), 1)
    panel = panel_shares(value, n, type(spread)(spread.variance[0], spread.units[0]))
    truth = mean_rates(prompts, of).mean(0)
    # Of prompts with one rate that days move, the rate over all days; drawn prompts keep their mean in logits only.
    market_truth = mean_rates(prompt_rates(of, 20_000, random), of).mean()
    plain = Interval(*wilson(value, n))
    return Held(_holds(panel, truth), _holds(market(strata), market_truth), _holds(plain, market_truth))


def market(strata: Strata) -> Interval:
    """The interval for all questions of every trial."""
    code = strata.keys["prompt_id"].to_numpy()
    trials = len(strata.brands)
    x, m = np.zeros((2, code.max() + 1, trials))
    np.add.at(x, code, strata.sums["mentioned"].sum(1))
    np.add.at(m, code, np.broadcast_to(strata.sums["answers"].sum(1), (len(code), trials)))
    group = np.tile(np.arange(trials), len(x))
    found = ratios(x.ravel(), m.ravel(), group, trials)
    return market_shares(found.value, m.sum(0), (m**2).sum(0), found.between)


def _value(strata: Strata) -> Floats:
    found: Floats = strata.sums["mentioned"].sum((0, 1)) / strata.sums["answers"].sum()
    return found


def _holds(interval: Interval, truth: Floats | float) -> float:
    return float(((interval.low <= truth) & (truth <= interval.high)).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=2000)
    trials = parser.parse_args().trials
    print("| setting | these prompts | all questions | Wilson over answers |\n|---|---|---|---|")
    found = {name: held(design, trials, random) for name, design, random in each(DESIGNS)}
    for name, of in found.items():
        print(f"| {name} | {of.panel:.1%} | {of.market:.1%} | {of.plain:.1%} |")
    for scope in ("panel", "market", "plain"):
        of_all = np.array([getattr(of, scope) for of in found.values()])
        low = np.quantile(of_all, 0.05)
        print(f"{scope}: mean {of_all.mean():.3f}, lowest {of_all.min():.3f}, 5th percentile {low:.3f}")


if __name__ == "__main__":
    main()
