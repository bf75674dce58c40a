"""How often a change is told that is none, and one that is: `python -m bench.alarms [--trials 2000]`.

The tables stand in docs/metrics.md#measured-changes. A family is that of the own brand's headline metrics, over all
engines or by engine; it tells something where any change in it is real.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

from bench.simulation import HEADLINES, Design, each, windows
from geo_tracker.metrics.differences import judged_by_days, moved
from geo_tracker.metrics.families import FALSE_DISCOVERY_RATE
from geo_tracker.signals.moves import SURE

QUIET = {
    "8 prompts, 5 engines, 28 days": Design(),
    "20 prompts, 5 engines, 14 days": Design(prompts=20, days=14),
    "50 prompts, 3 engines, 7 days": Design(prompts=50, engines=3, days=7),
    "8 prompts, 2 engines, 7 days": Design(engines=2, days=7),
    "rate 5 %": Design(rate=0.05),
}
SHOCKS = {
    "8 prompts, 28 days, 0.3 logits": Design(shock=0.3),
    "20 prompts, 28 days, 0.3 logits": Design(prompts=20, shock=0.3),
    "20 prompts, 14 days, 0.3 logits": Design(prompts=20, days=14, shock=0.3),
    "8 prompts, 28 days, 0.3 logits, carried over 0.3": Design(shock=0.3, carried=0.3),
}
OUTAGE = {
    "8 prompts, 14 days": Design(days=14, outage=True),
    "20 prompts, 14 days": Design(prompts=20, days=14, outage=True),
    "8 prompts, 14 days, 0.3 logits": Design(days=14, shock=0.3, outage=True),
}
POWER = {
    "8 prompts, 5 engines, 28 days": Design(alike=0.3),
    "20 prompts, 5 engines, 14 days": Design(prompts=20, days=14),
    "8 prompts, 5 engines, 14 days": Design(days=14),
    "50 prompts, 5 engines, 7 days": Design(prompts=50, days=7),
    "8 prompts, 5 engines, 28 days, 0.3 logits": Design(shock=0.3),
}


def detected(
    of: Design,
    trials: int,
    random: np.random.Generator,
    by: Sequence[str] = (),
    points: float = 0.0,
    rate: float = FALSE_DISCOVERY_RATE,
) -> NDArray[np.bool_]:
    """Of each trial and comparison of its family, whether its q is at most `rate`."""
    before, after = windows(of, trials, random, points)
    p = []
    for metric in HEADLINES:
        found = moved(metric, before, after, by)
        columns = (found[name].to_numpy(float) for name in ("value", "variance", "df"))
        p.append(judged_by_days(metric, *columns).p.reshape(-1, trials))
    family = np.concatenate(p)
    known = np.where(np.isnan(family), 1.0, family)
    return np.asarray(false_discovery_control(known, axis=0) <= rate)


def alarms(of: Design, trials: int, random: np.random.Generator, by: Sequence[str] = ()) -> float:
    """The share of families that tell anything, where nothing changed."""
    return float(detected(of, trials, random, by).any(0).mean())


def power(
    of: Design, trials: int, random: np.random.Generator, points: float, rate: float = FALSE_DISCOVERY_RATE
) -> float:
    """The share of trials in which a change of the mention rate by `points` is told."""
    return float(detected(of, trials, random, points=points, rate=rate)[0].mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=2000)
    trials = parser.parse_args().trials
    for title, designs in (("quiet", QUIET), ("common days", SHOCKS), ("outage", OUTAGE)):
        print(f"\n| {title} | headlines | headlines by engine |\n|---|---|---|")
        for name, design, random in each(designs):
            found = [f"{alarms(design, trials, random, by):.1%}" for by in ((), ("engine",))]
            print(f"| {name} | {' | '.join(found)} |")
    for title, rate in (("power", FALSE_DISCOVERY_RATE), ("power of a signal in one look", SURE)):
        print(f"\n| {title} | 4 points | 8 points | 12 points |\n|---|---|---|---|")
        for name, design, random in each(POWER):
            found = [f"{power(design, trials, random, points, rate):.0%}" for points in (0.04, 0.08, 0.12)]
            print(f"| {name} | {' | '.join(found)} |")


if __name__ == "__main__":
    main()
