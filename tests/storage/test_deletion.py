"""A deleted workspace is nowhere: no row, no body, no text in the files; others lose nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from geo_tracker.errors import UsageError
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.backup import kept_tables
from geo_tracker.storage.bodies import used_bodies
from geo_tracker.storage.database import migrate, open_engine, reading, writing
from geo_tracker.storage.deletion import Deleted, delete_workspace
from geo_tracker.storage.models import (
    Answer,
    Audit,
    Body,
    Bookmark,
    Brand,
    Citation,
    FrozenReport,
    Member,
    Mention,
    Page,
    PageReading,
    PageStatus,
    PageVersion,
    Prompt,
    Run,
    Score,
    Workspace,
)

NOW = datetime(2026, 3, 30, 12, tzinfo=UTC)
WORKSPACES = ("client", "other")
PAGES = ("mine", "shared", "ahead", "of-nobody")


@pytest.fixture
def bodies(engine: sa.Engine, archive: Archive) -> dict[str, str]:
    """Two workspaces that share a page and a body; returns the sha256 of each body by what it holds."""
    shas = {name: archive.put(f"body {name}".encode()) for name in (*WORKSPACES, *PAGES, "both", "report")}
    with writing(engine) as session:
        for number, name in enumerate(PAGES, 1):
            session.add(
                Page(
                    id=number,
                    url=f"https://{name}.example/",
                    domain=f"{name}.example",
                    status=PageStatus.FETCHED,
                    sha256=shas[name],
                    text=f"text of {name}",
                )
            )
            session.flush()
            session.add(PageVersion(page_id=number, version=1, sha256=shas[name]))
        session.get_one(Page, 1).target_id = 3
        for number, slug in enumerate(WORKSPACES, 1):
            session.add(Workspace(id=number, slug=slug, name=slug))
            session.flush()
            session.add(Run(id=number, workspace_id=number, label="r"))
            session.add(Prompt(id=number, workspace_id=number, text=f"question of {slug}"))
            session.add(Brand(id=number, workspace_id=number, name=f"brand of {slug}"))
            session.flush()
            session.add(_answer(number, slug))
            session.flush()
            for sha in (shas[slug], shas["both"]):
                session.add(Body(answer_id=number, step=0, sha256=sha, status=200))
            session.add(Mention(answer_id=number, brand_id=number, start=0, end=4, text=f"mention {slug}"))
            session.add(Score(answer_id=number, brand_id=number, mentions=1))
            for page in {number, 2}:  # the client cites `mine` and `shared`, the other only `shared`
                session.add(Citation(answer_id=number, page_id=page, position=page, url="https://a.example/"))
            session.add(PageReading(workspace_id=number, page_id=2, rules="1"))
            session.add(Member(who="a@b.example", workspace_id=number, role="viewer"))
            session.add(Audit(who="a@b.example", workspace_id=number, via="apply"))
            session.add(Bookmark(who="a@b.example", name=slug, workspace_id=number, page="overview"))
        session.add(FrozenReport(workspace_id=1, month="2026-03", language="en", report=shas["report"]))
    return shas


def _answer(number: int, slug: str) -> Answer:
    ids = {"id": number, "workspace_id": number, "run_id": number, "prompt_id": number}
    return Answer(
        **ids, engine="kimi", key="k", day=NOW.date(), text=f"secret text of {slug}", status="captured"
    )


def test_all_that_is_its_alone_is_gone_and_the_others_lose_nothing(
    engine: sa.Engine, archive: Archive, bodies: dict[str, str]
) -> None:
    assert delete_workspace(engine, archive, "client", NOW) == Deleted(answers=1, pages=3, bodies=5)
    with engine.connect() as connection:
        left = {
            each.name: connection.execute(sa.select(sa.func.count()).select_from(each)).scalar_one()
            for each in kept_tables()
        }
        urls = connection.execute(sa.select(sa.column("url")).select_from(sa.table("page"))).scalars().all()
    shared = {"page": 1, "page_version": 1, "page_reading": 1, "citation": 1, "body": 2}
    names = ("workspace", "run", "prompt", "brand", "answer", "mention", "score", "member", "bookmark")
    single = dict.fromkeys(names, 1) | {"audit": 2}  # the other's, and who deleted the client
    assert {name: number for name, number in left.items() if number} == shared | single
    assert urls == ["https://shared.example/"]
    assert set(archive.stored()) == {bodies[name] for name in ("other", "shared", "both")}
    with reading(engine) as session:
        assert {sha for sha, _ in used_bodies(session)} == set(archive.stored())


def test_no_file_holds_a_word_of_it(tmp_path: Path, archive: Archive) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'geo.db'}")
    migrate(engine)
    with writing(engine) as session:
        for number, slug in enumerate(WORKSPACES, 1):
            session.add(Workspace(id=number, slug=slug, name=slug))
            session.flush()
            session.add(Run(id=number, workspace_id=number, label="r"))
            session.add(Prompt(id=number, workspace_id=number, text="?"))
            session.flush()
            session.add(_answer(number, slug))
    delete_workspace(engine, archive, "client", NOW)
    engine.dispose()
    everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"secret text of other" in everything
    assert b"secret text of client" not in everything


def test_one_that_is_being_asked_stays(engine: sa.Engine, archive: Archive, bodies: dict[str, str]) -> None:
    with writing(engine) as session:
        session.get_one(Answer, 1).claimed_until = NOW + timedelta(minutes=1)
    with pytest.raises(UsageError, match="a run is asking 1"):
        delete_workspace(engine, archive, "client", NOW)
    assert set(archive.stored()) == set(bodies.values())
    assert delete_workspace(engine, archive, "client", NOW + timedelta(minutes=2)).answers == 1


def test_an_unknown_one_is_told(engine: sa.Engine, archive: Archive) -> None:
    with pytest.raises(UsageError, match="no workspace 'nobody'"):
        delete_workspace(engine, archive, "nobody", NOW)
