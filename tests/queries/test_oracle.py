"""From raw rows to the number on screen: every daily sum and metric against plain Python."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import astuple, replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session, SQLModel, delete, select

from geo_tracker.metrics.definitions import METRICS
from geo_tracker.metrics.dimensions import DIMENSIONS
from geo_tracker.metrics.measures import Measurement, answer_counts, measurements
from geo_tracker.metrics.shelf import FUNNEL, concentration, flows, funnel, ladder, shares
from geo_tracker.metrics.sums import ROLLUP_VERSION, SUMS
from geo_tracker.queries import source_rates
from geo_tracker.queries.facts import Selection, read_choices, read_facts
from geo_tracker.queries.gap import read_gap
from geo_tracker.queries.offered import read_offered, read_spread
from geo_tracker.queries.shelf import read_shelf
from geo_tracker.queries.source_rates import read_source_rates
from geo_tracker.queries.sources import read_sources
from geo_tracker.queries.type_shares import read_types
from geo_tracker.storage.database import migrate, open_engine
from geo_tracker.storage.models import Answer, DailyBrand, DailyCell, DailyShelf, MonthlyBrand, WeeklyBrand
from tests.conftest import fresh_database
from tests.support import oracle
from tests.support.offer_rows import Rows
from tests.support.oracle import ARCHIVED, BRANDS, DAYS, PROMPTS, Raw, draw, expected, store, tracked
from tests.support.stored_sums import daily

ROWS = draw(1)
SHAPES: dict[Selection, Any] = {
    Selection("w", branded=True): lambda raw: True,
    Selection("w"): lambda raw: not PROMPTS[raw.answer["prompt_id"]]["branded"],
    Selection("w", branded=True).only(engine=("kimi",)): lambda raw: raw.answer["engine"] == "kimi",
    Selection("w", branded=True).only(surface=("api", "app")): lambda raw: (
        raw.answer["surface"] in ("api", "app")
    ),
    Selection("w", branded=True).only(mode=("think",)): lambda raw: raw.answer["mode"] == "think",
    Selection("w", branded=True).only(topic=("masks",)): lambda raw: raw.answer["prompt_id"] in (1, 3),
    Selection("w", branded=True).only(stage=("awareness", "decision")): lambda raw: (
        raw.answer["prompt_id"] != 2
    ),
    Selection("w", branded=True).only(language=("en",)): lambda raw: raw.answer["prompt_id"] in (2, 3),
    Selection("w", branded=True, start=DAYS[1], end=DAYS[2]): lambda raw: (
        DAYS[1] <= raw.answer["day"] <= DAYS[2]
    ),
    Selection("w", branded=True, start=ARCHIVED): lambda raw: raw.answer["day"] >= ARCHIVED,
    Selection("w", start=DAYS[2]).only(engine=("kimi", "doubao"), language=("zh",)): lambda raw: (
        raw.answer["day"] >= DAYS[2]
        and raw.answer["engine"] != "openai"
        and raw.answer["prompt_id"] in (1, 4)
    ),
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    """The rows in one database of each kind, for all tests that only read."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('oracle') / 'geo.db'}"
        else:
            url = stack.enter_context(fresh_database(request.getfixturevalue("postgres_url")))
        made = open_engine(url)
        migrate(made)
        store(made, ROWS)
        yield made
        made.dispose()


@pytest.fixture
def own(engine: sa.Engine) -> sa.Engine:
    """The rows in a database of the test's own, to be changed."""
    store(engine, ROWS)
    return engine


def test_the_rows_are_of_every_kind() -> None:
    assert {raw.answer["status"] for raw in ROWS} == set(oracle.STATUSES)
    assert {(raw.answer["engine"], raw.answer["surface"]) for raw in ROWS} == set(oracle.STRATA)
    assert any(raw.shown and not raw.offers and raw.shows_shelf for raw in ROWS), "products on pages only"
    assert any(raw.of(2)["rank"] == 3 for raw in ROWS)
    assert set(oracle.DAILY) == set(SUMS)
    assert set(oracle.RATIOS) == set(METRICS)


