"""The attribute rate and its interval, from answers up, against statsmodels and SciPy."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
import sqlalchemy as sa
import statsmodels.api as sm
from scipy.stats import t
from sqlmodel import Session, SQLModel
from statsmodels.stats.proportion import proportion_confint

from geo_tracker.metrics.records import Selection
from geo_tracker.queries.attributes import read_attributes
from geo_tracker.storage.models import Answer, AnswerStatus, Brand, Prompt, Run, Score, Workspace

ASKED = {2: (12, 9, 5), 3: (10, 10, 1), 4: (8, 4, 4), 5: (15, 6, 0), 6: (9, 9, 7), 7: (6, 0, 0)}
"""Of each prompt: answers, those that name the brand, those that give it the attribute."""
GENTLE = ["gentle", "positive", 0, 1]


@pytest.fixture(scope="module")
def asked() -> sa.Engine:
    """Answers that praise the brand, blame it, name another, or failed."""
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Workspace(id=1, slug="w", name="W"))
        session.add_all(
            Brand(id=at, workspace_id=1, name=name) for at, name in ((1, "Aurora"), (2, "Basalt"))
        )
        session.add_all(Prompt(id=at, workspace_id=1, text=f"prompt {at}") for at in ASKED)
        session.add(Run(id=1, workspace_id=1, label="r"))
        session.flush()
        for prompt, (answers, naming, praising) in ASKED.items():
            for at in range(answers + 1):
                status = AnswerStatus.CAPTURED if at < answers else AnswerStatus.CUT
                of = {"workspace_id": 1, "run_id": 1, "prompt_id": prompt, "engine": "kimi", "status": status}
                row = Answer(key=f"{prompt}-{at}", day=date(2026, 11, 1 + at % 14), **of)
                session.add(row)
                session.flush()
                said = [GENTLE] if at < praising else [["gentle", "negative", 0, 1]]
                named = at < naming or at == answers
                session.add(
                    Score(answer_id=row.id, brand_id=1, mentions=int(named), attributes=said if named else [])
                )
                session.add(Score(answer_id=row.id, brand_id=2, mentions=1, attributes=[GENTLE]))
        session.commit()
    return engine


def test_the_rate_and_its_interval_are_those_of_answers_clustered_by_prompt(asked: sa.Engine) -> None:
    with Session(asked) as session:
        rows = read_attributes(session, Selection("w"), ["Aurora"])
    found = {(row.attribute, row.polarity): row.share for row in rows}
    assert set(found) == {("gentle", "positive"), ("gentle", "negative")}
    praise = found["gentle", "positive"]
    sums = [(praising, naming) for _, naming, praising in ASKED.values() if naming]
    said = np.concatenate([[1] * x + [0] * (m - x) for x, m in sums])
    prompt = np.repeat(np.arange(len(sums)), [m for _, m in sums])
    fit = sm.OLS(said, np.ones(len(said))).fit(cov_type="cluster", cov_kwds={"groups": prompt})
    assert (praise.value, praise.n, praise.prompts) == (pytest.approx(fit.params[0]), len(said), len(sums))
    n, units = len(said), len(sums)
    smoothed = (said.mean() * units + 0.5) / (units + 1)
    measured = fit.bse[0] ** 2 / (smoothed * (1 - smoothed) / n)
    expected = 1 + (sum(m * m for _, m in sums) / n - 1) * 0.3
    design = max((8 * expected + (units - 1) * measured) / (8 + units - 1), 1)
    effective = n / design * (1.959964 / t.ppf(0.975, 8 + units - 1)) ** 2
    wanted = proportion_confint(said.mean() * effective, effective, method="wilson")
    assert (praise.low, praise.high) == pytest.approx(wanted, abs=1e-6)
    assert (praise.market_low, praise.market_high) == (praise.low, praise.high)


def test_the_rates_of_an_attribute_s_polarities_are_of_the_same_answers(asked: sa.Engine) -> None:
    with Session(asked) as session:
        rows = read_attributes(session, Selection("w"), ["Aurora", "Basalt"])
    found = {(row.brand, row.polarity): row.share for row in rows}
    naming = sum(naming for _, naming, _ in ASKED.values())
    assert found["Aurora", "positive"].numerator == sum(praising for *_, praising in ASKED.values())
    assert (found["Aurora", "positive"].value or 0) + (
        found["Aurora", "negative"].value or 0
    ) == pytest.approx(1)
    assert found["Aurora", "negative"].n == naming
    assert (found["Basalt", "positive"].value, found["Basalt", "positive"].n) == (1.0, 60)
