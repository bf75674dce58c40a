"""Statements, what was decided on them, and attributes of brands; on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from geo_tracker.errors import UsageError
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.attributes import read_attribute_quotes, read_attributes
from geo_tracker.queries.concerns import State, count_statements, mark_statement, read_statements
from geo_tracker.queries.searches import read_searches
from geo_tracker.storage.database import reading, writing
from geo_tracker.storage.models import Answer, AnswerStatus, Brand, Prompt, Run, Score, SearchQuery, Workspace

DAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 25, tzinfo=UTC)
HERE = Selection("w")
SAID = "First. **Aurora** is greasy [1] but gentle. Last."
CLAUSE = "**Aurora** is greasy"


@pytest.fixture
def filled(engine: sa.Engine) -> sa.Engine:
    with writing(engine) as session:
        for model, values in (
            (Workspace, {"id": 1, "slug": "w", "name": "W"}),
            (Workspace, {"id": 2, "slug": "other", "name": "O"}),
            (Brand, {"id": 1, "workspace_id": 1, "name": "Aurora", "own": True}),
            (Brand, {"id": 2, "workspace_id": 1, "name": "Basalt"}),
            (Prompt, {"id": 1, "workspace_id": 1, "text": "Best cream?", "language": "en", "declared": True}),
            (Prompt, {"id": 2, "workspace_id": 1, "text": "Mild cream?", "topic": "mild"}),
            (Run, {"id": 1, "workspace_id": 1, "label": "r"}),
        ):
            session.add(model(**values))
            session.flush()
        notes = (
            ("negative", None),
            ("mixed", None),
            ("positive", False),
            ("positive", True),
            ("negative", None),
        )
        for at, (polarity, recommended) in enumerate(notes, 1):
            status = AnswerStatus.CUT if at == 5 else AnswerStatus.CAPTURED
            _answer(session, at, polarity, recommended, status)
    return engine


def _answer(session: Session, at: int, polarity: str, recommended: bool | None, status: AnswerStatus) -> None:
    day, prompt = DAY - timedelta(days=at), 1 if at < 4 else 2
    own = {"workspace_id": 1, "run_id": 1, "prompt_id": prompt, "engine": "kimi", "status": status}
    session.add(Answer(id=at, day=day, key=str(at), text=SAID, **own))
    session.flush()
    start = SAID.index(CLAUSE)
    gentle, greasy = SAID.index("gentle"), SAID.index("greasy")
    said = [
        ["gentle", "positive", gentle, gentle + 6],
        ["greasy", "negative", greasy, greasy + 6],
    ]
    score = {"mentions": 1, "evidence_start": start, "evidence_end": start + len(CLAUSE)}
    session.add(
        Score(answer_id=at, brand_id=1, polarity=polarity, recommended=recommended, attributes=said, **score)
    )
    if at <= 2:
        session.add(Score(answer_id=at, brand_id=2, mentions=1, attributes=said[:1] if at == 1 else []))
    for place, query in enumerate(
        ("Mild Cream", "mild cream") if at == 1 else ("mild cream?", "Best cream?")
    ):
        session.add(SearchQuery(answer_id=at, position=place, text=query))


def listed(engine: sa.Engine, state: State, brand: str = "Aurora") -> list[int]:
    with reading(engine) as session:
        rows = read_statements(session, HERE, brand, state)
        assert count_statements(session, HERE, brand, state) == len(rows)
        assert [row.answer for row in read_statements(session, HERE, brand, state, offset=1, limit=1)] == [
            row.answer for row in rows[1:2]
        ]
    return [row.answer for row in rows]


def mark(engine: sa.Engine, answer: int, state: State, slug: str = "w", brand: int = 1) -> None:
    with writing(engine) as session:
        mark_statement(session, slug, answer, brand, state, who="a@b.example", now=NOW)


def test_negative_mixed_and_advice_against_are_queued_the_newest_first(filled: sa.Engine) -> None:
    assert listed(filled, "open") == [1, 2, 3] and listed(filled, "seen") == []
    assert listed(filled, "open", "Basalt") == []
    with reading(filled) as session:
        first, second, third = read_statements(session, HERE, "Aurora", "open")
    assert (first.polarity, second.polarity, third.polarity) == ("negative", "doubtful", "doubtful")
    assert [each.advised_against for each in (first, second, third)] == [False, False, True]
    assert first.text == "Aurora is greasy but gentle." and first.prompt == "Best cream?"


def test_a_decision_moves_a_statement_and_can_be_taken_back(filled: sa.Engine) -> None:
    mark(filled, 1, "untrue")
    assert (listed(filled, "open"), listed(filled, "untrue")) == ([2, 3], [1])
    with reading(filled) as session:
        (of,) = read_statements(session, HERE, "Aurora", "untrue")
    assert (of.who, of.at, of.state) == ("a@b.example", NOW, "untrue")
    mark(filled, 1, "settled")
    assert (listed(filled, "untrue"), listed(filled, "settled")) == ([], [1])
    mark(filled, 1, "open")
    assert (listed(filled, "open"), listed(filled, "settled")) == ([1, 2, 3], [])


def test_of_other_words_nobody_has_decided_anything(filled: sa.Engine) -> None:
    mark(filled, 1, "seen")
    with writing(filled) as session:
        score = session.get_one(Score, (1, 1))
        score.evidence_end = (score.evidence_end or 0) - 1
        session.add(score)
    assert listed(filled, "open") == [1, 2, 3]


@pytest.mark.parametrize(("answer", "slug", "brand"), [(1, "other", 1), (99, "w", 1), (1, "w", 2)])
def test_only_what_was_said_can_be_marked(filled: sa.Engine, answer: int, slug: str, brand: int) -> None:
    with pytest.raises(UsageError, match="says nothing"):
        mark(filled, answer, "seen", slug, brand)


def test_attributes_are_shares_of_the_answers_that_name_the_brand(filled: sa.Engine) -> None:
    with reading(filled) as session:
        rates = read_attributes(session, HERE, ("Aurora", "Basalt"))
        only = read_attributes(session, HERE, ("Basalt",))
    found = {(r.attribute, r.brand, r.polarity): (r.share.value, r.share.n) for r in rates}
    assert found == {
        ("gentle", "Aurora", "positive"): (1.0, 4),
        ("gentle", "Basalt", "positive"): (0.5, 2),
        ("greasy", "Aurora", "negative"): (1.0, 4),
    }
    assert rates[0].attribute == "gentle" and len(only) == 1


def test_quotes_by_attribute_and_polarity(filled: sa.Engine) -> None:
    with reading(filled) as session:
        (quote,) = read_attribute_quotes(session, HERE, "Aurora", "gentle", "positive", 5)
        none = read_attribute_quotes(session, HERE, "Aurora", "gentle", "negative", 5)
    assert (quote.answer, quote.text) == (1, "Aurora is greasy but gentle.") and none == []


def test_searches_are_folded_and_counted(filled: sa.Engine) -> None:
    with reading(filled) as session:
        found = read_searches(session, HERE, limit=10)
        one = read_searches(session, HERE, limit=10, prompt_id=2)
        first = read_searches(session, HERE, limit=1)
        prompts = session.exec(select(Prompt)).all()
    assert [(s.text, s.answers, s.prompt, s.asked) for s in found] == [
        ("mild cream?", 5, "Best cream?", False),
        ("Best cream?", 3, "Best cream?", True),
    ]
    assert len(first) == 1 and len(prompts) == 2
    assert [(s.text, s.answers, s.topic) for s in one] == [
        ("Best cream?", 1, "mild"),
        ("mild cream?", 1, "mild"),
    ]
