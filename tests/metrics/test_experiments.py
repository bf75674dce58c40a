"""A difference in differences: against SciPy, against regression, and against made-up experiments with known truth."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy.special import expit, logit
from scipy.stats import ttest_ind

from geo_tracker.metrics.definitions import METRICS
from geo_tracker.metrics.experiments import Span, detectable, effect, effect_of, placebos
from geo_tracker.metrics.strata import Strata
from tests.support.daily_rows import BRANDS, Cell, facts

RATE = METRICS["mention_rate"]
RANK = METRICS["mean_rank"]
START = date(2026, 3, 15)
TREATED, CONTROL = {0, 1, 2, 3, 4}, {5, 6, 7, 8, 9, 10}


def strata(x: np.ndarray, m: np.ndarray, prompts: np.ndarray) -> Strata:
    """One brand's mentions, strata x days."""
    keys = pd.DataFrame({"prompt_id": prompts, "engine": "e", "surface": "web"})
    sums = {"mentioned": x[..., None], "answers": m[..., None], "rank_sum": 2 * x[..., None]}
    return Strata(keys, ["b"], sums)


def drawn(
    random: np.random.Generator,
    *,
    days: int = 14,
    points: float = 0.0,
    shock: float = 0.0,
    drift: float = 0.0,
    repeats: int = 4,
    prompts: int = 11,
) -> tuple[Strata, Strata]:
    """Two windows: the first prompts are treated, days move all alike, each prompt drifts by itself."""
    base = logit(random.uniform(0.25, 0.6, prompts))
    rates = expit(base[:, None] + random.normal(0, shock, 2 * days))
    change = random.normal(0, drift, prompts) + points * (np.arange(prompts) < min(5, prompts // 2))
    rates[:, days:] = np.clip(rates[:, days:] + change[:, None], 0, 1)
    named = random.binomial(repeats, rates).astype(float)
    asked = np.full(named.shape, float(repeats))
    names = np.arange(prompts)
    first, last = slice(None, days), slice(days, None)
    return (strata(named[:, side], asked[:, side], names) for side in (first, last))  # type: ignore[return-value]


def test_prompts_are_welchs_test_where_days_say_nothing() -> None:
    before, after = drawn(np.random.default_rng(1), drift=0.2, repeats=400)
    moved = (after.sums["mentioned"].mean(1) - before.sums["mentioned"].mean(1))[:, 0] / 400
    found = effect(RATE, before, after, TREATED, CONTROL)
    welch = ttest_ind(moved[:5], moved[5:], equal_var=False)
    assert found.value == pytest.approx(moved[:5].mean() - moved[5:].mean())
    # With so many answers a day nothing but the prompts' own drift is left.
    assert found.error == pytest.approx(abs(found.value / welch.statistic), rel=0.005)
    assert found.df == pytest.approx(welch.df, rel=0.02)
    assert found.across


def test_the_effect_is_that_of_a_regression_with_prompts_and_days_fixed() -> None:
    before, after = drawn(np.random.default_rng(2), points=0.15, shock=0.2)
    found = effect(RATE, before, after, TREATED, CONTROL)
    named = np.concatenate([before.sums["mentioned"], after.sums["mentioned"]], 1)[..., 0] / 4
    rows = pd.DataFrame(
        [
            {"prompt": k, "day": d, "rate": named[k, d], "did": float(k in TREATED and d >= 14)}
            for k in range(11)
            for d in range(28)
        ]
    )
    model = smf.ols("rate ~ did + C(prompt) + C(day)", rows)
    assert found.value == pytest.approx(model.fit().params["did"])
    by_prompt = model.fit(cov_type="cluster", cov_kwds={"groups": rows["prompt"], "use_correction": False})
    by_day = model.fit(cov_type="cluster", cov_kwds={"groups": rows["day"], "use_correction": False})
    both = model.fit(
        cov_type="cluster", cov_kwds={"groups": rows[["prompt", "day"]].to_numpy(), "use_correction": False}
    )
    assert found.error is not None and found.error_days is not None
    assert found.error_days == pytest.approx(by_day.bse["did"], rel=0.35)
    assert found.error >= max(by_prompt.bse["did"], found.error_days) * 0.99
    assert found.error == pytest.approx(both.bse["did"], rel=0.45)


def held(trials: int, points: float, **how: float) -> tuple[float, float]:
    """The shares of experiments whose interval holds the truth, and that find it."""
    random = np.random.default_rng(7)
    found = [effect(RATE, *drawn(random, points=points, **how), TREATED, CONTROL) for _ in range(trials)]
    holds = [
        each.low <= points <= each.high for each in found if each.low is not None and each.high is not None
    ]
    return float(np.mean(holds)), float(np.mean([each.p is not None and each.p <= 0.05 for each in found]))


@pytest.mark.parametrize("how", [{}, {"shock": 0.4}, {"drift": 0.06}, {"shock": 0.4, "drift": 0.06}])
def test_the_interval_holds_the_truth_whatever_days_and_prompts_do(how: dict[str, float]) -> None:
    holds, alarms = held(300, 0.0, **how)
    assert holds >= 0.93
    assert alarms <= 0.07


def test_it_finds_what_it_said_it_would() -> None:
    """The effect that is told as detectable before is found in about as many experiments as was told."""
    random = np.random.default_rng(5)
    told = []
    for _ in range(150):
        of = effect(RATE, *drawn(random), TREATED, CONTROL)
        assert of.error is not None
        told.append((2.1 + 0.84) * of.error)
    _, power = held(300, float(np.mean(told)))
    assert 0.72 <= power <= 0.95


def test_common_days_cancel() -> None:
    calm, rough = (held(200, 0.15, shock=shock)[1] for shock in (0.0, 0.5))
    assert rough > calm - 0.2


def cells(jump: int, engines: tuple[str, ...] = ("doubao", "kimi"), days: int = 56) -> list[Cell]:
    """Four treated prompts (2 to 5) and four controls; from the start on, treated ones are named `jump` times more."""
    random = np.random.default_rng(3)
    found = []
    for day in range(days):
        at = START + timedelta(days=day - 42)
        for prompt in range(2, 10):
            more = jump if prompt < 6 and at >= START else 0
            for engine in engines:
                named = int(min(random.binomial(6, 0.4) + more, 8))
                found.append(Cell(prompt, 8, (named, 1, 0), engine, "web", at))
    return found


def test_from_daily_rows_to_the_effect() -> None:
    span = Span(START, 14, 14)
    found = effect_of(facts(cells(2)), RATE, BRANDS[0], span, range(2, 6), range(6, 10))
    assert found.value == pytest.approx(0.25, abs=0.06)
    assert found.low is not None and found.low > 0.1
    assert (found.treated.prompts, found.control.prompts) == (4, 4)
    assert found.treated.answers == 4 * 2 * 28 * 8
    before, after = found.treated.before, found.treated.after
    assert before is not None and after is not None and after > before


def test_what_neither_side_names_says_nothing_of_an_effect() -> None:
    span = Span(START, 14, 14)
    nobody = effect_of(facts(cells(2)), RATE, BRANDS[0], span, range(2, 6), [99])
    assert (nobody.value, nobody.low, nobody.p) == (None, None, None)
    too_early = effect_of(facts(cells(2)), RATE, BRANDS[0], span.at(date(2025, 1, 1)), [2], [6])
    assert too_early.value is None


def test_an_engine_that_fails_after_the_start_drops_out_of_both_windows() -> None:
    whole = cells(2)
    cut = [each for each in whole if each.engine == "doubao" or each.day < START]
    found = effect_of(facts(cut), RATE, BRANDS[0], Span(START, 14, 14), range(2, 6), range(6, 10))
    alone = [each for each in whole if each.engine == "doubao"]
    same = effect_of(facts(alone), RATE, BRANDS[0], Span(START, 14, 14), range(2, 6), range(6, 10))
    assert found.value == pytest.approx(same.value)


def test_one_prompt_a_side_speaks_of_days_alone() -> None:
    found = effect_of(facts(cells(2)), RATE, BRANDS[0], Span(START, 14, 14), [2], [6])
    assert not found.across
    assert found.error == found.error_days


def test_placebo_days_lie_before_the_start_and_show_nothing() -> None:
    found = placebos(facts(cells(2)), RATE, BRANDS[0], Span(START, 14, 14), range(2, 6), range(6, 10))
    assert found
    assert all(each.start + timedelta(days=14) <= START for each in found)
    assert max(abs(each.value) for each in found) < 0.12


def test_what_can_be_found_is_said_from_the_days_before() -> None:
    told = detectable(facts(cells(2)), RATE, BRANDS[0], Span(START, 14, 14), range(2, 6), range(6, 10))
    assert told is not None
    assert told.days == 28
    assert 0.03 < told.points < 0.2
    longer = detectable(facts(cells(0)), RATE, BRANDS[0], Span(START, 60, 60), range(2, 6), range(6, 10))
    assert longer is not None and longer.days == 42
    assert detectable(facts(cells(2)), RATE, BRANDS[0], Span(date(2026, 2, 2), 9, 9), [2], [6]) is None


def test_a_rank_has_no_variance_of_single_answers() -> None:
    before, after = drawn(np.random.default_rng(4))
    found = effect(RANK, before, after, TREATED, CONTROL)
    assert found.value == pytest.approx(0)
