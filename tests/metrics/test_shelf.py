"""The shelf's numbers: shares by where offers stand, concentration, the funnel, and the checkout ladder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_tracker.errors import UsageError
from geo_tracker.metrics.measures import measure
from geo_tracker.metrics.shelf import (
    FUNNEL,
    flows,
    funnel,
    funnels,
    herfindahl,
    ladder,
    shows_shelf,
)
from tests.support.daily_rows import BRANDS, DAY, Cell, facts
from tests.support.offer_rows import Rows as OfferRows

OWN, RIVAL = BRANDS[0], BRANDS[1]
COLUMNS = (
    "prompt_id",
    "brand",
    "placement",
    "platform",
    "merchant",
    "checkout",
    "offers",
    "engine",
    "surface",
)
Row = tuple[Any, ...]


def shelf(cells: Sequence[Cell], rows: Sequence[Row]) -> OfferRows:
    """Rows of prompt, brand, placement, platform, merchant, checkout, offers, engine, surface and maybe a day."""
    sums = {"official": 0.0, "dead": 0.0, "unavailable": 0.0}
    filled = [
        {"day": DAY, "mode": "", **sums, **dict(zip((*COLUMNS, "day"), row, strict=False))} for row in rows
    ]
    frame = pd.DataFrame(filled, columns=[*COLUMNS, "mode", "day", *sums])
    types = {"day": "datetime64[s]", "offers": "float64", "checkout": "str"}
    return OfferRows(facts(cells), frame.astype(types))


def sold(
    prompt: int, brand: str, platform: str, offers: float, *, placement: str = "card", checkout: int = 3
) -> Row:
    return (prompt, brand, placement, platform, f"{platform} store", checkout, offers, "kimi", "web")


# six prompts with ten answers each, of which six have offers
CELLS = [Cell(k, 10, (4, 2, 0), "kimi", "web") for k in range(6)]
ROWS = [
    *(sold(k, OWN, "jd", 6) for k in range(6)),
    *(sold(k, RIVAL, "jd", 2) for k in range(6)),
    *(sold(k, "", "tmall", 1, placement="inline_link", checkout=2) for k in range(3)),
]


def test_shares_of_a_platform_with_everything_that_says_how_far_to_trust_them() -> None:
    found = {(row.group["platform"], row.brand): row for row in shelf(CELLS, ROWS).shares(("platform",))[:8]}
    own = found["jd", OWN].estimate
    assert (own.value, own.numerator, own.denominator) == (0.75, 36, 48)
    assert (own.n, own.prompts, own.coverage, own.verdict) == (36, 6, 1.0, "ok")
    assert own.low is not None and own.high is not None and own.low < 0.75 < own.high
    untracked = found["tmall", None].estimate
    assert (untracked.value, untracked.n, untracked.prompts, untracked.coverage) == (1.0, 3, 3, 1.0)
    assert untracked.verdict == "thin sample"
    assert found["jd", OWN].surfaces == ("web",)


def test_a_rival_without_offers_has_a_share_of_zero_not_none() -> None:
    found = {row.brand: row.estimate.value for row in shelf(CELLS, ROWS).shares(("placement",))[:4]}
    assert found == {OWN: 0.75, RIVAL: 0.25, "Basalt": 0.0, None: 0.0}


def test_coverage_is_that_of_the_whole_selection() -> None:
    planned = [Cell(k, 10, (4, 2, 0), "kimi", "web", planned=20) for k in range(6)]
    assert {row.estimate.coverage for row in shelf(planned, ROWS).shares(("platform",))} == {0.5}


def test_official_stores_by_platform() -> None:
    of = shelf(CELLS, ROWS)
    of.frame.loc[of.frame["brand"] == OWN, "official"] = 2.0
    found = [row for row in of.shares(("platform",), (OWN,)) if row.metric == "official_store_share"]
    assert [(row.group["platform"], row.brand, row.estimate.value) for row in found] == [
        ("jd", OWN, pytest.approx(1 / 3)),
        ("tmall", OWN, None),
    ]


def test_an_unknown_brand_says_who_there_is() -> None:
    with pytest.raises(UsageError, match="no brand Other"):
        shelf(CELLS, ROWS).shares((), ("Other",))


def test_a_selection_without_offers_has_no_shares_and_no_concentration() -> None:
    bare = shelf(CELLS, [])
    assert [row for row in bare.shares(("platform",)) if row.estimate.value is not None] == []
    assert (bare.concentration(), ladder(bare.shelf), flows(bare.shelf)) == ([], [], [])


offered = st.lists(
    st.builds(
        sold,
        st.integers(0, 5),
        st.sampled_from([*BRANDS, ""]),
        st.sampled_from(["jd", "tmall", ""]),
        st.sampled_from([0.5, 1, 2, 3]),
        placement=st.sampled_from(["card", "inline_link"]),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=40)
@given(
    offered,
    st.sampled_from([(), ("placement",), ("platform", "placement"), ("topic", "platform"), ("week",)]),
)
def test_the_shares_of_a_group_add_up_and_the_groups_to_the_whole(
    rows: list[Row], by: tuple[str, ...]
) -> None:
    of = shelf(CELLS, rows)
    found = [row for row in of.shares(by) if row.metric == "shelf_share"]
    for group in {tuple(row.group.values()) for row in found}:
        values = [row.estimate.value for row in found if tuple(row.group.values()) == group]
        assert len(values) == len(BRANDS) + 1
        assert sum(value or 0 for value in values) == pytest.approx(1)
    for brand in (*BRANDS, None):
        sums = [row.estimate.numerator for row in found if row.brand == brand]
        assert sum(sums) == pytest.approx(of.frame.loc[of.frame["brand"] == (brand or ""), "offers"].sum())


@settings(max_examples=40)
@given(offered)
def test_concentration_lies_between_an_even_split_and_one_and_in_its_interval(rows: list[Row]) -> None:
    of = shelf(CELLS, rows)
    known = of.frame[of.frame["platform"] != ""].groupby("platform")["offers"].sum()
    found = of.concentration()
    assert len(found) == bool(len(known))
    for row in found:
        it = row.estimate
        assert it.value == pytest.approx(float(((known / known.sum()) ** 2).sum()))
        assert 1 / len(known) - 1e-9 <= it.value <= 1 + 1e-9  # type: ignore[operator]
        assert it.low is not None and it.high is not None
        assert it.low - 1e-9 <= it.value <= it.high + 1e-9  # type: ignore[operator]
        assert it.denominator == known.sum()


def test_concentration_by_hand() -> None:
    sides = ((OWN, "jd", 3), ("", "tmall", 1))
    rows = [sold(k, name, platform, n) for k in range(6) for name, platform, n in sides]
    (row,) = shelf(CELLS, [*rows, sold(0, "", "", 9)]).concentration()
    assert row.group == {"engine": "kimi", "surface": "web"}
    assert (row.brand, row.metric) == (None, "platform_concentration")
    assert row.estimate.value == pytest.approx(0.75**2 + 0.25**2)
    assert (row.estimate.n, row.estimate.prompts, row.estimate.coverage) == (24, 6, 1.0)


def test_one_platform_alone_is_sure_only_as_far_as_its_prompts_go() -> None:
    (few,) = shelf(CELLS, [sold(k, OWN, "jd", 3) for k in range(2)]).concentration()
    (many,) = shelf(CELLS, [sold(k, OWN, "jd", 3) for k in range(6)]).concentration()
    assert few.estimate.value == many.estimate.value == few.estimate.high == 1
    assert few.estimate.low is not None and many.estimate.low is not None
    assert few.estimate.low < many.estimate.low < 0.7, "one platform in all 18 answers alone would give 0.68"


def test_the_funnel_counts_answers_at_every_step() -> None:
    steps = {step.step: step for step in funnel(facts(CELLS), OWN)}
    assert list(steps) == list(FUNNEL)
    # daily_rows.sums: 4 of 10 answers of a prompt take every step, for the own brand
    assert {step.estimate.numerator for step in steps.values()} == {24}
    assert {step.estimate.value for step in steps.values()} == {0.4}
    assert steps["mentioned"].estimate == measure(facts(CELLS), "mention_rate", OWN)
    assert steps["retrieved"].of_previous is None
    assert steps["buyable"].of_previous == 1
    rival = {step.step: step.estimate.numerator for step in funnel(facts(CELLS), RIVAL)}
    assert (rival["shown"], rival["recommended"], rival["buyable"]) == (12, 0, 0)


def test_the_funnels_of_all_brands_are_those_of_each() -> None:
    of = facts(CELLS)
    assert funnels(of) == [step for name in BRANDS for step in funnel(of, name)]
    with pytest.raises(UsageError, match="no brand Other"):
        funnels(of, ("Other",))


def test_a_step_that_nobody_took_gives_no_rate_to_the_next() -> None:
    steps = {step.step: step for step in funnel(facts(CELLS), RIVAL)}
    assert steps["recommended"].of_previous == 0
    assert steps["shown"].of_previous is None


def test_the_funnel_rests_on_surfaces_that_can_show_a_shelf() -> None:
    both = [*CELLS, *(Cell(k, 50, (50, 0, 0), "openai", "api") for k in range(6))]
    steps = funnel(facts(both), OWN)
    assert {step.surfaces for step in steps} == {("web",)}
    assert {step.estimate.n for step in steps} == {60}


@pytest.mark.parametrize(
    ("surface", "tells"),
    [
        *((name, False) for name in ("api", "API", "api, no web search", "api; PREVIEW ONLY")),
        *((name, True) for name in ("web", "app", "serp", "unknown", "apix", "consumer web app")),
    ],
)
def test_an_api_in_the_publishers_own_words_is_an_api(surface: str, tells: bool) -> None:
    assert shows_shelf(surface) is tells


def test_an_api_alone_ends_the_funnel_before_the_shelf() -> None:
    steps = {step.step: step for step in funnel(facts([Cell(k, 10, (4, 2, 0)) for k in range(6)]), OWN)}
    assert steps["recommended"].estimate.value == 0.4
    for name in ("shown", "clickable", "buyable"):
        assert (steps[name].estimate.value, steps[name].estimate.n, steps[name].of_previous) == (
            None,
            0,
            None,
        )
        assert steps[name].estimate.verdict == "no data"


def test_the_ladder_keeps_the_highest_rung_and_its_days() -> None:
    days = [DAY + timedelta(days=n) for n in range(4)]
    cells = [Cell(1, 3, (1, 0, 0), "kimi", "web", day) for day in days]
    rungs = [(2, days[0]), (5, days[1]), (5, days[2]), (3, days[3])]
    rows = [(*sold(1, OWN, "jd", 2, checkout=rung), day) for rung, day in rungs]
    (rung,) = ladder(shelf(cells, rows).shelf)
    assert (rung.checkout, rung.offers, rung.first, rung.last) == (5, 4, days[1], days[2])
    assert (rung.engine, rung.platform, rung.merchant) == ("kimi", "jd", "jd store")
    assert type(rung.first) is date


def test_flows_lead_from_engine_to_merchant_most_first() -> None:
    of = shelf(CELLS, ROWS)
    of.frame.loc[of.frame["platform"] == "tmall", "dead"] = 1.0
    assert [(flow.platform, flow.merchant, flow.offers, flow.dead) for flow in flows(of.shelf)] == [
        ("jd", "jd store", 48, 0),
        ("tmall", "tmall store", 3, 3),
    ]


@pytest.mark.parametrize(
    ("shares_of", "prompts", "offers_each", "alike", "floor"),
    [
        ((0.7, 0.2, 0.1), 10, 10, 20, 0.92),
        ((0.7, 0.2, 0.1), 30, 20, 3, 0.93),
        ((0.5, 0.3, 0.2), 10, 10, 3, 0.91),
        ((0.25, 0.25, 0.25, 0.25), 10, 10, 20, 0.95),
        ((0.9, 0.1), 30, 20, 20, 0.91),
        ((0.9, 0.1), 10, 10, 3, 0.80),
    ],
)
def test_the_interval_of_concentration_holds_the_truth(
    shares_of: tuple[float, ...], prompts: int, offers_each: int, alike: float, floor: float
) -> None:
    """Prompts' platform mixes are drawn from a Dirichlet distribution around the true one."""
    chance, truth = np.random.default_rng(7), sum(share**2 for share in shares_of)
    tries, held = 500, 0
    for _ in range(tries):
        mixes = chance.dirichlet(np.array(shares_of) * alike, size=prompts)
        x = np.array([chance.multinomial(offers_each, mix) for mix in mixes], dtype=float)
        group, one = np.zeros(prompts, dtype=np.intp), np.ones(1)
        (it,) = herfindahl(x, group, np.array([float(prompts * offers_each)]), one)
        assert it.low is not None and it.high is not None
        held += it.low <= truth <= it.high
    assert held / tries >= floor
