"""Evidence that is kept no longer goes; numbers, answers and what was read from it stay, and say so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from geo_tracker.collect.rebuild import rebuild_all
from geo_tracker.collect.verification import Verified, faults
from geo_tracker.score.answers import score
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import reading, writing
from geo_tracker.storage.leases import owner
from geo_tracker.storage.models import (
    Answer,
    Body,
    Brand,
    Citation,
    Page,
    PageMention,
    PageReading,
    PageVersion,
    Prompt,
    Run,
    Score,
    Workspace,
)
from geo_tracker.storage.pages import Visit, plan_pages, save_visits, to_crawl
from geo_tracker.storage.retention import Removed, count_removed, cutoffs, remove_evidence
from geo_tracker.workspaces.brands import forget_scores

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
OLD, YOUNG = NOW - timedelta(days=50), NOW - timedelta(days=5)
PAGE = (
    b"<html><title>Guide</title><body><article><p>Aurora is the mask that most testers chose this year, says the "
    b"guide. It is mild and cheap.</p></article></body></html>"
)
URL = "https://%s.example/"


@pytest.fixture
def shas(engine: sa.Engine, archive: Archive) -> dict[str, str]:
    """Two workspaces; `keeps` keeps all. An old answer cites `old` and `both`, a young one `young` and `both`."""
    made = {name: archive.put(name.encode()) for name in ("old answer", "young answer", "kept answer")}
    made |= {name: archive.put(PAGE + name.encode()) for name in ("old", "young", "both", "kept")}
    with writing(engine) as session:
        session.add(Workspace(id=1, slug="w", name="W", retention={"bodies": 30, "pages": 30}))
        session.add(Workspace(id=2, slug="keeps", name="K"))
        for at, name in enumerate(("old", "young", "both", "kept"), 1):
            values = {"status": "fetched", "sha256": made[name], "text": "Aurora is mild.", "version": 1}
            session.add(Page(id=at, url=URL % name, domain=f"{name}.example", fetched_at=OLD, **values))
            session.flush()
            session.add(PageVersion(page_id=at, version=1, sha256=made[name]))
        for workspace in (1, 2):
            session.add(Run(id=workspace, workspace_id=workspace, label="r"))
            session.add(Prompt(id=workspace, workspace_id=workspace, text="?"))
            session.add(Brand(id=workspace, workspace_id=workspace, name="Aurora", own=True))
        session.flush()
        for number, (workspace, at, name, pages) in enumerate(
            (
                (1, OLD, "old answer", (1, 3)),
                (1, YOUNG, "young answer", (2, 3)),
                (2, OLD, "kept answer", (4,)),
            ),
            1,
        ):
            own = {"workspace_id": workspace, "run_id": workspace, "prompt_id": workspace, "captured_at": at}
            told = {"status": "captured", "text": "Aurora is mild.", "engine": "kimi", "key": str(number)}
            session.add(Answer(id=number, day=at.date(), **own, **told))
            session.flush()
            session.add(Body(answer_id=number, step=0, sha256=made[name], status=200))
            for page in pages:
                session.add(Citation(answer_id=number, page_id=page, position=page, url="u"))
    return made


def prune(engine: sa.Engine, archive: Archive, days: int | None = None) -> Removed:
    with reading(engine) as session:
        workspaces = list(session.exec(select(Workspace)).all())
    parts = [cutoffs(workspaces, part, NOW, days) for part in ("bodies", "pages")]
    return remove_evidence(engine, archive, parts[0], parts[1], NOW)


def rows(engine: sa.Engine, *tables: Any) -> list[Any]:
    with engine.connect() as connection:
        found = [connection.execute(sa.select(*each.__table__.c)).all() for each in tables]
    return [sorted(map(str, each)) for each in found]


def scored(engine: sa.Engine, archive: Archive) -> Callable[[], list[Any]]:
    with reading(engine) as session:
        workspaces = session.exec(select(Workspace)).all()

    def numbers() -> list[Any]:
        for each in workspaces:
            score(engine, archive, each)
        return rows(engine, Score, PageMention, PageReading)

    return numbers


def test_what_is_old_goes_and_every_number_stays(
    engine: sa.Engine, archive: Archive, shas: dict[str, str]
) -> None:
    numbers = scored(engine, archive)
    before = numbers()
    assert len(before[0]) == 3 and len(before[2]) == 4
    assert prune(engine, archive) == Removed(answers=1, pages=1, bodies=2)
    assert set(shas.values()) - set(archive.stored()) == {shas["old answer"], shas["old"]}
    assert prune(engine, archive) == Removed()
    with writing(engine) as session:
        page = session.get_one(Page, 1)
        assert (page.text, page.removed_at, page.sha256) == (None, NOW, shas["old"])
        assert session.exec(select(Body.removed_at).where(Body.answer_id == 1)).one() == NOW
        workspace = session.get_one(Workspace, 1)
        assert count_removed(session, workspace) == {"answers": 1, "pages": 1}
        forget_scores(session, workspace)
    assert numbers() == before, "scored again, what was read from the page still stands"
    assert list(faults(engine, archive, Verified())) == []


def test_rebuilding_leaves_what_rests_on_removed_bodies_as_it_is(
    engine: sa.Engine, archive: Archive, shas: dict[str, str]
) -> None:
    prune(engine, archive)
    with reading(engine) as session:
        workspace = session.get_one(Workspace, 1)
    errors = rebuild_all(engine, archive, workspace, processes=1)
    assert len(errors) == 1 and errors[0].startswith("answer 2:"), "its body, no answer of kimi's, is there"
    with reading(engine) as session:
        assert session.get_one(Answer, 1).text == "Aurora is mild."
        assert session.get_one(Page, 1).title is None and session.get_one(Page, 3).title == "Guide"


def test_one_age_for_all_and_a_page_that_is_cited_again_is_read_again(
    engine: sa.Engine, archive: Archive, shas: dict[str, str]
) -> None:
    assert prune(engine, archive, days=30) == Removed(answers=2, pages=2, bodies=4)
    with writing(engine) as session:
        again = session.exec(select(Page.id).where(to_crawl(NOW))).all()
        assert set(again) == {2, 3}, "nobody asks for a page only to throw it away"
        plan_pages(session, [URL % "old"], sandbox=False)
    with writing(engine) as session:
        page = session.get_one(Page, 1)
        assert (page.status, page.removed_at) == ("planned", None)
        page.claimed_by = owner()
    columns = {"status": "fetched", "sha256": shas["old"], "text": "Aurora again"}
    with writing(engine) as session:
        save_visits(session, [Visit(1, NOW, URL % "old", (), columns)])
    with reading(engine) as session:
        page = session.get_one(Page, 1)
        assert (page.text, page.version, page.removed_at) == ("Aurora again", 1, None)
        assert session.get_one(PageVersion, (1, 1)).removed_at is None
