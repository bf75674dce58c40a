"""The drill-down reads: lists of answers, one answer, cited sources, status counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from geo_tracker.errors import UsageError
from geo_tracker.queries.answers import AnswerFilters, count_answers, read_answer, read_answers
from geo_tracker.queries.facts import Selection
from geo_tracker.queries.sources import read_sources
from geo_tracker.queries.status import read_status
from geo_tracker.storage.models import (
    Answer,
    AnswerStatus,
    Body,
    Citation,
    Mention,
    Offer,
    Page,
    PageMention,
    PageStatus,
    Run,
    Score,
    SearchQuery,
    Workspace,
)
from tests.support.daily_rows import DAY, fill

FORUM, SHOP = "https://forum.example/thread", "https://shop.brand0.example/mask"
EVERYTHING = Selection("demo", branded=True)


def answer(number: int, **fields: Any) -> Answer:
    common = {
        "id": number,
        "workspace_id": 1,
        "run_id": 1,
        "key": str(number),
        "engine": "doubao",
        "day": DAY,
    }
    captured = {"status": AnswerStatus.CAPTURED, "text": f"云纱面膜 {number}", "prompt_id": 2, "rules": "1"}
    return Answer(**{**common, **captured, **fields})


@pytest.fixture
def session(engine: sa.Engine) -> Iterator[Session]:
    """Three valid answers, one failed and one planned; the first two cite the forum, the first also a shop."""
    fill(engine, [])
    with Session(engine) as session:
        session.add(Run(id=1, workspace_id=1))
        session.add(
            Page(id=1, url=FORUM, domain="forum.example", status=PageStatus.FETCHED, title="面膜讨论")
        )
        session.add(Page(id=2, url=SHOP, domain="shop.brand0.example"))
        session.flush()
        session.add_all(
            [
                answer(1),
                answer(2, engine="kimi", surface="web", day=DAY + timedelta(days=1)),
                answer(3, prompt_id=1, text="100%_sure"),
                answer(4, status=AnswerStatus.FAILED, text=None, error="timeout"),
                answer(5, status=AnswerStatus.PLANNED, text=None, rules=None),
            ]
        )
        session.flush()
        session.add_all(
            [
                Mention(answer_id=1, brand_id=1, start=0, end=2, text="云纱"),
                Mention(answer_id=1, brand_id=2, start=3, end=4, text="膜"),
                Mention(answer_id=2, brand_id=2, start=0, end=2, text="云纱"),
                Score(answer_id=1, brand_id=1, mentions=1, rank=2),
                Score(answer_id=1, brand_id=2, mentions=1, rank=1),
                Score(answer_id=1, brand_id=3, citations_owned=1),
                Score(answer_id=2, brand_id=2, mentions=1, rank=1),
                Citation(
                    answer_id=1,
                    page_id=1,
                    position=0,
                    ordinal=1,
                    url=FORUM,
                    domain="forum.example",
                    spans=[[0, 2]],
                ),
                Citation(
                    answer_id=1, page_id=2, position=1, ordinal=2, url=SHOP, domain="shop.brand0.example"
                ),
                Citation(
                    answer_id=1,
                    page_id=2,
                    position=2,
                    url=SHOP,
                    domain="shop.brand0.example",
                    role="retrieved",
                ),
                Citation(answer_id=2, page_id=1, position=0, url=FORUM, domain="forum.example"),
                PageMention(page_id=1, brand_id=2, mentions=3),
                SearchQuery(answer_id=1, position=0, text="敏感肌 面膜"),
                Offer(workspace_id=1, answer_id=1, position=0, placement="card", title="云纱面膜"),
                Offer(workspace_id=1, page_id=1, position=0, placement="reference_page"),
                Body(answer_id=1, step=0, sha256="a" * 64, status=200),
            ]
        )
        session.commit()
        yield session


@pytest.mark.parametrize(
    ("chosen", "ids"),
    [
        (AnswerFilters(), [2, 3, 1]),
        (AnswerFilters(brand="云纱"), [1]),
        (AnswerFilters(brand="云纱", named=False), [2, 3]),
        (AnswerFilters(statuses=(AnswerStatus.FAILED,)), [4]),
        (AnswerFilters(statuses=()), [2, 5, 4, 3, 1]),
        (AnswerFilters(text="%_S"), [3]),
        (AnswerFilters(text="PROMPT 2"), [2, 1]),
        (AnswerFilters(domain="shop.brand0.example"), [1]),
        (AnswerFilters(page_id=1), [2, 1]),
    ],
)
def test_lists_of_answers(session: Session, chosen: AnswerFilters, ids: list[int]) -> None:
    assert [row.id for row in read_answers(session, EVERYTHING, chosen)] == ids
    assert count_answers(session, EVERYTHING, chosen) == len(ids)


def test_lists_follow_the_filters_of_the_numbers(session: Session) -> None:
    assert [row.id for row in read_answers(session, Selection("demo"))] == [2, 1]
    assert [row.id for row in read_answers(session, Selection("demo").only(surface=("web",)))] == [2]


def test_paging_walks_the_whole_list(session: Session) -> None:
    pages = [[row.id for row in read_answers(session, EVERYTHING, offset=at, limit=2)] for at in (0, 2, 4)]
    assert pages == [[2, 3], [1], []]


def test_a_row_names_brands_by_rank_and_counts_cited_sources(session: Session) -> None:
    row = next(row for row in read_answers(session, EVERYTHING) if row.id == 1)
    assert row.brands == ("Aurora Care", "云纱")
    assert row.citations == 2
    assert (row.prompt, row.engine, row.status) == ("prompt 2", "doubao", "captured")


def test_one_answer_with_its_evidence(session: Session) -> None:
    found = read_answer(session, "demo", 1)
    assert [(span.start, span.end, span.brand, span.own) for span in found.mentions] == [
        (0, 2, "云纱", True),
        (3, 4, "Aurora Care", False),
    ]
    assert [score["brand"] for score in found.scores] == ["Aurora Care", "云纱", "Basalt"]
    assert [(source.role, source.title, source.brands, source.owner) for source in found.sources] == [
        ("cited", "面膜讨论", ("Aurora Care",), None),
        ("cited", None, (), "云纱"),
        ("retrieved", None, (), "云纱"),
    ]
    assert found.sources[0].spans == ((0, 2),)
    assert found.queries == ("敏感肌 面膜",)
    assert [offer["title"] for offer in found.offers] == ["云纱面膜"]
    assert [body["sha256"] for body in found.bodies] == ["a" * 64]


def test_an_answer_of_another_workspace_is_not_shown(session: Session) -> None:
    session.add(Workspace(id=2, slug="other", name="Other"))
    session.flush()
    with pytest.raises(UsageError, match="no answer 1 in workspace 'other'"):
        read_answer(session, "other", 1)
    with pytest.raises(UsageError, match="no answer 99"):
        read_answer(session, "demo", 99)


def test_sources_by_domain(session: Session) -> None:
    forum, shop = read_sources(session, EVERYTHING)
    assert (forum.source, forum.answers, forum.citations) == ("forum.example", 2, 2)
    assert (forum.engines, forum.brands, forum.owner) == (("doubao", "kimi"), ("Aurora Care",), None)
    assert (shop.source, shop.answers, shop.citations, shop.owner) == ("shop.brand0.example", 1, 1, "云纱")
    assert read_sources(session, EVERYTHING, limit=1) == [forum]


def test_sources_by_page(session: Session) -> None:
    forum, shop = read_sources(session, EVERYTHING, "page")
    assert (forum.source, forum.page_id, forum.title) == (FORUM, 1, "面膜讨论")
    assert (shop.source, shop.owner) == (SHOP, "云纱")


def test_status_counts(session: Session) -> None:
    status = read_status(session, "demo")
    assert (status.planned, status.captured, status.failed) == (1, 3, 1)
    assert status.coverage == pytest.approx(3 / 5)
    assert (status.first_day, status.last_day) == (DAY, DAY + timedelta(days=1))
    assert (status.answers, status.mentions, status.citations, status.pages, status.offers) == (3, 3, 3, 2, 2)


def test_status_of_an_empty_workspace(session: Session) -> None:
    session.add(Workspace(id=2, slug="new", name="New"))
    session.flush()
    status = read_status(session, "new")
    assert (status.planned, status.coverage, status.first_day, status.pages) == (0, None, None, 0)