def test_every_daily_sum(filled: sa.Engine) -> None:
    for brand, name in BRANDS.items():
        for day in (None, *DAYS):
            where = {} if day is None else {"day": day}
            rows = [raw for raw in ROWS if day in (None, raw.answer["day"])]
            stored = daily(filled, name, **where)
            for sum_, of in oracle.DAILY.items():
                assert getattr(stored, sum_) == pytest.approx(of(rows, brand)), (sum_, name, day)


@pytest.mark.parametrize(
    "by", [(), *((name,) for name in DIMENSIONS), ("day", "engine"), ("topic", "week")], ids=str
)
def test_every_metric_by_everything(filled: sa.Engine, by: tuple[str, ...]) -> None:
    with Session(filled) as session:
        facts = read_facts(session, Selection("w", branded=True), by)
    _agree(facts, ROWS, by)


@pytest.mark.parametrize("filters", SHAPES, ids=str)
def test_every_metric_of_every_selection(filled: sa.Engine, filters: Selection) -> None:
    rows = [raw for raw in ROWS if SHAPES[filters](raw)]
    with Session(filled) as session:
        facts = read_facts(session, filters)
        if filters.start:
            _agree(read_facts(session, filters, ("week",)), rows, ("week",))
    _agree(facts, rows, ())
    assert facts.sandbox == any(raw.answer["sandbox"] for raw in rows)
    assert facts.rules == tuple(sorted({raw.answer["rules"] for raw in rows} - {None}))
    days = [raw.answer["day"] for raw in rows]
    assert (facts.first, facts.last) == (min(days), max(days))
    counts = {name: oracle.DAILY[name](rows, 1) for name in answer_counts(facts)}
    assert answer_counts(facts) == counts
    assert [brand.name for brand in facts.brands] == [
        name for number, name in BRANDS.items() if tracked(rows, number)
    ]


def _agree(facts: Any, rows: list[Raw], by: tuple[str, ...]) -> None:
    truth = expected(rows, by)
    found = {(row.metric, row.brand, tuple(row.group.values())): row for row in measurements(facts, by)}
    assert set(found) == set(truth)
    for key, (above, below, prompts) in truth.items():
        estimate = found[key].estimate
        assert (estimate.numerator, estimate.denominator) == pytest.approx((above, below)), key
        assert estimate.value == (pytest.approx(above / below) if below else None), key
        assert estimate.prompts == prompts, key
        of = [raw for raw in rows if oracle.group(raw, by) == key[2]]
        mine = tracked(of, next((number for number, name in BRANDS.items() if name == key[1]), None))
        covered = _covered(key, truth, mine)
        assert estimate.coverage == (None if covered is None else pytest.approx(covered)), key
        assert found[key].surfaces == tuple(sorted({raw.answer["surface"] for raw in of})), key


def _covered(key: Any, truth: dict[Any, Any], mine: list[Raw]) -> float | None:
    """Valid of all answers; of net sentiment, clear opinions of the answers that name the brand."""
    if key[0] != "net_sentiment":
        return sum(raw.valid for raw in mine) / len(mine)
    named = truth["mention_rate", *key[1:]][0]
    return float(truth[key][1] / named) if named else None


def test_only_the_sums_of_the_asked_metrics_are_read(filled: sa.Engine) -> None:
    with Session(filled) as session:
        few = read_facts(session, Selection("w"), ("day",), ("mention_rate",))
        every = read_facts(session, Selection("w"), ("day",))
    assert set(few.own_sums) & set(SUMS) == {"mentioned"}
    asked = {"metrics": ("mention_rate",), "by": ("day",)}
    assert measurements(few, **asked) == measurements(every, **asked)  # type: ignore[arg-type]


