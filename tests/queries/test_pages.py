"""One cited page in detail, and the sentences of answers held against the pages they cite."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from geo_tracker.errors import UsageError
from geo_tracker.extract.text.sentences import read
from geo_tracker.queries.pages import SHOWN, read_page
from geo_tracker.queries.support import _statements, read_page_support, read_support
from geo_tracker.storage.models import Citation, Offer, Page, PageStatus, PageVersion
from tests.support.daily_rows import fill
from tests.support.source_rows import AURORA, OWN, Site, add_answer, add_pages

TEXT = (
    "# 面膜测评\n## 云纱\n云纱面膜的成分表只有12种，不含酒精。\n"
    "Aurora Care 一盒五片99元。使用两周后，七成志愿者的泛红减轻。<script>alert(1)</script>"
)
ANSWER = "云纱面膜的成分表只有12种[1]。Aurora Care 一盒五片199元[1]。两周后泛红减轻[2][3]。"
SITES = (
    Site("https://news.example/a", "news.example", "editorial", ((OWN, 2, "positive"), (AURORA, 1, None))),
    Site("https://wall.example/b", "wall.example", wall="login"),
    Site("https://new.example/c", "new.example", status=PageStatus.PLANNED),
)


@pytest.fixture
def session(engine: sa.Engine) -> Iterator[Session]:
    fill(engine, [])
    with Session(engine) as session:
        add_pages(session, SITES)
        page = session.get(Page, 1)
        assert page is not None
        page.text, page.version = TEXT, 2
        page.hops = [{"url": "https://jump.example/1", "status": 302}]
        jump = {"url": "https://engine.example/jump", "domain": "engine.example", "status": PageStatus.MOVED}
        session.add(Page(id=9, target_id=1, **jump))
        add_answer(session, 1, 2, [(1, 0.5), (2, 0.3), (3, 0.2)], text=ANSWER)
        for citation in session.exec(select(Citation)).all():
            marker = f"[{citation.ordinal}]"
            starts = [at for at in range(len(ANSWER)) if ANSWER.startswith(marker, at)]
            citation.spans = [[at, at + len(marker)] for at in starts]
        for number in (1, 2):
            fetched = datetime(2026, 3, number, tzinfo=UTC)
            session.add(PageVersion(page_id=1, version=number, sha256=str(number), fetched_at=fetched))
        offer = {"workspace_id": 1, "page_id": 1, "placement": "reference_page", "platform": "jd"}
        session.add_all(
            [Offer(**offer, position=1, title="second"), Offer(**offer, position=0, title="first")]
        )
        session.commit()
        yield session


def test_a_page_with_all_that_is_known_of_it(session: Session) -> None:
    found = read_page(session, "demo", 1)
    assert (found.type, found.reason, found.campaign, found.owner) == ("editorial", "domain", None, None)
    assert [(found.text[m.start : m.end], m.brand, m.own) for m in found.mentions] == [
        ("云纱", "云纱", True),
        ("云纱", "云纱", True),
        ("Aurora Care", "Aurora Care", False),
    ]
    own, rival = found.brands
    assert (own.name, own.own, own.mentions, own.polarity) == ("云纱", True, 2, "positive")
    assert own.quote == "云纱面膜的成分表只有12种，不含酒精。"
    assert rival.quote == "Aurora Care 一盒五片99元。"
    assert [row.url for row in found.moved] == ["https://engine.example/jump"]
    assert [row.version for row in found.versions] == [2, 1]
    assert [offer.title for offer in found.offers] == ["first", "second"]
    assert found.platforms == {"jd": "京东"}


def test_what_is_shown_of_a_page_is_bounded(session: Session) -> None:
    page = session.get(Page, 1)
    assert page is not None
    page.text = "字" * SHOWN + "云纱"
    found = read_page(session, "demo", 1)
    assert (len(found.text), found.mentions, found.brands[0].quote) == (SHOWN, (), None)


def test_a_page_of_another_workspace_is_not_shown(session: Session) -> None:
    with pytest.raises(UsageError, match="no page 7 is cited"):
        read_page(session, "demo", 7)


def test_sentences_are_held_against_their_pages(session: Session) -> None:
    checked = read_support(session, "demo", 1)
    assert [(each.position, each.sentence, each.verdict, each.unread) for each in checked] == [
        (0, "云纱面膜的成分表只有12种", "supported", None),
        (0, "Aurora Care 一盒五片199元", "partly", None),
        (1, "两周后泛红减轻", None, "login"),
        (2, "两周后泛红减轻", None, "planned"),
    ]
    assert checked[0].quote == "云纱面膜的成分表只有12种，不含酒精。"
    assert checked[1].missing == ("199",)


def test_a_page_shows_which_sentences_rest_on_it(session: Session) -> None:
    add_answer(session, 2, 3, [(1, None)])
    checked = read_page_support(session, "demo", 1, [2, 1])
    assert [(each.answer_id, each.verdict) for each in checked] == [(1, "supported"), (1, "partly")]
    assert read_page_support(session, "demo", 1, []) == []


def test_support_of_an_answer_elsewhere_is_refused(session: Session) -> None:
    with pytest.raises(UsageError, match="no answer 9"):
        read_support(session, "demo", 9)


@pytest.mark.parametrize(
    ("text", "marker", "statement"),
    [
        ("- **Relanto**: It lists add-ons. [1] It is slow. [2]", "[1]", "Relanto: It lists add-ons."),
        ("- **Relanto**: It lists add-ons. [1] It is slow. [2]", "[2]", "It is slow."),
        ("| Brand | Price |\n| --- | --- |\n| Relanto | From $19 a seat[1] |", "[1]", "From $19 a seat"),
        ("云纱温和。青禾补水更好[1]。", "[1]", "青禾补水更好"),
        ("It costs 3.5 dollars a seat.[1]", "[1]", "It costs 3.5 dollars a seat."),
    ],
)
def test_a_marker_stands_for_the_statement_before_it(text: str, marker: str, statement: str) -> None:
    at = text.index(marker)
    assert _statements(read(text), [[at, at + len(marker)]]) == [statement]


@pytest.mark.parametrize("spans", [[], [[5, 9], [5, 9]]])
def test_a_passage_stands_for_itself_once(spans: Any) -> None:
    assert _statements(read("The Halley picks up hair."), spans) == (["alley"[:4]] if spans else [])
