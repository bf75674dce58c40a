"""What scoring again moved: numbers before and after, and the answers in which why; on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from geo_tracker.queries.candidates import track
from geo_tracker.queries.rescoring import Cause, Moved, Snapshot, causes, moved, take_snapshot
from geo_tracker.score.answers import score
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import reading, writing
from geo_tracker.storage.models import Answer, Mention, Score, Workspace
from geo_tracker.workspaces.brands import forget_scores
from tests.queries.test_candidates import FILE, declare, store


@pytest.fixture
def workspace(engine: sa.Engine, tmp_path: Path) -> Workspace:
    found = declare(engine, tmp_path, FILE)
    for text in ("首选云纱，温和。", "沐禾集和云纱都可以。", "Try Aurora Care Max, it is cheap."):
        store(engine, text)
    score(engine, Archive("memory://"), found)
    return found


def snapshot(engine: sa.Engine) -> Snapshot:
    with reading(engine) as session:
        return take_snapshot(session, "w")


def explained(
    engine: sa.Engine, workspace: Workspace, before: Snapshot, samples: int = 3
) -> tuple[dict[tuple[str | None, str], Moved], list[Cause]]:
    score(engine, Archive("memory://"), workspace)
    after = snapshot(engine)
    with reading(engine) as session:
        return {(m.brand, m.metric): m for m in moved(before, after)}, causes(session, before, after, samples)


def test_nothing_moved_says_nothing(engine: sa.Engine, workspace: Workspace) -> None:
    before = snapshot(engine)
    with writing(engine) as session:
        forget_scores(session, workspace)
    assert explained(engine, workspace, before) == ({}, [])


def test_a_new_brand_moves_its_numbers_and_the_shares_of_the_others(
    engine: sa.Engine, workspace: Workspace
) -> None:
    before = snapshot(engine)
    with writing(engine) as session:
        track(session, workspace, "沐禾集")
    numbers, why = explained(engine, workspace, before)
    rate = numbers["沐禾集", "mention_rate"]
    assert rate.before is None
    assert rate.after is not None
    assert rate.after.value == pytest.approx(1 / 3)
    share = numbers["云纱", "share_of_voice"]
    assert share.before is not None
    assert share.after is not None
    assert (share.before.denominator, share.after.denominator) == (3, 4)
    assert ("云纱", "mention_rate") not in numbers
    (cause,) = [each for each in why if each.what == "mention"]
    assert (cause.brand, cause.before, cause.after, cause.count) == ("沐禾集", "no mention", "counted", 1)
    assert cause.samples[0].text == "沐禾集和云纱都可以。"
    assert cause.samples[0].reason
    (ranked,) = [each for each in why if each.what == "rank"]
    assert (ranked.brand, ranked.before, ranked.after) == ("云纱", "1", "2")


def test_a_changed_alias_is_explained_after_apply(
    engine: sa.Engine, workspace: Workspace, tmp_path: Path
) -> None:
    before = snapshot(engine)
    declare(engine, tmp_path, FILE.replace("brands:", "brands:\n  - {name: Max, aliases: [Aurora Care Max]}"))
    numbers, why = explained(engine, workspace, before)
    mentions = {(c.brand, c.before, c.after): c for c in why if c.what == "mention"}
    assert ("Aurora Care", "counted", "counted for Max") in mentions
    assert ("Max", "counted for Aurora Care", "counted") in mentions
    after = numbers["Aurora Care", "mention_rate"].after
    assert after is not None
    assert after.value == 0


def test_samples_are_bounded_and_counts_are_not(engine: sa.Engine, workspace: Workspace) -> None:
    before = snapshot(engine)
    with writing(engine) as session:
        session.exec(sa.delete(Score).where(col(Score.mentions) > 0))
        session.exec(sa.delete(Mention))
    emptied = snapshot(engine)
    with reading(engine) as session:
        why = causes(session, before, emptied, samples=1)
    assert [(c.brand, c.after, c.count, len(c.samples)) for c in why] == [
        ("云纱", "no mention", 2, 1),
        ("Aurora Care", "no mention", 1, 1),
    ]


def test_opinions_that_changed_are_shown_with_their_clause(engine: sa.Engine, workspace: Workspace) -> None:
    with writing(engine) as session:
        row = session.exec(select(Score).join(Answer).where(col(Answer.text).contains("首选"))).one()
        assert row.recommended is True
        row.recommended, row.polarity = False, None
    before = snapshot(engine)
    with writing(engine) as session:
        forget_scores(session, workspace)
    _, why = explained(engine, workspace, before)
    found = {(c.what, c.before, c.after): c.samples[0].text for c in why}
    assert found["recommended", "no", "yes"] is not None
    assert "首选云纱" in (found["recommended", "no", "yes"] or "")


def test_a_text_that_was_parsed_anew_is_not_compared_by_places(
    engine: sa.Engine, workspace: Workspace
) -> None:
    before = snapshot(engine)
    with writing(engine) as session:
        answer = session.exec(select(Answer).order_by(col(Answer.id))).first()
        assert answer is not None
        answer.text, answer.rules = f"Sure! {answer.text}", None
    _, why = explained(engine, workspace, before)
    assert [(c.brand, c.what, c.after) for c in why] == [("云纱", "text", "parsed anew")]


def test_what_is_said_to_be_unknown_is_named_as_the_reason(engine: sa.Engine, workspace: Workspace) -> None:
    text = "I couldn't find any information about Aurora Care."
    answer_id = store(engine, text)
    score(engine, Archive("memory://"), workspace)
    with writing(engine) as session:
        row = session.exec(select(Score).where(Score.answer_id == answer_id)).one()
        assert row.absent
        row.absent, row.mentions = False, 1
        at = text.index("Aurora")
        session.add(
            Mention(answer_id=answer_id, brand_id=row.brand_id, start=at, end=at + 11, text="Aurora Care")
        )
    before = snapshot(engine)
    with writing(engine) as session:
        forget_scores(session, workspace)
    _, why = explained(engine, workspace, before)
    assert [(c.before, c.after, c.samples[0].text) for c in why] == [("counted", "said to be unknown", text)]