def test_the_funnel(filled: sa.Engine) -> None:
    with Session(filled) as session:
        facts = read_facts(session, Selection("w", branded=True))
    names = {"cited": "sourced"}
    for number, brand in BRANDS.items():
        rows = tracked([raw for raw in ROWS if not raw.answer["surface"].startswith("api")], number)
        steps = funnel(facts, brand)
        assert [step.step for step in steps] == list(FUNNEL)
        for step in steps:
            assert step.estimate.numerator == oracle.DAILY[names.get(step.step, step.step)](rows, number)
            assert step.estimate.denominator == oracle.DAILY["answers"](rows, number)


def test_the_shelf(filled: sa.Engine) -> None:
    keys = (
        "day",
        "prompt_id",
        "engine",
        "surface",
        "mode",
        "brand_id",
        "placement",
        "platform",
        "merchant",
        "checkout",
    )
    sums = ("offers", "official", "dead", "unavailable")
    with Session(filled) as session:
        rows = session.exec(select(DailyShelf)).all()
    stored = {tuple(getattr(row, k) for k in keys): [getattr(row, name) for name in sums] for row in rows}
    truth = oracle.shelf(ROWS)
    assert len(rows) == len(stored)
    assert stored == {key: pytest.approx(values) for key, values in truth.items()}
    assert any(values[2] == 0.5 for values in truth.values()), (
        "a dead link that leads from one shop to another"
    )


GROUPS = (
    *((), ("placement",), ("platform",), ("merchant",), ("checkout",), ("placement", "platform")),
    *(("engine", "surface", "placement"), ("topic", "merchant"), ("week", "platform"), ("day",)),
)
SPREADS = (("engine", "surface"), ("topic",), ())


@pytest.mark.parametrize("filters", SHAPES, ids=str)
def test_the_shelf_of_every_selection_in_every_group(filled: sa.Engine, filters: Selection) -> None:
    with Session(filled) as session:
        facts = read_facts(session, filters)
        truth = _shelf_truth(session, filters)
        shelf = read_shelf(session, facts)
        offered = {by: shares(read_offered(session, facts, by)) for by in GROUPS}
        spreads = {by: read_spread(session, facts, by) for by in SPREADS}
    for by, found in offered.items():
        assert _numbers(found) == truth["shares", by], by
    for by, spread in spreads.items():
        assert _numbers(concentration(spread)) == truth["concentration", by], by
    assert ladder(shelf) == truth["ladder"]
    assert flows(shelf) == truth["flows"]
    assert sum(row.offers for row in flows(shelf)) == facts.cells["offers_all"].sum()


_known: dict[Selection, dict[Any, Any]] = {}


def _shelf_truth(session: Session, filters: Selection) -> dict[Any, Any]:
    """The numbers of a selection's shelf from raw rows, counted once for both kinds of database."""
    if filters not in _known:
        of = _offer_rows(session, filters)
        truth: dict[Any, Any] = {"ladder": ladder(of.shelf), "flows": flows(of.shelf)}
        truth |= {("shares", by): _numbers(of.shares(by)) for by in GROUPS}
        truth |= {("concentration", by): _numbers(of.concentration(by)) for by in SPREADS}
        _known[filters] = truth
    return _known[filters]


def _offer_rows(session: Session, filters: Selection) -> Rows:
    """The shelf of a selection from raw rows."""
    names = (
        "day",
        "prompt_id",
        "engine",
        "surface",
        "mode",
        "number",
        "placement",
        "platform",
        "merchant",
        "checkout",
    )
    sums = ("offers", "official", "dead", "unavailable")
    rows = oracle.shelf([raw for raw in ROWS if SHAPES[filters](raw)])
    frame = pd.DataFrame([(*key, *values) for key, values in rows.items()], columns=[*names, *sums])
    facts = read_facts(session, filters, ("day", "engine"))
    known = {brand.name for brand in facts.brands}
    brand = [name if (name := BRANDS.get(number)) in known else "" for number in frame["number"]]
    types = {"day": "datetime64[s]", "checkout": "str", **dict.fromkeys(sums, "float64")}
    return Rows(facts, frame.assign(brand=brand).astype(types))


