"""Engines that weigh the same, against plain Python: values, effective answers, intervals, changes."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from scipy.stats import norm
from scipy.stats import t as student
from sqlmodel import Session

from geo_tracker.metrics.changes import movements
from geo_tracker.metrics.measures import measure, measurements
from geo_tracker.metrics.records import Facts, Selection
from geo_tracker.queries.facts import read_facts
from tests.support import oracle
from tests.support.daily_rows import Cell
from tests.support.daily_rows import facts as facts_of
from tests.support.made_days import ENGINES, PROMPTS, day
from tests.support.oracle import BRANDS, Raw, draw, store

RATE = "mention_rate"
OWN = "云纱"
ROWS = draw(7)


def equal(rows: Iterable[Raw]) -> dict[str, float]:
    """What an answer on each engine weighs: N / (E n_e)."""
    counted: dict[str, int] = defaultdict(int)
    for raw in rows:
        counted[raw.answer["engine"]] += raw.valid
    counted = {engine: n for engine, n in counted.items() if n}
    return {engine: sum(counted.values()) / (len(counted) * n) for engine, n in counted.items()}


def weighted(rows: list[Raw], name: str, brand: int) -> float:
    """A daily sum in which every engine weighs the same."""
    return sum(
        weight * oracle.DAILY[name]([raw for raw in rows if raw.answer["engine"] == engine], brand)
        for engine, weight in equal(rows).items()
    )


@pytest.mark.parametrize(
    "by", [(), ("day",), ("topic",), ("surface", "engine"), ("week", "language")], ids=str
)
def test_every_metric_with_engines_that_weigh_the_same(engine: sa.Engine, by: tuple[str, ...]) -> None:
    store(engine, ROWS)
    with Session(engine) as session:
        facts = read_facts(session, Selection("w", branded=True, weights="engines"), by)
    found = measurements(facts, by)
    assert {row.metric for row in found} == set(oracle.RATIOS)
    numbers = {name: number for number, name in BRANDS.items()}
    for row in found:
        number = numbers[row.brand] if row.brand else 0
        rows = [
            raw
            for raw in oracle.tracked(ROWS, number or None)
            if oracle.group(raw, by) == tuple(row.group.values())
        ]
        above, below = oracle.RATIOS[row.metric]
        sums = weighted if row.metric != "coverage" else lambda of, name, who: oracle.DAILY[name](of, who)
        parts = (sums(rows, above, number), sums(rows, below, number))
        estimate = row.estimate
        assert (estimate.numerator, estimate.denominator) == pytest.approx(parts), (row.metric, row.brand)
        assert estimate.weights == ("answers" if row.metric == "coverage" else "engines")
        plain = [raw.valid for raw in rows]
        if row.metric == "mention_rate":
            assert estimate.n == sum(plain) and estimate.coverage == pytest.approx(sum(plain) / len(plain))


def market(days: int = 6, rate: Any = None) -> Iterator[Cell]:
    """Two engines, the first asked three times as often."""
    for number in range(days):
        for engine, answers in (("doubao", 6), ("kimi", 2)):
            for prompt in PROMPTS:
                hits = (rate or usual)(number, engine, prompt, answers)
                yield Cell(prompt, answers, (hits, 0, 0), engine, day=day(number))


def usual(number: int, engine: str, prompt: int, answers: int) -> int:
    return (number * 5 + prompt * 3) % (4 if engine == "doubao" else answers + 1)


def facts(cells: Iterable[Cell]) -> Facts:
    return replace(facts_of(cells), filters=Selection("demo", weights="engines"))


def hits(cells: Iterable[Cell], **where: Any) -> tuple[int, int]:
    """Answers that name the brand, and all answers."""
    of = [cell for cell in cells if all(getattr(cell, name) == value for name, value in where.items())]
    return sum(cell.mentioned[0] for cell in of), sum(cell.answers for cell in of)


def rate_of(cells: Iterable[Cell], **where: Any) -> float:
    named, answers = hits(cells, **where)
    return named / answers


def test_an_engine_asked_three_times_as_often_counts_once() -> None:
    cells = list(market())
    rates = [rate_of(cells, engine=name) for name in ENGINES]
    found = measure(facts(cells), RATE, OWN)
    assert found.value == pytest.approx(sum(rates) / 2)
    assert found.n == 6 * 8 * 8 and found.weights == "engines"
    assert measure(facts_of(cells), RATE, OWN).value == pytest.approx(rate_of(cells))
    assert abs(rate_of(cells) - sum(rates) / 2) > 0.01


def shrunk(p: float, n: float, v: float, units: int, prior: float, base: float, pseudo: float) -> Any:
    """docs/metrics.md#shrunk in plain Python."""
    smooth = (p * base + pseudo) / (base + 2 * pseudo)
    design = (8 * prior + (units - 1) * v * n / (smooth * (1 - smooth))) / (8 + units - 1)
    design = max(design, 1.0) if pseudo == 0.5 else design
    z = norm.ppf(0.975)
    size = n / design * (z / student.ppf(0.975, 8 + units - 1)) ** 2
    scale = 1 + z**2 / size
    half = z * math.sqrt(p * (1 - p) / size + (z / (2 * size)) ** 2) / scale
    return pytest.approx(((p + z**2 / (2 * size)) / scale - half, (p + z**2 / (2 * size)) / scale + half))


