"""What is to be scored again: a page that was fetched in the very moment of the scoring may have come after it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from geo_tracker.extract.scores import RULES_VERSION
from geo_tracker.score.pending import pending_answers
from geo_tracker.storage.database import reading, writing
from geo_tracker.storage.models import Answer, AnswerStatus, Citation, Offer, Page, Prompt, Run, Workspace

SCORED = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = date(2026, 11, 24)


@pytest.fixture(params=["cited", "offered", "offered on a cited page"])
def fetched(engine: sa.Engine, request: pytest.FixtureRequest) -> Page:
    """The page whose fetching is asked about, behind a scored answer."""
    with writing(engine) as session:
        workspace = Workspace(slug="w", name="W")
        session.add(workspace)
        session.flush()
        run, prompt = Run(workspace_id=workspace.id), Prompt(workspace_id=workspace.id, text="?")
        cited, target = (Page(url=f"https://{name}.example/", domain=f"{name}.example") for name in "ab")
        session.add_all([run, prompt, cited, target])
        session.flush()
        answer = Answer(
            workspace_id=workspace.id, run_id=run.id, prompt_id=prompt.id, engine="kimi", key="k", day=DAY
        )
        answer.status, answer.rules, answer.scored_at = AnswerStatus.CAPTURED, RULES_VERSION, SCORED
        session.add(answer)
        session.flush()
        if request.param != "offered":
            session.add(Citation(answer_id=answer.id, page_id=cited.id, position=0, url=cited.url))
        if request.param != "cited":
            where = {"answer_id": answer.id} if request.param == "offered" else {"page_id": cited.id}
            about = {"position": 0, "placement": "link", "target_id": target.id}
            session.add(Offer(workspace_id=workspace.id, **where, **about))
    return cited if request.param == "cited" else target


@pytest.mark.parametrize(("later", "again"), [(-1, False), (0, True), (1, True)])
def test_a_page_fetched_then_or_later(engine: sa.Engine, fetched: Page, later: int, again: bool) -> None:
    with writing(engine) as session:
        page = session.get_one(Page, fetched.id)
        page.fetched_at = SCORED + timedelta(seconds=later)
        workspace = session.get_one(Workspace, 1)
    with reading(engine) as session:
        assert (pending_answers(session, workspace) != {}) is again
