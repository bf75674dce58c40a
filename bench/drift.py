"""How often the demo's planted drift is told: `python -m bench.drift [--trials 40] [--workspace demo-zh]`.

The table stands in docs/metrics.md#measured-signals. Each trial answers the demo's last fifteen days anew, apps and
search pages included, imports and scores them, and looks once at their end, as the demo does.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bench.sandbox_days import CHINESE, ENGLISH, Market, market_days
from geo_tracker.engines import engine_named
from geo_tracker.metrics.changes import movements
from geo_tracker.sandbox.capturing import apps_of
from geo_tracker.sandbox.profiles import profile_of
from geo_tracker.sandbox.web import STORY_DAYS
from geo_tracker.signals.history import LENGTHS, History
from geo_tracker.signals.life import refresh
from geo_tracker.storage.database import reading
from geo_tracker.storage.models import Signal

PLANTED_AT = 21
"""Day of the story from which engines favour the own brand; the demo ends a week later."""
OWN = {"demo-en": ("tidewell", "Tidewell"), "demo-zh": ("yunsha", "云纱")}
"""The sandbox's name of the own brand, and the one that answers have."""
SCREENS = ("serpapi-ai-mode", "serpapi-ai-overview", "cloro-chatgpt")
DEMO = (replace(ENGLISH, engines=(*ENGLISH.engines, *SCREENS)), replace(CHINESE, apps=True))
"""The two markets with all surfaces of the demo. Search pages are asked twice a day here, once there."""
Place = tuple[str, str]
"""Engine and surface."""


def places(of: Market) -> Mapping[Place, str]:
    """Where a market is asked, with the sandbox's name of how it answers there."""
    asked = {(name, str(engine_named(name).surface)): name for name in of.engines}
    apps = apps_of(of.file.workspace.locale.partition("-")[0]) if of.apps else ()
    return asked | {(app.engine, app.surface): app.profile for app in apps}


def planted(of: Market) -> set[Place]:
    """Where the liking of the own brand changes on that day, as the sandbox's own data say."""
    own = OWN[of.slug][0]
    days = (PLANTED_AT - 1, PLANTED_AT)
    return {
        where
        for where, profile in places(of).items()
        if len({profile_of(profile, day).bias.get(own, 1.0) for day in days}) == 2
    }


@dataclass(frozen=True)
class Trial:
    """What one look at the end of the demo told, and the own brand's mention rates before and after by place."""

    told: frozenset[tuple[str, str, str]]
    rates: Mapping[Place, tuple[float, float, int]]


def trial(of: Market, seed: int) -> Trial:
    """The demo's last days with answers of a seed: two weeks and, for the look of the day before, one day more."""
    start = STORY_DAYS - 2 * LENGTHS[0] - 1
    with market_days(replace(of, seed=seed), STORY_DAYS, quiet=False, start=start) as engine:
        told = refresh(engine, of.slug, datetime.now(UTC))
        with reading(engine) as session:
            rates = _rates(History(session, of.slug), OWN[of.slug][1])
    return Trial(frozenset(_place(row) for row in told), rates)


def _place(row: Signal) -> tuple[str, str, str]:
    return row.kind, row.engine, row.surface


def _rates(history: History, own: str) -> dict[Place, tuple[float, float, int]]:
    found = {}
    for pair in history.pairs():
        sides = (history.facts(pair.before), history.facts(pair.after))
        for row in movements(*sides, by=("engine",), metrics=("mention_rate",), brands=(own,)):
            of = row.change
            rates = (of.before.value or 0.0, of.after.value or 0.0, of.after.n)
            found[row.group["engine"], pair.surface] = rates
    return found


def report(of: Market, trials: Iterable[Trial]) -> None:
    """A row for each place where it is planted, and what is told of the own brand elsewhere."""
    found = list(trials)
    where = planted(of)
    for engine, surface in sorted(where):
        rates = [each.rates[engine, surface] for each in found]
        before, after, n = (sum(column) / len(found) for column in zip(*rates, strict=True))
        told = sum(("visibility", engine, surface) in each.told for each in found)
        print(
            f"| {of.slug} | {engine} | {surface} | {n:.0f} | {before:.0%} | {after:.0%} | {told / len(found):.0%} |"
        )
    kinds: dict[str, Counter[Place]] = defaultdict(Counter)
    for each in found:
        for kind, *place in each.told:
            if (place[0], place[1]) not in where:
                kinds[kind][place[0], place[1]] += 1
    print(
        f"{of.slug}, told elsewhere in {len(found)} trials: { {kind: dict(n) for kind, n in kinds.items()} }"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--workspace", choices=sorted(OWN), action="append", help="one of the two only")
    chosen = parser.parse_args()
    print("| workspace | engine | surface | n | before | after | told |\n|---|---|---|---|---|---|---|")
    for of in (each for each in DEMO if each.slug in (chosen.workspace or OWN)):
        report(of, (trial(of, seed) for seed in range(1, chosen.trials + 1)))


if __name__ == "__main__":
    main()