def test_the_interval_rests_on_as_many_answers_as_the_weights_are_worth() -> None:
    cells = list(market())
    found = measure(facts(cells), RATE, OWN)
    n = {name: hits(cells, engine=name)[1] for name in ENGINES}
    factor = {name: sum(n.values()) / (2 * n[name]) for name in ENGINES}
    total, kish = sum(n.values()), 4 / sum(1 / each for each in n.values())
    p = sum(rate_of(cells, engine=name) for name in ENGINES) / 2
    strata = [(prompt, name) for prompt in PROMPTS for name in ENGINES]
    own = {key: rate_of(cells, prompt=key[0], engine=key[1]) for key in strata}
    pull: dict[Any, float] = defaultdict(float)
    for cell in cells:
        r = own[cell.prompt, cell.engine]
        pull[cell.day] += factor[cell.engine] * (cell.mentioned[0] - r * cell.answers) / total
    days = len(pull)
    between = days / (days - 1) * sum(each**2 for each in pull.values())
    drawn = sum(
        (factor[name] * hits(cells, prompt=prompt, engine=name)[1] / total) ** 2
        * own[prompt, name]
        * (1 - own[prompt, name])
        / (hits(cells, prompt=prompt, engine=name)[1] - 1)
        for prompt, name in strata
    )
    v = max(between, drawn) + 1 / kish**2
    assert (found.low, found.high) == shrunk(p, kish, v, days, 1.0, kish, 1.0)

    asked = {
        prompt: sum(factor[name] * hits(cells, prompt=prompt, engine=name)[1] for name in ENGINES)
        for prompt in PROMPTS
    }
    named = {
        prompt: sum(factor[name] * hits(cells, prompt=prompt, engine=name)[0] for name in ENGINES)
        for prompt in PROMPTS
    }
    k = len(asked)
    v = k / (k - 1) * sum(((named[each] - p * asked[each]) / total) ** 2 for each in asked)
    squares = sum(each**2 for each in asked.values()) / sum(factor[name] ** 2 * n[name] for name in ENGINES)
    assert (found.market_low, found.market_high) == shrunk(p, kish, v, k, 1 + (squares - 1) * 0.3, k, 0.5)


