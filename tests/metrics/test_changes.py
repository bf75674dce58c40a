"""Changes between two windows: what is called real, and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from geo_tracker.errors import UsageError
from geo_tracker.metrics.changes import UNKNOWN, change, movements
from geo_tracker.metrics.comparing import comparability
from geo_tracker.metrics.definitions import METRICS
from geo_tracker.metrics.differences import judged_by_days
from geo_tracker.metrics.families import benjamini_hochberg, judged
from geo_tracker.metrics.intervals import quantile
from geo_tracker.metrics.records import Facts, previous
from tests.support.daily_rows import DAY, Cell, facts

OWN, RIVAL = "云纱", "Aurora Care"


def window(
    own: list[int], rival: list[int] | None = None, answers: int = 20, first: int = 1, **cell: object
) -> Facts:
    """One cell per prompt: answers that name the own brand and a rival."""
    rivals = rival or [0] * len(own)
    pairs = enumerate(zip(own, rivals, strict=True), start=first)
    return facts(Cell(number, answers, (a, b, 0), **cell) for number, (a, b) in pairs)  # type: ignore[arg-type]


def test_a_shift_of_every_prompt_is_real() -> None:
    found = change(window([2, 8, 4, 10, 6, 12]), window([8, 13, 10, 16, 11, 18]), "mention_rate", OWN)
    assert found.verdict == "real across your prompts"
    assert found.value == pytest.approx((8 + 13 + 10 + 16 + 11 + 18 - 42) / 120)
    assert found.low is not None and found.low > 0
    assert found.p is not None and found.p < 0.01


def test_prompts_that_go_both_ways_are_noise() -> None:
    found = change(window([2, 8, 4, 10, 6, 12]), window([12, 2, 9, 3, 14, 6]), "mention_rate", OWN)
    assert found.verdict == "within noise"
    assert found.low is not None and found.high is not None
    assert found.low < 0 < found.high


def test_interval_of_one_day_by_hand() -> None:
    before, after = np.array([4, 8, 6, 2, 10]), np.array([6, 8, 9, 2, 14])
    found = change(window(list(before)), window(list(after)), "mention_rate", OWN)
    pooled = (before + after) / 40
    drawn = (0.2**2 * pooled * (1 - pooled) * 40 / 39 * (1 / 20 + 1 / 20)).sum()
    value, half = (after - before).mean() / 20, quantile(8) * np.sqrt(drawn)
    assert found.value == pytest.approx(value)
    assert (found.low, found.high) == pytest.approx((value - half, value + half))


def test_the_second_opinion_is_paired_by_prompt() -> None:
    before, after = [4, 8, 6, 2, 10], [6, 8, 9, 2, 14]
    found = change(window(before), window(after), "mention_rate", OWN)
    assert found.p_prompts == pytest.approx(scipy.stats.ttest_rel(after, before).pvalue)


def test_days_with_common_shocks_are_no_change() -> None:
    """Half of all answers name the brand on good days, none on bad ones, and good days are chance."""
    good = {False: (0, 3, 6), True: (0, 1, 2, 4, 6)}
    steady = change(window([9] * 8, answers=42), window([15] * 8, answers=42), "mention_rate", OWN)
    assert steady.real
    sides = (
        facts(
            Cell(number, 6, (3 if day in good[later] else 0, 0, 0), day=DAY + timedelta(days=day))
            for number in range(8)
            for day in range(7)
        )
        for later in (False, True)
    )
    found = change(*sides, "mention_rate", OWN)
    assert found.value == steady.value
    assert found.verdict == "within noise"


def test_only_prompts_of_both_windows_are_compared() -> None:
    before, after = window([5, 5, 5, 5, 5, 5, 5]), window([6, 4, 6, 4, 7, 20, 20], first=3)
    found = change(before, after, "mention_rate", OWN)
    assert found.prompts == 5
    assert found.value == pytest.approx((6 + 4 + 6 + 4 + 7 - 25) / 100)
    assert (found.before.n, found.after.n) == (100, 100)


@pytest.mark.parametrize(("prompts", "answers"), [(4, 20), (5, 1)])
def test_thin_samples_are_never_real(prompts: int, answers: int) -> None:
    found = change(
        window([0] * prompts, answers=answers),
        window([answers] * prompts, answers=answers),
        "mention_rate",
        OWN,
    )
    assert found.verdict == "thin sample"
    assert found.q is None


def test_from_nothing_to_everything_is_real_though_prompts_show_no_spread() -> None:
    found = change(window([0] * 6), window([20] * 6), "mention_rate", OWN)
    assert found.verdict == "real across your prompts"
    assert found.low is not None and 0 < found.low < 1
    assert found.high == 1


def test_no_change_at_all_is_noise() -> None:
    same = window([3, 9, 4, 10, 6])
    found = change(same, same, "mention_rate", OWN)
    assert (found.value, found.verdict, found.p) == (0, "within noise", 1)


def test_nothing_to_compare() -> None:
    found = change(window([3, 9], first=1), window([3, 9], first=5), "mention_rate", OWN)
    assert (found.value, found.verdict, found.prompts) == (None, "no data", 0)


def test_a_family_of_noise_seldom_calls_anything_real() -> None:
    random = np.random.default_rng(3)
    real = alone = 0
    for _ in range(40):
        before, after = (
            facts(
                Cell(number, 20, tuple(random.binomial(20, 0.4, 3)), engine=engine)
                for number in range(8)
                for engine in "abcd"
            )
            for _ in range(2)
        )
        found = movements(before, after, by=("engine",), metrics=("mention_rate",))
        real += any(row.change.real for row in found)
        alone += any(row.change.p is not None and row.change.p < 0.05 for row in found)
    assert real <= 6
    assert alone > 2 * real


def test_movements_keep_groups_brands_and_order_apart() -> None:
    before = window([2, 8, 4, 10, 6, 12], [5, 5, 5, 5, 5, 5])
    after = window([8, 13, 10, 16, 11, 18], [5, 4, 6, 5, 4, 6])
    found = movements(before, after, by=("topic",), metrics=("mention_rate", "coverage"))
    assert [(row.metric, row.group["topic"], row.brand) for row in found] == [
        *(
            ("mention_rate", topic, brand)
            for topic in ("creams", "masks")
            for brand in (OWN, RIVAL, "Basalt")
        ),
        ("coverage", "creams", None),
        ("coverage", "masks", None),
    ]
    record = found[0].record()
    assert record["before"]["value"] == pytest.approx(0.5)
    assert record["verdict"] == "thin sample"
    assert [row.change.family for row in found] == [
        *(("headline by topic", "rivals by topic", "rivals by topic") * 2),
        *(("own by topic",) * 2),
    ]


def test_what_makes_windows_incomparable_is_said() -> None:
    cells = [Cell(number, 10, (5, 0, 0)) for number in range(6)]
    web = [Cell(number, 10, (5, 0, 0), engine="kimi", surface="web") for number in range(6)]
    failed = [Cell(number, 0, engine="kimi", surface="web", planned=10) for number in range(6)]
    assert comparability(facts(cells), facts(cells)) == ()
    assert comparability(facts(cells), facts([*cells, *failed])) == ()
    assert comparability(facts(cells, rules=("1",)), facts(cells, rules=("2",))) == ("change.rules",)
    more = ("change.surfaces", "change.engines", "change.shared")
    assert comparability(facts(cells), facts([*cells, *web])) == more
    thinking = [replace(cell, mode="think") for cell in web]
    assert comparability(facts(web), facts(thinking)) == ("change.modes", "change.shared")
    found = change(facts(cells), facts([*cells, *web]), "mention_rate", OWN)
    assert (found.verdict, found.notes, found.q) == ("not comparable", more, None)
    assert found.after.n == 60, "only what both windows asked"


def test_another_model_behind_an_engine_is_not_comparable() -> None:
    cells = [
        Cell(number, 10, (5, 0, 0), engine=engine) for number in range(6) for engine in ("doubao", "kimi")
    ]
    old, new, unsaid = (
        replace(facts(cells), models=models)
        for models in ({"doubao": ("a",), "kimi": ("k",)}, {"doubao": ("b",), "kimi": ("k",)}, {})
    )
    assert comparability(old, new) == ("change.models",)
    assert comparability(old, unsaid) == ()
    by_engine = movements(old, new, by=("engine",), metrics=("mention_rate",), brands=(OWN,))
    assert {row.group["engine"]: row.change.verdict for row in by_engine} == {
        "doubao": "not comparable",
        "kimi": "within noise",
    }


def test_windows_that_share_too_little_are_not_comparable() -> None:
    before, after = window([5] * 10), window([5] * 10, first=4)
    found = change(before, after, "mention_rate", OWN)
    assert (found.verdict, found.notes, found.prompts) == ("not comparable", ("change.shared",), 7)


def test_an_engine_that_fails_drops_out_of_both_windows() -> None:
    def side(kimi: int) -> Facts:
        return facts(
            Cell(number, answers, (hits if answers else 0, 0, 0), engine=engine, planned=10)
            for number in range(8)
            for engine, answers, hits in (("doubao", 10, 2), ("kimi", kimi, 9))
        )

    found = change(side(10), side(0), "mention_rate", OWN)
    assert (found.value, found.verdict) == (0, "not comparable")
    assert "change.engines" in found.notes
    assert found.before.value == found.after.value == pytest.approx(0.2)


def test_strata_weigh_by_what_both_windows_have() -> None:
    """An engine that answers once a day in one window moves the rate by its own difference alone."""
    before = [Cell(number, 10, (2, 0, 0)) for number in range(6)]
    after = [Cell(number, 10, (2, 0, 0)) for number in range(6)]
    before += [Cell(number, 10, (10, 0, 0), engine="kimi") for number in range(6)]
    after += [Cell(number, 2, (2, 0, 0), engine="kimi") for number in range(6)]
    found = change(facts(before), facts(after), "mention_rate", OWN)
    assert (found.value, found.verdict) == (0, "within noise")
    assert found.before.value == pytest.approx(0.6) and found.after.value == pytest.approx(24 / 72)


def test_a_stratum_weighs_as_much_as_its_answers_say_of_a_difference() -> None:
    before = [
        *(Cell(k, 10, (2, 0, 0)) for k in range(6)),
        *(Cell(k, 30, (9, 0, 0), "kimi") for k in range(6)),
    ]
    after = [
        *(Cell(k, 10, (6, 0, 0)) for k in range(6)),
        *(Cell(k, 90, (27, 0, 0), "kimi") for k in range(6)),
    ]
    found = change(facts(before), facts(after), "mention_rate", OWN)
    moved, still = 1 / (1 / 10 + 1 / 10), 1 / (1 / 30 + 1 / 90)
    assert found.value == pytest.approx(0.4 * moved / (moved + still))


def test_nothing_that_moves_has_a_p_of_one_whether_or_not_days_vary() -> None:
    value, variance, df = (np.array(each) for each in ([0, 0, 0.2], [0, 0.01, 0.01], [8.0, 8, 0]))
    found = judged_by_days(METRICS["mention_rate"], value, variance, df)
    assert found.p[:2].tolist() == [1, 1] and np.isnan(found.p[2])


def test_a_family_that_is_not_sure_says_suggestive_where_the_interval_excludes_no_change() -> None:
    before = facts(Cell(k, 20, (6, 8, 8), engine=e) for k in range(8) for e in "abcdefgh")
    after = facts(
        Cell(k, 20, (6, 9 if e == "a" and k < 8 else 8, 8), engine=e) for k in range(8) for e in "abcdefgh"
    )
    found = movements(before, after, by=("engine",), metrics=("mention_rate",))
    assert all(row.change.verdict == "within noise" for row in found)
    moved = facts(Cell(k, 20, (6, 12 if e == "a" else 8, 8), engine=e) for k in range(8) for e in "abcdefgh")
    found = movements(before, moved, by=("engine",), metrics=("mention_rate",))
    (one,) = [row.change for row in found if row.change.value]
    assert one.low is not None and one.low > 0
    assert (one.verdict, one.family) == ("suggestive", "rivals by engine")


@pytest.mark.parametrize(
    ("second", "verdict"),
    [(0.05, "real across your prompts"), (0.06, "real"), (None, "real")],
)
def test_a_change_is_real_across_prompts_only_where_the_second_opinion_says_so(
    second: float | None, verdict: str
) -> None:
    alone = replace(UNKNOWN, p=0.01, low=0.1, high=0.3, p_prompts=second, verdict="within noise")
    assert [each.verdict for each in judged([alone])] == [verdict]


def test_the_own_headlines_are_not_drowned_by_the_others() -> None:
    before = facts(Cell(k, 20, (6, 8, 8), engine=e) for k in range(8) for e in "abcdefgh")
    after = facts(Cell(k, 20, (11 if e == "a" else 6, 8, 8), engine=e) for k in range(8) for e in "abcdefgh")
    found = movements(before, after, by=("engine",))
    own = {row.metric: row.change for row in found if row.brand == OWN and row.group["engine"] == "a"}
    assert own["mention_rate"].real
    assert own["mention_rate"].q == pytest.approx(
        benjamini_hochberg([row.change.p or 0 for row in found if row.change.family == "headline by engine"])[
            [row for row in found if row.change.family == "headline by engine"].index(
                next(row for row in found if row.change is own["mention_rate"])
            )
        ]
    )


def test_own_brands_move_alike_whether_or_not_others_are_asked_for() -> None:
    before = window([2, 8, 4, 10, 6, 12], [5, 5, 5, 5, 5, 5])
    after = window([2, 9, 5, 10, 8, 14], [9, 2, 7, 7, 5, 3])
    whole = {(row.metric, row.brand): row.change for row in movements(before, after)}
    alone = {(row.metric, row.brand): row.change for row in movements(before, after, brands=(OWN,))}
    assert alone == {key: found for key, found in whole.items() if key[1] in (OWN, None)}
    assert any(found.q is not None for found in alone.values())


def test_a_change_by_day_is_refused() -> None:
    with pytest.raises(UsageError, match="day, week, month"):
        movements(window([1]), window([1]), by=("day",))


def test_previous_window_touches_the_first_day() -> None:
    assert previous(date(2026, 3, 1), date(2026, 3, 28)) == (date(2026, 2, 1), date(2026, 2, 28))


# Benjamini and Hochberg (1995), section 3.1: 15 p-values, 4 rejected at 0.05
PUBLISHED = [
    0.0001,
    0.0004,
    0.0019,
    0.0095,
    0.0201,
    0.0278,
    0.0298,
    0.0344,
    0.0459,
    0.3240,
    0.4262,
    0.5719,
    0.6528,
    0.7590,
    1.0,
]


def test_benjamini_hochberg_as_published() -> None:
    adjusted = benjamini_hochberg(PUBLISHED)
    assert [value <= 0.05 for value in adjusted] == [True] * 4 + [False] * 11
    assert adjusted[0] == pytest.approx(0.0015)


@given(st.lists(st.floats(0, 1), max_size=20))
def test_adjusted_p_values_keep_their_order_and_never_shrink(p: list[float]) -> None:
    adjusted = benjamini_hochberg(p)
    assert all(before <= after + 1e-12 for before, after in zip(p, adjusted, strict=True))
    order = np.argsort(p)
    assert all(np.diff(np.array(adjusted)[order]) >= -1e-12)
