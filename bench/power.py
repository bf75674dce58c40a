"""Whether plans keep their word: `python -m bench.power [--trials 1000]`.

Each made-up workspace has a history; the product's planner says from it how many days tell a change; then that many
days are drawn with such a change, and the product's own comparison either tells it or does not. The table stands in
docs/metrics.md#measured-plans.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace

import numpy as np

from bench.alarms import detected
from bench.simulation import HEADLINES, Design, answered, each, prompt_rates, rates_of, shocks
from geo_tracker.metrics.planner import days_needed, noise_of
from geo_tracker.metrics.strata import Strata

RATE = HEADLINES[0]
HISTORIES = 60
"""Made-up histories a setting: each gives a plan of its own."""
DESIGNS = {
    "8 prompts, 5 engines": Design(),
    "8 prompts, 5 engines, 2 repeats": Design(repeats=2),
    "20 prompts, 3 engines": Design(prompts=20, engines=3),
    "50 prompts, 3 engines": Design(prompts=50, engines=3),
    "8 prompts, 5 engines, 0.2 logits": Design(shock=0.2),
    "20 prompts, 5 engines, 0.3 logits": Design(prompts=20, shock=0.3),
    "20 prompts, 5 engines, 0.3 logits, carried over 0.3": Design(prompts=20, shock=0.3, carried=0.3),
    "20 prompts, 5 engines, rate 10 %": Design(prompts=20, rate=0.1),
}


@dataclass(frozen=True)
class Kept:
    """The days that plans ask for (middle half), and the share of planned changes that are told."""

    days: tuple[int, int]
    power: float


def kept(of: Design, points: float, trials: int, random: np.random.Generator) -> Kept | None:
    """Plans from `HISTORIES` histories of 28 days, and how often they tell a change; None where none can."""
    prompts = prompt_rates(of, HISTORIES, random)
    history = answered(of, rates_of(prompts, of, shocks(of, HISTORIES, random, of.days)), random)
    seen = [noise for strata in _each(history) if (noise := noise_of(strata, RATE))]
    days = [days_needed(noise, points, 0.8, of.prompts, of.repeats) for noise in seen]
    known = [each for each in days if each is not None]
    if not known:
        return None
    times = max(trials // len(known), 1)
    found = [detected(replace(of, days=each), times, random, points=points)[0].mean() for each in known]
    low, high = np.quantile(known, (0.25, 0.75))
    return Kept((round(low), round(high)), float(np.mean(found)))


def _each(of: Strata) -> list[Strata]:
    """Every trial as a workspace of its own."""
    return [
        Strata(
            of.keys,
            [name],
            {key: sums[..., at : at + 1] if sums.shape[2] > 1 else sums for key, sums in of.sums.items()},
        )
        for at, name in enumerate(of.brands)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=1000)
    trials = parser.parse_args().trials
    print("| workspace | 4 points: days | told | 8 points: days | told |\n|---|---|---|---|---|")
    for name, design, random in each(DESIGNS):
        cells = []
        for points in (0.04, 0.08):
            found = kept(design, points, trials, random)
            cells += [f"{found.days[0]}–{found.days[1]}", f"{found.power:.0%}"] if found else ["–", "–"]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