def test_one_engine_and_engines_asked_alike_need_no_weights() -> None:
    alike = [replace(cell, answers=4, mentioned=(min(cell.mentioned[0], 4), 0, 0)) for cell in market()]
    for cells in ([cell for cell in market() if cell.engine == "kimi"], alike):
        weighed, plain = (measurements(of(cells)) for of in (facts, facts_of))
        for one, other in zip(weighed, plain, strict=True):
            for name in ("value", "low", "high", "market_low", "market_high", "n", "verdict"):
                assert getattr(one.estimate, name) == pytest.approx(
                    getattr(other.estimate, name), nan_ok=True
                ), name


def test_a_few_answers_of_an_engine_make_a_thin_sample() -> None:
    cells = [cell for cell in market() if cell.engine == "doubao"] + [
        Cell(2, 2, (1, 0, 0), "kimi", day=day(0))
    ]
    assert measure(facts_of(cells), RATE, OWN).verdict == "ok"
    assert measure(facts(cells), RATE, OWN).verdict == "thin sample", "290 answers, worth 8"


def test_an_engine_without_answers_weighs_nothing_and_still_lowers_coverage() -> None:
    failed = [Cell(prompt, 0, (0, 0, 0), "openai", day=day(0), planned=4) for prompt in PROMPTS]
    cells = list(market())
    found, plain = measure(facts([*cells, *failed]), RATE, OWN), measure(facts(cells), RATE, OWN)
    assert (found.value, found.low) == (plain.value, plain.low)
    coverage = measure(facts([*cells, *failed]), "coverage")
    assert coverage.value == pytest.approx(384 / 416) and coverage.weights == "answers"
    assert found.coverage == pytest.approx(384 / 416)


def risen(number: int, engine: str, prompt: int, answers: int) -> int:
    return min(usual(number, engine, prompt, answers) + (2 if engine == "kimi" else 0), answers)


def test_a_change_is_the_mean_of_those_of_the_engines() -> None:
    before, after = list(market(rate=usual)), list(market(rate=risen))
    (found,) = movements(facts(before), facts(after), metrics=(RATE,), brands=(OWN,))
    moved = {}
    for name in ENGINES:  # strata of an engine are asked equally often: their weights are equal
        of = [rate_of(after, engine=name, prompt=p) - rate_of(before, engine=name, prompt=p) for p in PROMPTS]
        moved[name] = sum(of) / len(of)
    change = found.change
    assert change.value == pytest.approx(sum(moved.values()) / 2) and moved["kimi"] > moved["doubao"] == 0
    assert change.value == pytest.approx((change.after.value or 0) - (change.before.value or 0))
    (plain,) = movements(facts_of(before), facts_of(after), metrics=(RATE,), brands=(OWN,))
    assert plain.change.value == pytest.approx(moved["kimi"] / 4)

    drawn, sides = 0.0, (before, after)
    pulls: list[dict[Any, float]] = [defaultdict(float), defaultdict(float)]
    for prompt in PROMPTS:
        for name in ENGINES:
            (x, n), (y, m) = (hits(side, prompt=prompt, engine=name) for side in sides)
            weight, both = 1 / (2 * len(PROMPTS)), (x + y) / (n + m)
            drawn += weight**2 * both * (1 - both) * (n + m) / (n + m - 1) * (1 / n + 1 / m)
            for pull, side, own in zip(pulls, sides, (x / n, y / m), strict=True):
                for cell in side:
                    if (cell.prompt, cell.engine) == (prompt, name):
                        asked = hits(side, prompt=prompt, engine=name)[1]
                        pull[cell.day] += weight / asked * (cell.mentioned[0] - own * cell.answers)
    days = len(pulls[0])
    of_a_day = sum(days / (days - 1) * sum(r**2 for r in pull.values()) for pull in pulls) / 2 * days
    k = 2 * (days - 1)
    variance = (8 * drawn + k * of_a_day * 2 / days) / (8 + k)
    half = student.ppf(0.975, 8 + k) * math.sqrt(variance)
    assert (change.low, change.high) == pytest.approx((change.value - half, change.value + half))
