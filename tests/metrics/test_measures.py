"""Metrics of a selection: values, groups, roll-up, verdicts and the records of `geo-tracker metrics`."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_tracker.errors import UsageError
from geo_tracker.metrics.definitions import METRICS, metric
from geo_tracker.metrics.dimensions import DIMENSIONS
from geo_tracker.metrics.measures import answer_counts, measure, measurements, table
from tests.support.daily_rows import BRANDS, DAY, Cell, facts
from tests.support.places import ROOT

CELLS = [
    Cell(
        number, 10, (number, 4, 0), engine=engine, surface=surface, day=DAY + timedelta(days=day), planned=12
    )
    for number in range(6)
    for engine, surface in (("doubao", "api"), ("kimi", "web"))
    for day in (0, 8)
]
FACTS = facts(CELLS)

cells = st.lists(
    st.builds(
        lambda prompt, answers, hits, engine, surface, day, lost: Cell(
            prompt,
            answers,
            tuple(min(hit, answers) for hit in hits),
            engine,
            surface,
            DAY + timedelta(days=day),
            answers + lost,
        ),
        st.integers(1, 6),
        st.integers(0, 8),
        st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(0, 8)),
        st.sampled_from(["doubao", "kimi"]),
        st.sampled_from(["api", "web"]),
        st.integers(0, 9),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=15,
    unique_by=lambda cell: (cell.prompt, cell.engine, cell.surface, cell.day),
)


# own brand: 15 of 60 answers per engine and day name it, the rival 24; see daily_rows.sums
@pytest.mark.parametrize(
    ("name", "value", "n"),
    [
        ("mention_rate", 60 / 240, 240),
        ("share_of_voice", 60 / 156, 156),
        ("share_of_voice_answers", 60 / 156, 156),
        ("share_of_prominence", 60 / 156, 156),
        ("mean_rank", 1.0, 60),
        ("mrr", 60 / 240, 240),
        ("top1_rate", 60 / 240, 240),
        ("top3_rate", 60 / 240, 240),
        ("recommendation_rate", 60 / 240, 240),
        ("net_sentiment", 1.0, 60),
        ("citation_rate", 60 / 240, 240),
        ("citation_share", 60 / 960, 240),
        ("citation_weight", 15 / 240, 240),
        ("shelf_share", 180 / 624, 156),
        ("win_rate", 60 / 156, 156),
        ("official_store_share", 60 / 180, 60),
        ("price_spread", 0.125, 60),
        ("coverage", 240 / 288, 288),
    ],
)
def test_values(name: str, value: float, n: int) -> None:
    found = measure(FACTS, name, "云纱")
    assert found.value == pytest.approx(value)
    assert (found.n, found.verdict) == (n, "ok")
    assert found.coverage == pytest.approx(1.0 if name == "net_sentiment" else 240 / 288)


def test_net_sentiment_covers_the_clear_opinions_of_the_answers_that_name_the_brand() -> None:
    sums = FACTS.own_sums.copy()
    sums[["opinions", "balance", "positive"]] //= 3
    found = measure(replace(FACTS, own_sums=sums), "net_sentiment", "云纱")
    assert (found.value, found.n, found.coverage) == (1.0, 12, pytest.approx(12 / 60))


def test_every_metric_is_tested_above() -> None:
    tested = {row[0] for row in test_values.pytestmark[0].args[1]}  # type: ignore[attr-defined]
    assert tested | {"trigger_rate", "trigger_rate_pages"} == set(METRICS)


def test_an_api_never_says_that_there_is_no_shelf() -> None:
    asked = measure(facts([Cell(k, 10, (2, 1, 0)) for k in range(6)]), "trigger_rate")
    assert (asked.value, asked.n, asked.verdict) == (None, 0, "no data")
    seen = measure(facts([Cell(k, 10, (2, 1, 0), surface="web") for k in range(6)]), "trigger_rate")
    assert (seen.value, seen.n) == (pytest.approx(6 / 60), 60)


def test_a_brand_that_newly_appears_low_has_a_worse_mean_rank_and_a_better_reciprocal_one() -> None:
    before, after = (facts(Cell(k, 10, (4, 0, 0)) for k in range(6)) for _ in range(2))
    more = {"mentioned": 2, "rank_sum": 2 * 5, "reciprocal_rank": 2 / 5}  # two more answers, fifth in each
    for name, extra in more.items():
        after.own_sums[name] += extra
    ranks, reciprocal = (
        [measure(of, name, BRANDS[0]).value for of in (before, after)] for name in ("mean_rank", "mrr")
    )
    assert ranks == pytest.approx([1, 14 / 6]) and reciprocal == pytest.approx([0.4, 0.44])


def test_products_on_cited_pages_have_a_rate_of_their_own() -> None:
    cells = [Cell(k, 10, (2, 1, 0), surface="web") for k in range(6)]
    seen = measure(facts([*cells, Cell(7, 50, (9, 9, 9))]), "trigger_rate_pages")
    assert (seen.value, seen.n) == (pytest.approx(18 / 60), 60)


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_is_documented_under_its_name(name: str) -> None:
    document = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    assert f'<a id="{name}"></a>`{name}`' in document


def test_a_brand_that_nobody_names_has_no_rank_but_a_rate_of_zero() -> None:
    assert measure(FACTS, "mention_rate", "Basalt").value == 0
    rank = measure(FACTS, "mean_rank", "Basalt")
    assert (rank.value, rank.low, rank.high, rank.verdict) == (None, None, None, "no data")


def test_failed_answers_count_in_coverage_only() -> None:
    lost = facts([*CELLS, Cell(9, 0, planned=50)])
    assert measure(lost, "mention_rate", "云纱").value == measure(FACTS, "mention_rate", "云纱").value
    assert measure(lost, "mention_rate", "云纱").coverage == pytest.approx(240 / 338)
    assert answer_counts(lost) | {"failed": 0} == {
        "planned": 338,
        "answers": 240,
        "failed": 0,
        "refused": 0,
        "empty": 0,
        "cut": 0,
    }


@settings(max_examples=50, deadline=None)
@given(cells, st.sampled_from([d for d in DIMENSIONS if d != "prompt"]), st.sampled_from([*METRICS]))
def test_sums_roll_up_exactly_over_any_partition(drawn: list[Cell], dimension: str, name: str) -> None:
    whole, parts = facts(drawn), {"metrics": (name,), "by": (dimension,)}
    every = table(whole, **parts)  # type: ignore[arg-type]
    for brand in BRANDS if METRICS[name].per_brand else (None,):
        total = measure(whole, name, brand)
        rows = [row for row in every if row["brand"] == brand]
        assert sum(row["numerator"] for row in rows) == pytest.approx(total.numerator, rel=1e-12)
        assert sum(row["denominator"] for row in rows) == total.denominator
        assert len({json.dumps(row["group"]) for row in rows}) == len(rows)


@settings(max_examples=25, deadline=None)
@given(cells)
def test_every_estimate_lies_in_its_interval(drawn: list[Cell]) -> None:
    for row in measurements(facts(drawn), by=("engine",)):
        found = row.estimate
        assert (found.value is None) == (found.denominator == 0) == (found.verdict == "no data")
        if found.value is not None and found.low is not None and found.high is not None:
            assert found.low <= found.value <= found.high
        if METRICS[row.metric].unit == "share" and found.value is not None:
            assert found.low is not None and found.high is not None
            assert 0 <= found.low <= found.high <= 1


def test_records_have_the_fields_of_the_command() -> None:
    record = table(FACTS, by=("engine", "day"), metrics=("mention_rate",), brands=("云纱",))[0]
    assert record["group"] == {"engine": "doubao", "day": "2026-03-02"}
    assert list(record)[:9] == [
        "group",
        "brand",
        "metric",
        "value",
        "n",
        "low",
        "high",
        "coverage",
        "verdict",
    ]
    assert json.loads(json.dumps(record)) == record


def test_records_follow_metric_group_and_brand() -> None:
    rows = table(FACTS, by=("engine",), metrics=("coverage", "mention_rate"))
    assert [(row["metric"], row["group"]["engine"], row["brand"]) for row in rows] == [
        ("coverage", "doubao", None),
        ("coverage", "kimi", None),
        *(("mention_rate", engine, brand) for engine in ("doubao", "kimi") for brand in BRANDS),
    ]


def test_pooled_surfaces_are_named() -> None:
    assert table(FACTS)[0]["surfaces"] == ["api", "web"]
    by_surface = table(FACTS, by=("surface",), metrics=("mention_rate",), brands=("云纱",))
    assert [(row["group"]["surface"], row["surfaces"]) for row in by_surface] == [
        ("api", ["api"]),
        ("web", ["web"]),
    ]


def test_pooled_modes_are_named_where_any_is_known() -> None:
    cells = [Cell(1, 5), Cell(1, 5, surface="web", mode="search"), Cell(2, 0, surface="web", planned=5)]
    assert facts(cells).modes == ("search",), "an API has no switches, a row that waits no mode"
    assert facts([*cells, Cell(2, 5, surface="web", mode="search+think")]).modes == ("search", "search+think")
    assert facts([*cells, Cell(2, 5, surface="web")]).modes == ("", "search")
    assert facts(cells[:1]).modes == ()


def test_weeks_begin_on_monday() -> None:
    rows = table(FACTS, by=("week",), metrics=("coverage",))
    assert [row["group"]["week"] for row in rows] == ["2026-03-02", "2026-03-09"]


def test_coverage_counts_each_answer_once() -> None:
    assert measure(FACTS, "coverage").denominator == 288


@pytest.mark.parametrize(
    ("prompts", "answers", "verdict"), [(5, 2, "ok"), (4, 20, "thin sample"), (9, 1, "thin sample")]
)
def test_thin_samples(prompts: int, answers: int, verdict: str) -> None:
    found = measure(
        facts(Cell(number, answers, (1, 0, 0)) for number in range(prompts)), "mention_rate", "云纱"
    )
    assert found.verdict == verdict


def test_wrong_names_say_what_there_is() -> None:
    with pytest.raises(UsageError, match="no metric 'reach': there are mention_rate"):
        metric("reach")
    with pytest.raises(UsageError, match="cannot group by mood: use engine"):
        table(FACTS, by=("mood",))
    with pytest.raises(UsageError, match="no brand Other in this workspace: there are 云纱"):
        measure(FACTS, "mention_rate", "Other")
    with pytest.raises(UsageError, match="mention_rate is a metric of a brand"):
        measure(FACTS, "mention_rate")