def _numbers(rows: list[Measurement]) -> dict[Any, Any]:
    """Rounded: the database adds up in another order."""
    return {
        (row.metric, row.brand, tuple(row.group.items()), row.surfaces): [
            round(value, 12) if isinstance(value, float) else value for value in astuple(row.estimate)
        ]
        for row in rows
    }


@pytest.mark.parametrize("filters", SHAPES, ids=str)
def test_the_sources_of_every_selection(
    filled: sa.Engine, filters: Selection, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [raw for raw in ROWS if SHAPES[filters](raw)]
    with Session(filled) as session:
        found = {row.source: row for row in read_sources(session, filters)}
        types = {row.type: row.citations for row in read_types(session, filters)}
        rates = read_source_rates(session, filters, "domain", ["p1.example", "a.example"])
        monkeypatch.setattr(source_rates, "MANY", 0)
        assert read_source_rates(session, filters, "domain", ["p1.example", "a.example"]) == rates
    truth = oracle.leaning(rows)
    sums = {domain: (row.answers, row.citations, row.weight) for domain, row in found.items()}
    assert sums == {domain: pytest.approx(of[:3]) for domain, of in truth.items()}
    for domain, row in found.items():
        citing = [raw for raw in rows if domain in {oracle.domain_of(c["page_id"]) for c in raw.cited}]
        assert row.engines == tuple(sorted({raw.answer["engine"] for raw in citing}))
    kinds = {number: kind for number, (_, kind, _) in oracle.SITES.items()}
    cited = [kinds.get(each["page_id"]) for raw in rows for each in raw.cited]
    assert types == {kind: cited.count(kind) for kind in {*cited}}
    assert {name: rate.numerator for name, rate in rates.items()} == {
        name: truth.get(name, (0,))[0] for name in ("p1.example", "a.example")
    }


@pytest.mark.parametrize("filters", SHAPES, ids=str)
def test_the_gap_of_every_selection(filled: sa.Engine, filters: Selection) -> None:
    rows = [raw for raw in ROWS if SHAPES[filters](raw)]
    with Session(filled) as session:
        gap = read_gap(session, filters)
    truth = oracle.leaning(rows, (1, 2))
    found = {
        row.source: (row.answers, row.citations, row.weight, row.weight_estimated) for row in gap.sources
    }
    assert found == {domain: pytest.approx(of, abs=1e-5) for domain, of in truth.items()}
    assert {row.source: row.action for row in gap.sources} == {
        domain: {"p1.example": "pitch", "p2.example": "correct"}[domain] for domain in truth
    }
    for row in gap.sources:
        page = int(row.source[1])
        citing = [raw.answer["prompt_id"] for raw in rows if page in raw.pages and raw.valid]
        most = sorted({*citing}, key=lambda prompt: (-citing.count(prompt), prompt))
        assert row.prompts == tuple(f"?{prompt}" for prompt in most[:5])


def test_every_cell_says_what_it_rests_on(filled: sa.Engine) -> None:
    with Session(filled) as session:
        cells = session.exec(select(DailyCell)).all()
    for cell in cells:
        names = ("day", "prompt_id", "engine", "surface", "mode")
        of = [raw.answer for raw in ROWS if all(raw.answer[name] == getattr(cell, name) for name in names)]
        assert cell.sandbox == any(answer["sandbox"] for answer in of)
        assert cell.rules.split() == sorted({answer["rules"] for answer in of} - {None})
        assert cell.version == ROLLUP_VERSION
    pairs = [(a.answer, b.answer) for a, b in pairwise(ROWS)]
    same = [(a["sandbox"], b["sandbox"]) for a, b in pairs if all(a[n] == b[n] for n in names)]
    assert (True, False) in same, "a real answer after a sandbox's"


def test_rolling_up_again_changes_nothing(own: sa.Engine) -> None:
    before = _tables(own)
    with Session(own) as session:
        choices = read_choices(session, "w")
    oracle.roll(own)
    assert _tables(own) == before
    with Session(own) as session:
        assert read_choices(session, "w") == choices


def test_choices_follow_the_answers_that_are_there(own: sa.Engine) -> None:
    with own.execution_options(writing=True).begin() as connection:
        connection.execute(delete(Answer).where(Answer.surface != "web"))  # type: ignore[arg-type]
        connection.execute(sa.insert(Answer).values(**_late()))
    oracle.roll(own)
    with Session(own) as session:
        choices = read_choices(session, "w")
    assert (choices.values["engine"], choices.values["surface"]) == (("kimi",), ("web",))
    assert {daily(own, name, surface="app").mentions for name in BRANDS.values()} == {0}
    assert (choices.first, choices.last) == (min(DAYS), max(DAYS) + timedelta(days=9))


def _late() -> dict[str, Any]:
    day = max(DAYS) + timedelta(days=9)
    ids = {"id": 9999, "key": "9999", "workspace_id": 1, "run_id": 1, "prompt_id": 2}
    lists = {name: [] for name in ("follow_ups", "cards", "unknown_blocks")}
    place = {"engine": "kimi", "surface": "web", "repeat": 1, "status": "captured", "sandbox": False}
    return {**ids, **lists, **place, "usage": {}, "attempts": 1, "search": "unknown", "day": day}


def _tables(engine: sa.Engine) -> list[list[dict[str, Any]]]:
    found = []
    models: tuple[type[SQLModel], ...] = (DailyCell, DailyBrand, WeeklyBrand, MonthlyBrand)
    for model in models:
        table = sa.inspect(model).local_table
        with engine.connect() as connection:
            rows = connection.execute(sa.select(table).order_by(*table.primary_key)).mappings().all()
        found.append([dict(row) for row in rows])
    return found


@pytest.fixture(scope="module")
def memory() -> sa.Engine:
    return sa.create_engine("sqlite://", poolclass=sa.StaticPool)


@settings(max_examples=8)
@given(seed=st.integers(0, 10_000))
def test_sums_are_within_one_another_and_the_order_of_import_does_not_matter(
    memory: sa.Engine, seed: int
) -> None:
    rows = draw(seed, repeats=1)
    shuffled = [replace(raw, id=at) for at, raw in enumerate(random.Random(seed).sample(rows, len(rows)), 1)]
    tables = []
    for order in (rows, shuffled):
        SQLModel.metadata.drop_all(memory)
        SQLModel.metadata.create_all(memory)
        store(memory, order)
        tables.append(_tables(memory))
    for first, second in zip(*tables, strict=True):
        for one, other in zip(first, second, strict=True):
            assert one == {
                name: pytest.approx(value) if isinstance(value, float) else value
                for name, value in other.items()
            }
    for cell in tables[0][0]:
        ended = cell["answers"] + cell["failed"] + cell["refused"] + cell["empty"] + cell["cut"]
        assert cell["answers"] <= ended <= cell["planned"]
        assert (
            cell["triggered"]
            <= cell["triggered_pages"]
            <= min(cell["shelf_answers"], cell["answers_with_offers"])
        )
        assert cell["answers_naming"] <= min(cell["answers"], cell["mentioned_all"])
    for own in tables[0][1]:
        cell = next(
            c
            for c in tables[0][0]
            if all(c[name] == own[name] for name in ("day", "prompt_id", "engine", "surface", "mode"))
        )
        assert own["top1"] <= own["top3"] <= own["mentioned"] <= cell["answers_naming"] <= cell["answers"]
        assert own["positive"] + own["negative"] + own["neutral"] + own["mixed"] == own["opinions"]
        assert abs(own["balance"]) <= own["opinions"] <= own["mentioned"]
