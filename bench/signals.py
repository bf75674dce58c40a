"""How often signals are told where nothing changed: `python -m bench.signals [--swaps 100]`.

The tables stand in docs/metrics.md#measured-signals. The sandbox's two markets stand still for 90 days, every answer
drawn anew; they are imported, scored and looked at day by day as the product does. An outage: two engines fail for two
weeks each. Adjacent days are swapped by chance, so that whatever the demo plants is on both sides alike.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import sqlalchemy as sa
from sqlmodel import Session, col, delete, update

from bench.sandbox_days import CHINESE, ENGLISH, FIRST, Market, market_days
from geo_tracker.metrics.records import Facts, Selection
from geo_tracker.metrics.sums import sums_of
from geo_tracker.queries.facts import read_facts
from geo_tracker.signals.history import LENGTHS, History, Pair
from geo_tracker.signals.kinds import find_all
from geo_tracker.signals.life import tell
from geo_tracker.signals.moves import judged, sure_movements
from geo_tracker.storage.database import reading, workspace_named, writing
from geo_tracker.storage.models import DailyBrand, DailyCell, Signal

DAYS = 90
OUTAGES = (20, 50)
"""First days of two engines' outages, of two weeks each."""
Counts = Counter[tuple[str, str]]
"""Families that tell something (`told`), that have anything real (`real`), and all (`all`), by name."""


def families(history: History) -> Counts:
    """The families of the newest windows, by what they tell."""
    found: Counts = Counter()
    sure = {(pair, moved.change.family) for pair, moved in sure_movements(history)}
    for pair in history.pairs():
        changes = [moved.change for moved in judged(history, pair)]
        for name in {change.family for change in changes}:
            found[name, "all"] += 1
            found[name, "told"] += (pair, name) in sure
            found[name, "real"] += any(change.real for change in changes if change.family == name)
    return found


def daily(engine: sa.Engine, slug: str, days: int, step: int) -> tuple[Counts, Counter[str]]:
    """All families of every `step`-th day from the first that has a window before, and the signals told, by kind."""
    found: Counts = Counter()
    told: Counter[str] = Counter()
    for at in range(2 * LENGTHS[0] - 1, days, step):
        with reading(engine) as session:
            history = History(session, slug, FIRST + timedelta(days=at))
            found += families(history)
            findings = list(find_all(history))
        told += Counter(row.kind for row in tell(engine, history, findings, datetime.now(UTC)))
    return found, told


def fail(engine: sa.Engine, of: Market, days: int) -> None:
    """Let two engines give no answer for two weeks each."""
    for name, start in zip(of.engines, OUTAGES, strict=False):
        down = [FIRST + timedelta(days=at) for at in range(start, min(start + 14, days))]
        with writing(engine) as session:
            _silence(session, workspace_named(session, of.slug).id, name, down)


def _silence(session: Session, workspace_id: int, engine: str, days: Sequence[date]) -> None:
    own = (DailyBrand.workspace_id == workspace_id, DailyBrand.engine == engine)
    session.exec(delete(DailyBrand).where(*own, col(DailyBrand.day).in_(days)))
    nothing = {each.name: 0 for each in sums_of("cell") if each.name != "planned"}
    values = {**nothing, "failed": DailyCell.planned, "models": ""}
    mine = (DailyCell.workspace_id == workspace_id, DailyCell.engine == engine)
    session.exec(update(DailyCell).where(*mine, col(DailyCell.day).in_(days)).values(values))


class Swapped(History):
    """A stretch of days, of each two neighbours one in either window."""

    def __init__(self, base: Facts, block: Sequence[date], chance: random.Random) -> None:
        self.slug = base.filters.workspace
        self.last, self._read = block[-1], {}
        self.half = len(block) // 2
        self.base, self.new_day = base, _swap(block, chance)
        self.block = block

    def pairs(self) -> Iterator[Pair]:
        for surface in self.base.surfaces:
            yield Pair.ending(self.slug, surface, self.block[-1], self.half)

    @property
    def day_before(self) -> None:  # type: ignore[override]
        return None

    def facts(self, selection: Selection) -> Facts:
        frames = [self._moved(rows, selection) for rows in (self.base.cells, self.base.own_sums)]
        return replace(self.base, cells=frames[0], own_sums=frames[1], filters=selection)

    def _moved(self, rows: pd.DataFrame, selection: Selection) -> pd.DataFrame:
        days = pd.to_datetime(rows["day"].dt.date.map(self.new_day))
        first, last = pd.Timestamp(selection.start), pd.Timestamp(selection.end)
        return rows.assign(day=days.astype("datetime64[s]"))[(days >= first) & (days <= last)]


def _swap(block: Sequence[date], chance: random.Random) -> Mapping[date, date]:
    half, new = len(block) // 2, {}
    for at in range(half):
        pair = [block[2 * at], block[2 * at + 1]]
        chance.shuffle(pair)
        new |= {pair[0]: block[at], pair[1]: block[half + at]}
    return new


def swapped(engine: sa.Engine, slug: str, length: int, days: int, swaps: int) -> Counts:
    """The families of windows of a length, in stretches from the first and the last day, swapped so often."""
    with reading(engine) as session:
        base = read_facts(session, Selection(slug), ("day", "engine"))
    found: Counts = Counter()
    for start in sorted({0, days - 2 * length}):
        block = [FIRST + timedelta(days=start + at) for at in range(2 * length)]
        for number in range(swaps):
            chance = random.Random(f"{slug} {start} {number}")  # noqa: S311 - for a simulation
            found += families(Swapped(base, block, chance))
    return found


def report(title: str, found: Counts) -> None:
    names = sorted({name for name, _ in found})
    for name in names:
        of = {what: found[name, what] for what in ("all", "told", "real")}
        shares = f"{of['told'] / of['all']:.1%} | {of['real'] / of['all']:.1%}"
        print(f"| {title} | {name} | {of['all']} | {shares} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--swaps", type=int, default=60)
    parser.add_argument("--step", type=int, default=2, help="days from one look to the next")
    chosen = parser.parse_args()
    print("| days | family | families | told | real in one window |\n|---|---|---|---|---|")
    for market in (ENGLISH, CHINESE):
        with market_days(market, DAYS, quiet=True) as engine:
            _quiet(engine, market, chosen.step, "90 quiet days")
            report(
                f"{market.slug}, 56 days swapped", swapped(engine, market.slug, 28, DAYS, chosen.swaps // 4)
            )
            fail(engine, market, DAYS)
            _quiet(engine, market, chosen.step, "two outages")
        with market_days(market, 28, quiet=False) as engine:
            report(
                f"{market.slug}, the demo's days swapped", swapped(engine, market.slug, 7, 28, chosen.swaps)
            )


def _quiet(engine: sa.Engine, market: Market, step: int, title: str) -> None:
    with writing(engine) as session:
        session.exec(delete(Signal))
    found, told = daily(engine, market.slug, DAYS, step)
    report(f"{market.slug}, {title}", found)
    print(f"told: {dict(told)}", flush=True)


if __name__ == "__main__":
    main()
