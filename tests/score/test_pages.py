"""What a visit makes of a page's row, on both kinds of database: content, moves, failures, and what leans on it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from geo_tracker.storage.database import reading, writing
from geo_tracker.storage.leases import owner
from geo_tracker.storage.models import (
    Answer,
    Citation,
    Offer,
    Page,
    PageStatus,
    PageVersion,
    Prompt,
    Run,
    Workspace,
)
from geo_tracker.storage.pages import Visit, pages_of, plan_pages, save_visits, stale_before, to_crawl

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
JUMP, PAGE, OTHER = "https://t.co/abc", "https://site.com/masks", "https://site.com/other"
READ: dict[str, Any] = {
    "status": PageStatus.FETCHED, "error": None, "wall": None, "http_status": 200, "final_url": PAGE,
    "sha256": "a" * 64, "title": "Masks", "text": "Aurora is mild.", "etag": '"1"', "last_modified": None,
}  # fmt: skip
DOWN: dict[str, Any] = {"status": PageStatus.FAILED, "error": "HTTP 503", "wall": None, "http_status": 503}


@pytest.fixture
def workspace(engine: sa.Engine) -> Workspace:
    """Its one answer cites three addresses and offers what the first leads to."""
    with writing(engine) as session:
        workspace = Workspace(slug="w", name="W")
        session.add(workspace)
        session.flush()
        about: dict[str, Any] = {"workspace_id": workspace.id}
        prompt, run = Prompt(text="?", **about), Run(**about)
        session.add_all([prompt, run])
        session.flush()
        day = {"day": date(2026, 11, 20), "rules": "1", "status": "captured"}
        answer = Answer(run_id=run.id, prompt_id=prompt.id, engine="x", key="x", **day, **about)
        session.add(answer)
        session.flush()
        pages = plan_pages(session, [JUMP, PAGE, OTHER], sandbox=False)
        for position, (url, page_id) in enumerate(pages.items()):
            session.add(
                Citation(answer_id=answer.id, page_id=page_id, position=position, url=url, domain="t.co")
            )
        session.add(
            Offer(answer_id=answer.id, position=0, placement="card", target_id=pages[JUMP], url=JUMP, **about)
        )
    return workspace


def row(session: Session, url: str) -> Page:
    return session.exec(select(Page).where(Page.url == url)).one()


def visit(engine: sa.Engine, url: str, columns: dict[str, Any], *, address: str = "", days: int = 0) -> None:
    """Claim a row as a crawl does, and save what came of it."""
    with writing(engine) as session:
        page = row(session, url)
        page.claimed_by, page.claimed_until = owner(), AT + timedelta(days=1)
        session.add(page)
    hops = [{"url": url, "status": 302}] if address else []
    with writing(engine) as session:
        save_visits(session, [Visit(page.id, AT + timedelta(days=days), address or url, hops, columns)])


def test_a_jump_fills_what_it_leads_to_and_takes_all_along(engine: sa.Engine, workspace: Workspace) -> None:
    with writing(engine) as session:  # another process is about to fetch the target
        target = row(session, PAGE)
        target.claimed_by, target.claimed_until = "elsewhere/1/0.00", AT + timedelta(days=1)
        session.add(target)
    visit(engine, JUMP, READ, address=PAGE)
    with reading(engine) as session:
        jump, target = row(session, JUMP), row(session, PAGE)
        assert (jump.status, jump.target_id, jump.hops) == (
            "moved", target.id, [{"url": JUMP, "status": 302}],
        )  # fmt: skip
        assert (target.status, target.text, target.version, target.claimed_by) == (
            "fetched", READ["text"], 1, None,
        )  # fmt: skip
        cited = session.exec(select(Citation).order_by(col(Citation.position))).all()
        assert [(source.page_id, source.domain, source.url) for source in cited[:2]] == [
            (target.id, "site.com", JUMP),
            (target.id, "t.co", PAGE),
        ]
        assert session.exec(select(Offer.target_id)).one() == target.id
        assert session.exec(select(Answer.rules)).one() is None, "to be scored again"
        assert session.exec(select(PageVersion.version)).all() == [1]
        assert {page.url for page in session.exec(select(Page).where(pages_of(workspace))).all()} == {
            PAGE,
            OTHER,
        }
    with writing(engine) as session:  # what the other process found comes too late
        save_visits(session, [Visit(target.id, AT, PAGE, (), {**READ, "sha256": "b" * 64})])
        assert row(session, PAGE).version == 1
        assert set(plan_pages(session, [JUMP, PAGE], sandbox=False).values()) == {target.id}


def test_what_is_known_is_not_replaced_by_what_a_jump_brings(engine: sa.Engine, workspace: Workspace) -> None:
    visit(engine, PAGE, READ)
    visit(engine, JUMP, {**READ, "sha256": "b" * 64, "text": "the light twin"}, address=PAGE, days=1)
    visit(engine, OTHER, DOWN, address=PAGE, days=2)
    with reading(engine) as session:
        page = row(session, PAGE)
        assert (page.text, page.version, page.checked_at, page.error) == (READ["text"], 1, AT, None)
        assert {row(session, url).status for url in (JUMP, OTHER)} == {"moved"}


def test_the_times_tell_what_changed(engine: sa.Engine, workspace: Workspace) -> None:
    visit(engine, PAGE, READ)
    visit(engine, PAGE, {"status": PageStatus.FETCHED, "http_status": 304}, days=1)
    visit(engine, PAGE, READ, days=2)
    visit(engine, PAGE, DOWN, days=3)
    with reading(engine) as session:
        page = row(session, PAGE)
        assert (page.fetched_at, page.checked_at) == (AT, AT + timedelta(days=3))
        assert (page.status, page.http_status, page.error) == (
            "fetched",
            200,
            "could not be checked: HTTP 503",
        )
    visit(engine, PAGE, {**READ, "sha256": "b" * 64, "title": "New masks"}, days=4)
    visit(engine, PAGE, {**DOWN, "http_status": 404, "error": "HTTP 404"}, days=5)
    visit(engine, PAGE, {**DOWN, "http_status": 404, "error": "HTTP 404"}, days=6)
    with reading(engine) as session:
        page = row(session, PAGE)
        assert (page.status, page.http_status, page.text) == ("failed", 404, READ["text"])
        assert (page.fetched_at, page.checked_at) == (AT + timedelta(days=5), AT + timedelta(days=6))
        versions = session.exec(select(PageVersion).order_by(col(PageVersion.version))).all()
        assert [(each.version, each.title, each.fetched_at) for each in versions] == [
            (1, "Masks", AT),
            (2, "New masks", AT + timedelta(days=4)),
        ]


@pytest.mark.parametrize(
    "address", ["http://10.0.0.1/x", "ftp://site.com/x", "https://site.com/" + "x" * 3000]
)
def test_no_row_is_made_for_what_cannot_be_crawled(
    engine: sa.Engine, workspace: Workspace, address: str
) -> None:
    visit(engine, JUMP, DOWN, address=address)
    with reading(engine) as session:
        assert len(session.exec(select(Page)).all()) == 3
        assert row(session, JUMP).status == "failed"


def test_which_pages_are_due(engine: sa.Engine, workspace: Workspace) -> None:
    visit(engine, PAGE, READ)
    visit(engine, OTHER, DOWN, days=20)

    def due(now: datetime, days: int | None = None) -> set[str]:
        with reading(engine) as session:
            found = select(Page.url).where(to_crawl(stale_before(workspace, now, days)))
            return set(session.exec(found).all())

    assert due(AT + timedelta(days=29)) == {JUMP}
    assert due(AT + timedelta(days=31)) == {JUMP, PAGE}
    assert due(AT + timedelta(days=29), days=2) == {JUMP, PAGE, OTHER}
    workspace.recrawl_days = 0
    assert due(AT + timedelta(days=999)) == {JUMP}
