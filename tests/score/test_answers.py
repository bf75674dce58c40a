"""From stored answers to scores and daily sums, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select, update

from geo_tracker.engines.base import EngineError, ErrorKind, ParsedAnswer, ParsedCitation
from geo_tracker.score.answers import score
from geo_tracker.score.rollup import grouped
from geo_tracker.storage.answers import save_answer, save_failure
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import insert_new, reading, workspace_named, writing
from geo_tracker.storage.models import (
    Answer,
    Brand,
    Citation,
    DailyBrand,
    Mention,
    Page,
    PageMention,
    Prompt,
    Run,
    Score,
    Workspace,
)
from geo_tracker.workspaces.apply import apply
from geo_tracker.workspaces.file import read_workspace
from tests.support.stored_sums import daily

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DAY = date(2026, 11, 24)
FILE = """
workspace: {slug: w, name: W}
brands:
  - {name: 云纱, role: own, aliases: [Yunsha], domains: [yunsha.example]}
  - {name: Aurora Care, domains: [aurora.example]}
prompts: [敏感肌适合用什么样的面膜?]
"""
TEXT = "首选云纱,温和。\n\n1. 云纱舒缓面膜\n2. Aurora Care\n"


@pytest.fixture
def workspace(engine: sa.Engine, tmp_path: Path) -> Workspace:
    return declare(engine, tmp_path, FILE, NOW - timedelta(days=30))


def declare(engine: sa.Engine, tmp_path: Path, text: str, now: datetime) -> Workspace:
    path = tmp_path / "w.yaml"
    path.write_text(text, "utf-8")
    with writing(engine) as session:
        apply(session, read_workspace(path), now)
        return workspace_named(session, "w")


def store(engine: sa.Engine, outcome: ParsedAnswer | EngineError | None, key: str, day: date = DAY) -> int:
    """An answer of that outcome; None leaves it planned."""
    with writing(engine) as session:
        workspace = workspace_named(session, "w")
        insert_new(session, Run, [{"workspace_id": workspace.id, "label": "r"}])
        run, prompt = session.exec(select(Run)).one(), session.exec(select(Prompt)).one()
        ids = {"workspace_id": workspace.id, "run_id": run.id, "prompt_id": prompt.id}
        answer = Answer(**ids, engine="doubao", key=key, day=day)
        session.add(answer)
        session.flush()
        if isinstance(outcome, ParsedAnswer):
            save_answer(session, answer, outcome, NOW)
        elif outcome:
            save_failure(session, answer, outcome, NOW)
        return answer.id


def answer(text: str, *urls: str, role: Any = "cited") -> ParsedAnswer:
    return ParsedAnswer(text, tuple(ParsedCitation(url, role) for url in urls))


def test_an_answer_becomes_scores_and_daily_sums(engine: sa.Engine, workspace: Workspace) -> None:
    store(engine, answer(TEXT, "https://www.yunsha.example/a", "https://news.example/b"), "1")
    store(engine, answer("没有推荐。"), "2")
    assert score(engine, Archive("memory://"), workspace).answers == 2
    own, other = daily(engine, "云纱"), daily(engine, "Aurora Care")
    assert (own.planned, own.answers, own.mentioned, own.mentions, own.mentions_all) == (2, 2, 1, 2, 3)
    assert (own.cited, own.citations_owned, own.citations_all, own.answers_with_citations) == (1, 1, 2, 1)
    assert (own.top1, own.rank_sum, other.top1, other.rank_sum) == (1, 1, 0, 2)
    assert own.prominence > other.prominence > 0
    assert own.prominence_all == pytest.approx(own.prominence + other.prominence)
    assert other.mentioned_all == own.mentioned_all == 2


def test_days_are_rolled_up_in_groups_that_fit_into_memory(
    engine: sa.Engine, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geo_tracker.score.rollup.AT_ONCE", 3)
    days = [DAY - timedelta(days=ago) for ago in (4, 3, 2, 1, 0)]
    for day, answers in zip(days, (1, 2, 5, 1, 3), strict=True):
        for at in range(answers):
            store(engine, answer(TEXT), f"{day} {at}", day)
    with reading(engine) as session:
        assert grouped(session, workspace, days) == [days[:2], [days[2]], [days[3]], [days[4]]]
        assert grouped(session, workspace, []) == []


def test_mentions_index_the_stored_text(engine: sa.Engine, workspace: Workspace) -> None:
    store(engine, answer("😀 " + TEXT), "1")
    score(engine, Archive("memory://"), workspace)
    with reading(engine) as session:
        text = session.exec(select(Answer.text)).one()
        mentions = session.exec(select(Mention)).all()
    assert text is not None
    assert len(mentions) == 3
    assert all(text[m.start : m.end] == m.text for m in mentions)


def test_what_failed_counts_in_coverage_only(engine: sa.Engine, workspace: Workspace) -> None:
    store(engine, answer(TEXT), "1")
    store(engine, EngineError(ErrorKind.TRANSIENT, "HTTP 500"), "2")
    store(engine, EngineError(ErrorKind.REFUSED, "cannot answer"), "3")
    store(engine, answer("  "), "4")
    store(engine, None, "5")
    score(engine, Archive("memory://"), workspace)
    own = daily(engine, "云纱")
    assert (own.planned, own.answers, own.failed, own.refused, own.empty) == (5, 1, 1, 1, 1)
    assert own.mentioned == 1


def test_what_was_only_retrieved_is_no_citation(engine: sa.Engine, workspace: Workspace) -> None:
    store(engine, answer(TEXT, "https://yunsha.example/a", role="retrieved"), "1")
    score(engine, Archive("memory://"), workspace)
    own = daily(engine, "云纱")
    assert (own.cited, own.citations_all, own.sourced) == (0, 0, 0)
    assert own.retrieved == 1, "found all the same"


def test_the_weight_of_a_source_is_written_anew_where_it_no_longer_holds(
    engine: sa.Engine, workspace: Workspace
) -> None:
    source = ParsedCitation("https://a.example/", spans=((0, 4),))
    store(engine, ParsedAnswer("首选云纱,温和。", (source,)), "1")
    score(engine, Archive("memory://"), workspace)
    with writing(engine) as session:
        session.exec(update(Citation).values(weight=0.25))
        session.exec(update(Answer).values(rules=None))
    score(engine, Archive("memory://"), workspace)
    with reading(engine) as session:
        assert session.exec(select(Citation.weight)).one() == 1


def test_scoring_again_does_nothing_until_something_changes(engine: sa.Engine, workspace: Workspace) -> None:
    store(engine, answer(TEXT), "1")
    assert score(engine, Archive("memory://"), workspace).answers == 1
    assert score(engine, Archive("memory://"), workspace).answers == 0
    store(engine, answer(TEXT), "2")
    assert score(engine, Archive("memory://"), workspace).answers == 1
    assert daily(engine, "云纱").mentioned == 2


def test_other_attributes_score_all_answers_again(
    engine: sa.Engine, workspace: Workspace, tmp_path: Path
) -> None:
    store(engine, answer("云纱的包装很难看。"), "1")
    score(engine, Archive("memory://"), workspace)
    changed = declare(engine, tmp_path, FILE + "attributes: [包装]\n", NOW)
    assert score(engine, Archive("memory://"), changed).answers == 1
    with reading(engine) as session:
        noted = dict(session.exec(select(Brand.name, Score.attributes).join(Score)).all())
    assert [attribute for attribute, *_ in noted["云纱"]] == ["包装"]


def test_a_page_that_was_fetched_later_is_read_for_brands(engine: sa.Engine, workspace: Workspace) -> None:
    store(engine, answer(TEXT, "https://news.example/b"), "1")
    score(engine, Archive("memory://"), workspace)
    with writing(engine) as session:
        page = session.exec(select(Page)).one()
        page.status, page.fetched_at, page.text = "fetched", datetime.now(UTC), "Aurora Care beats Aurora."
        page.sha256 = Archive("memory://").put(b"Aurora Care beats Aurora.")
    assert score(engine, Archive("memory://"), workspace).answers == 1
    with reading(engine) as session:
        assert [m.mentions for m in session.exec(select(PageMention)).all()] == [1]
        naming = dict(session.exec(select(Brand.name, Score.pages_naming).join(Score)).all())
    assert naming == {"云纱": 0, "Aurora Care": 1}


def test_a_page_fetched_in_the_moment_of_scoring_is_read_again(
    engine: sa.Engine, workspace: Workspace
) -> None:
    store(engine, answer(TEXT, "https://news.example/b"), "1")
    score(engine, Archive("memory://"), workspace)
    with writing(engine) as session:
        page, stored = session.exec(select(Page)).one(), session.exec(select(Answer)).one()
        page.fetched_at = stored.scored_at
    assert score(engine, Archive("memory://"), workspace).answers == 1


def test_history_keeps_a_brand_that_is_no_longer_tracked(
    engine: sa.Engine, workspace: Workspace, tmp_path: Path
) -> None:
    before, after = DAY - timedelta(days=1), DAY + timedelta(days=1)
    store(engine, answer(TEXT), "1", before)
    store(engine, answer(TEXT), "2", after)
    declare(engine, tmp_path, FILE.replace("  - {name: Aurora Care, domains: [aurora.example]}\n", ""), NOW)
    score(engine, Archive("memory://"), workspace)
    assert daily(engine, "Aurora Care", day=before).mentioned == 1
    with reading(engine) as session:
        later = session.exec(select(Brand.name).join(DailyBrand).where(DailyBrand.day == after)).all()
    assert later == ["云纱"]


def test_a_brand_is_tracked_until_the_day_of_its_workspace_ends(
    engine: sa.Engine, workspace: Workspace, tmp_path: Path
) -> None:
    store(engine, answer(TEXT), "1", DAY)
    left = FILE.replace("name: W", "name: W, timezone: Asia/Shanghai")
    left = left.replace("  - {name: Aurora Care, domains: [aurora.example]}\n", "")
    changed = declare(
        engine, tmp_path, left, datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
    )  # the 25th in Shanghai
    score(engine, Archive("memory://"), changed)
    assert daily(engine, "Aurora Care").mentioned == 1
