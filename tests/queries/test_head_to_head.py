"""Two brands head to head against a count in plain Python; on both databases."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date

import pytest
import sqlalchemy as sa

from geo_tracker.metrics.records import Selection
from geo_tracker.queries.answers import AnswerFilters, count_answers
from geo_tracker.queries.head_to_head import OUTCOMES, read_head_to_head
from geo_tracker.storage.database import reading, writing
from geo_tracker.storage.models import (
    Answer,
    AnswerStatus,
    Brand,
    Mention,
    Prompt,
    Run,
    Score,
    Workspace,
)

DAY = date(2026, 11, 24)
HERE = Selection("w")
Row = tuple[int, AnswerStatus, bool, bool]


@pytest.fixture
def rows(engine: sa.Engine) -> list[Row]:
    """Prompt, status and which of the two brands each answer names; another workspace has brands of those names."""
    chance = random.Random(5)
    found: list[Row] = []
    with writing(engine) as session:
        for number in (1, 2):
            session.add(Workspace(id=number, slug="w" if number == 1 else "other", name="W"))
            session.flush()
            session.add(Brand(id=10 * number, workspace_id=number, name="Aurora", own=True))
            session.add(Brand(id=10 * number + 1, workspace_id=number, name="Basalt"))
            session.add(Run(id=number, workspace_id=number, label="r"))
        for number in (1, 2, 3):
            session.add(Prompt(id=number, workspace_id=1, text=f"Q{number}", branded=number == 3))
        session.flush()
        for at in range(1, 61):
            status = AnswerStatus.CAPTURED if at % 6 else AnswerStatus.FAILED
            row = (chance.choice((1, 1, 2, 3)), status, chance.random() < 0.6, chance.random() < 0.4)
            found.append(row)
            ids = {"workspace_id": 1, "run_id": 1, "prompt_id": row[0]}
            session.add(Answer(id=at, key=str(at), engine="kimi", day=DAY, status=status, text="x", **ids))
            session.flush()
            for brand, named in ((10, row[2]), (11, row[3])):
                session.add(Score(answer_id=at, brand_id=brand, mentions=int(named)))
                if named:
                    session.add(Mention(answer_id=at, brand_id=brand, start=0, end=1, text="x", position=0))
    return found


def outcome(first: bool, second: bool) -> str:
    return {(True, True): "both", (True, False): "first", (False, True): "second"}.get(
        (first, second), "neither"
    )


def test_every_valid_answer_has_one_outcome(engine: sa.Engine, rows: list[Row]) -> None:
    valid = [row for row in rows if row[1] is AnswerStatus.CAPTURED and row[0] != 3]
    oracle = {prompt: Counter(outcome(*row[2:]) for row in valid if row[0] == prompt) for prompt in (1, 2)}
    with reading(engine) as session:
        found = read_head_to_head(session, HERE, "Aurora", "Basalt")
        back = read_head_to_head(session, HERE, "Basalt", "Aurora")
    assert {row.prompt_id: {name: getattr(row, name) for name in OUTCOMES} for row in found.prompts} == {
        prompt: {name: counts[name] for name in OUTCOMES} for prompt, counts in oracle.items()
    }
    for name in OUTCOMES:
        share = found.shares[name]
        count = sum(counts[name] for counts in oracle.values())
        assert share.value == pytest.approx(count / len(valid)) and share.n == len(valid)
        assert share.low is not None and share.high is not None and share.low < share.value < share.high
    assert [row.second for row in back.prompts] == [row.first for row in found.prompts]


def test_the_answers_behind_each_outcome_are_as_many(engine: sa.Engine, rows: list[Row]) -> None:
    behind = {
        "both": AnswerFilters("Aurora", beside="Basalt"),
        "first": AnswerFilters("Aurora", without="Basalt"),
        "second": AnswerFilters("Basalt", without="Aurora"),
        "neither": AnswerFilters("Aurora", named=False, without="Basalt"),
    }
    with reading(engine) as session:
        found = read_head_to_head(session, HERE, "Aurora", "Basalt")
        counts = {name: count_answers(session, HERE, of) for name, of in behind.items()}
        of_one = count_answers(session, HERE, AnswerFilters("Aurora", without="Basalt", prompt_id=1))
        assert count_answers(session, HERE, AnswerFilters(run_id=2)) == 0
    assert counts == {name: sum(getattr(row, name) for row in found.prompts) for name in OUTCOMES}
    assert of_one == next(row.first for row in found.prompts if row.prompt_id == 1)


def test_no_answer_is_no_share(engine: sa.Engine, rows: list[Row]) -> None:
    with reading(engine) as session:
        found = read_head_to_head(session, Selection("w", start=date(2027, 1, 1)), "Aurora", "Basalt")
    assert found.prompts == [] and found.shares == {}
