"""Types, gap and changes of cited sources: exact numbers on a few answers, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from geo_tracker.errors import UsageError
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.answers import AnswerFilters, read_answers
from geo_tracker.queries.citations import Facets, PageCitations
from geo_tracker.queries.gap import action, read_gap
from geo_tracker.queries.source_changes import read_source_changes, surest
from geo_tracker.queries.sources import read_sources
from geo_tracker.queries.type_shares import read_types
from geo_tracker.storage.models import Brand, Citation, Page, PageMention, PageReading, PageStatus, Workspace
from tests.support.daily_rows import DAY, fill
from tests.support.source_rows import AURORA, BASALT, OWN, Site, add_answer, add_pages

ALL = Selection("demo", branded=True)
FORUM, NEWS, RIVAL, CRITIC, UNREAD, THREAD = (
    "https://forum.example/1",
    "https://news.example/a",
    "https://aurora.example/",
    "https://critic.example/masks",
    "https://unread.example/x",
    "https://forum.example/2",
)
SITES = (
    Site(FORUM, "forum.example", "ugc", ((AURORA, 3, None), (BASALT, 1, None))),
    Site(NEWS, "news.example", "editorial", ((OWN, 2, "positive"), (AURORA, 1, None))),
    Site(RIVAL, "aurora.example", "competitor", ((AURORA, 5, "positive"),)),
    Site(CRITIC, "critic.example", "review", ((OWN, 1, "negative"), (AURORA, 2, "positive"))),
    Site(UNREAD, "unread.example", status=PageStatus.PLANNED),
    Site(THREAD, "forum.example", "ugc", ((OWN, 1, None), (BASALT, 4, None))),
)


@pytest.fixture
def session(engine: sa.Engine) -> Iterator[Session]:
    """Four answers: the second does not say what rests on which source."""
    fill(engine, [])
    with Session(engine) as session:
        add_pages(session, SITES)
        add_answer(session, 1, 2, [(1, 0.75), (2, 0.25)])
        add_answer(session, 2, 3, [(1, None), (3, None)])
        add_answer(session, 3, 2, [(4, 1.0), (5, None)], engine="kimi")
        add_answer(session, 4, 4, [(6, 0.6), (3, 0.4)])
        session.commit()
        yield session


def test_a_source_has_a_type_and_a_weight(session: Session) -> None:
    pages = {row.source: row for row in read_sources(session, ALL, "page")}
    assert (pages[FORUM].type, pages[FORUM].reason, pages[FORUM].weight) == ("ugc", "domain", 1.25)
    assert (pages[RIVAL].weight, pages[CRITIC].weight, pages[UNREAD].weight) == (pytest.approx(0.9), 1.0, 0.0)
    assert (pages[UNREAD].type, pages[UNREAD].statuses) == (None, ("planned",))
    assert pages[FORUM].record()["engines"] == ("doubao",)


def test_a_domains_type_is_that_of_most_of_its_citations(session: Session) -> None:
    thread = session.get(PageReading, (1, 6))
    assert thread is not None
    thread.type, thread.reason = "editorial", "page"
    forum = next(row for row in read_sources(session, ALL) if row.source == "forum.example")
    assert (forum.type, forum.reason, forum.citations, forum.weight) == ("ugc", "domain", 3, 1.85)


def test_brands_of_another_workspace_are_not_named(session: Session) -> None:
    session.add(Workspace(id=2, slug="other", name="Other"))
    session.flush()
    session.add(Brand(id=9, workspace_id=2, name="Elsewhere"))
    session.flush()
    session.add(PageMention(page_id=1, brand_id=9, mentions=2))
    session.flush()
    assert read_sources(session, ALL)[0].brands == ("Aurora Care", "Basalt", "云纱")


def test_types_share_all_citations_with_the_interval_of_all_questions(session: Session) -> None:
    types = {row.type: row for row in read_types(session, ALL)}
    assert {kind: row.citations for kind, row in types.items()} == {
        "ugc": 3,
        "competitor": 2,
        "editorial": 1,
        "review": 1,
        None: 1,
    }
    ugc = types["ugc"]
    assert (ugc.domains, ugc.pages, ugc.share.n, ugc.share.prompts) == (1, 2, 4, 3)
    assert ugc.share.value == 0.375
    # Nothing is known of days here: the bounds are those of all questions, worked out in test_attributes.py.
    assert (ugc.share.low, ugc.share.high) == (ugc.share.market_low, ugc.share.market_high)
    assert ugc.share.scope == "questions" and (ugc.share.low or 1) < 0.1 < 0.7 < (ugc.share.high or 0)
    assert ugc.share.verdict == "thin sample"
    record = ugc.record()
    assert (record["type"], record["value"], record["n"]) == ("ugc", 0.375, 4)


def test_types_follow_the_filters(session: Session) -> None:
    (review, unknown) = read_types(session, Selection("demo").only(engine=("kimi",)))
    assert (review.type, review.share.value, unknown.type) == ("review", 0.5, None)
    assert read_types(session, Selection("demo").only(topic=("none",))) == []


def test_the_gap_of_pages(session: Session) -> None:
    gap = read_gap(session, ALL, "page")
    assert [row.source for row in gap.sources] == [FORUM, CRITIC, RIVAL]
    forum, critic, rival = gap.sources
    assert (forum.weight, forum.weight_estimated, forum.score) == (1.25, 0.5, 2.5)
    assert forum.rivals == (("Aurora Care", 3), ("Basalt", 1))
    assert (forum.answers, forum.citations, forum.engines) == (2, 2, ("doubao",))
    assert (forum.type, forum.action, forum.page_id, forum.title) == ("ugc", "pitch", 1, "Page 1")
    assert forum.prompts == ("prompt 2", "prompt 3")
    assert (critic.action, critic.score, critic.engines) == ("correct", 1.0, ("kimi",))
    assert (rival.action, rival.score, rival.weight_estimated) == ("publish", pytest.approx(0.9), 0.5)
    assert gap.unread == 1
    assert forum.record()["rivals"] == {"Aurora Care": 3, "Basalt": 1}


def test_a_domain_with_a_page_that_names_the_brand_is_no_gap(session: Session) -> None:
    gap = read_gap(session, ALL, "domain")
    assert [(row.source, row.action, row.pages) for row in gap.sources] == [
        ("critic.example", "correct", 1),
        ("aurora.example", "publish", 1),
    ]
    assert gap.unread == 1


@pytest.mark.parametrize(
    "changed", [{"wall": "login"}, {"status": PageStatus.FAILED}, {"status": PageStatus.BLOCKED}]
)
def test_a_page_that_was_not_read_is_never_a_gap(session: Session, changed: dict[str, str]) -> None:
    citation = session.exec(select(Citation).where(Citation.url == FORUM)).first()
    assert citation is not None
    page = session.get(Page, citation.page_id)
    assert page is not None
    page.sqlmodel_update(changed)
    gap = read_gap(session, ALL, "page")
    assert FORUM not in [row.source for row in gap.sources]
    assert gap.unread == 2


def test_an_own_page_is_no_gap_and_an_archived_rival_no_rival(session: Session) -> None:
    reading = session.get(PageReading, (1, 1))
    basalt = session.get(Brand, BASALT)
    assert reading is not None and basalt is not None
    reading.type = "owned"
    assert FORUM not in [row.source for row in read_gap(session, ALL, "page").sources]
    reading.type = "ugc"
    basalt.archived_at = datetime(2026, 3, 1, tzinfo=UTC)
    assert read_gap(session, ALL, "page").sources[0].rivals == (("Aurora Care", 3),)


def test_a_gap_that_may_be_poisoned_says_so(session: Session) -> None:
    reading = session.get(PageReading, (1, 1))
    assert reading is not None
    reading.campaign = 1
    forum, critic, _ = read_gap(session, ALL, "page").sources
    assert (forum.campaign, critic.campaign) == (1, None)


def test_without_an_own_brand_there_is_no_gap_to_speak_of(session: Session) -> None:
    own = session.get(Brand, OWN)
    assert own is not None
    own.own = False
    with pytest.raises(UsageError, match="no brand is your own"):
        read_gap(session, ALL)


@pytest.mark.parametrize(
    ("kind", "named", "do"),
    [
        ("editorial", False, "pitch"),
        ("review", False, "pitch"),
        ("ugc", False, "pitch"),
        (None, False, "pitch"),
        ("competitor", False, "publish"),
        ("corporate", False, "publish"),
        ("ecommerce", False, "publish"),
        ("editorial", True, "correct"),
        ("competitor", True, "correct"),
    ],
)
def test_what_to_do_follows_the_documented_rule(kind: str | None, named: bool, do: str) -> None:
    assert action(kind, named=named) == do


def test_answers_are_listed_by_the_domain_and_by_the_page_that_they_cite(session: Session) -> None:
    found = session.exec(select(Citation).where(Citation.answer_id == 2, Citation.page_id == 1)).one()
    found.role = "retrieved"
    by_domain = read_answers(session, ALL, AnswerFilters(domain="forum.example"))
    by_page = read_answers(session, ALL, AnswerFilters(page_id=1))
    assert ([row.id for row in by_domain], [row.id for row in by_page]) == ([4, 1], [1])


BEFORE = Selection("demo", start=DAY, end=DAY, branded=True)
AFTER = Selection("demo", start=DAY + timedelta(days=7), end=DAY + timedelta(days=7), branded=True)


@pytest.fixture
def windows(engine: sa.Engine) -> Iterator[Session]:
    """Six prompts, two answers a window: the forum stays, the news are new, the rival falls, the critic is lost."""
    fill(engine, [])
    with Session(engine) as session:
        add_pages(session, SITES)
        number = 0
        for prompt in range(2, 8):
            for repeat in range(2):
                number += 1
                add_answer(session, number, prompt, [(1, None), (3, None), (4, None)])
                number += 1
                later = [(1, None), (2, None), *([(3, None)] if repeat and prompt < 4 else [])]
                add_answer(session, number, prompt, later, day=DAY + timedelta(days=7))
        session.commit()
        yield session


def test_new_lost_and_falling_sources_are_real(windows: Session) -> None:
    rows = {row.source: row for row in read_source_changes(windows, BEFORE, AFTER, "page")}
    assert {url: (row.state, row.change.verdict) for url, row in rows.items()} == {
        NEWS: ("new", "real"),
        CRITIC: ("lost", "real"),
        RIVAL: ("falling", "real"),
        FORUM: ("steady", "within noise"),
    }
    rival = rows[RIVAL].change
    assert (rival.before.value, rival.after.value, rival.value) == (1, 2 / 12, 2 / 12 - 1)
    assert (rival.prompts, rival.before.n, rival.after.n) == (6, 12, 12)
    assert rival.p is not None and rival.q is not None and rival.q >= rival.p
    assert (rows[NEWS].page_id, rows[NEWS].title, rows[NEWS].type) == (2, "Page 2", "editorial")
    assert rows[NEWS].record()["state"] == "new"


def test_the_surest_change_comes_first(windows: Session) -> None:
    rows = read_source_changes(windows, BEFORE, AFTER, "domain")
    assert [row.change.verdict for row in rows] == ["real", "real", "real", "within noise"]
    assert rows[-1].source == "forum.example"


def test_a_hint_of_a_change_comes_before_noise_however_large(windows: Session) -> None:
    real, *_, noise = read_source_changes(windows, BEFORE, AFTER, "domain")
    hint = replace(noise, source="hint", change=replace(noise.change, verdict="suggestive", value=0.01))
    large = replace(noise, source="large", change=replace(noise.change, value=0.9))
    thin = replace(noise, source="thin", change=replace(noise.change, verdict="thin sample", value=1.0))
    assert sorted((thin, large, hint, real, noise), key=surest) == [real, hint, large, noise, thin]


def test_thin_windows_are_marked(windows: Session) -> None:
    few = {"topic": ("masks",)}
    before, after = (
        Selection("demo", start=f.start, end=f.end, branded=True).only(**few) for f in (BEFORE, AFTER)
    )
    assert {row.change.verdict for row in read_source_changes(windows, before, after)} == {"thin sample"}


def test_only_prompts_of_both_windows_are_compared(windows: Session) -> None:
    add_answer(windows, 99, 8, [(6, None)], day=DAY + timedelta(days=7))
    rows = {row.source for row in read_source_changes(windows, BEFORE, AFTER, "page")}
    assert THREAD not in rows
    assert read_source_changes(windows, Selection("demo", end=DAY - timedelta(days=1)), AFTER) == []


def test_one_kind_word_about_the_brand_closes_the_gap_of_a_domain(session: Session) -> None:
    (critic,) = (row for row in read_gap(session, ALL).sources if row.source == "critic.example")
    assert critic.action == "correct"
    page = session.exec(select(Page).where(Page.url == CRITIC)).one()
    add = Page(id=90, url="https://critic.example/other", domain="critic.example", status=PageStatus.FETCHED)
    session.add_all([add, PageReading(workspace_id=1, page_id=90, rules="5", campaign=0)])
    session.flush()
    session.add(PageMention(page_id=90, brand_id=OWN, mentions=1, polarity="positive"))
    cited = session.exec(select(Citation).where(Citation.page_id == page.id)).first()
    assert cited is not None
    other = {"answer_id": cited.answer_id, "page_id": 90, "position": 80, "url": add.url}
    session.add(Citation(**other, domain="critic.example"))
    session.flush()
    assert "critic.example" not in [row.source for row in read_gap(session, ALL).sources]


def test_the_prompts_whose_answers_cite_a_gap_most_come_first(session: Session) -> None:
    add_answer(session, 5, 3, [(1, 1.0)])
    session.commit()
    forum = next(gap for gap in read_gap(session, ALL, "page").sources if gap.source == FORUM)
    assert forum.prompts == ("prompt 3", "prompt 2")


def test_what_is_known_of_some_pages_of_a_source_stands_for_it() -> None:
    source = Facets()
    for kind, citations, campaign in (("ugc", 2, 3), (None, 5, None), ("review", 1, None)):
        of = {"type": kind, "campaign": campaign}
        source.add(PageCitations("a.example", "a.example", 1, "kimi", citations, 0.0, 0.0, **of))
    assert (source.kind, source.campaign) == (("ugc", None), 3)
