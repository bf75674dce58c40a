"""A page of the dashboard in AppTest, and what a reader sees of it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from html import unescape
from pathlib import Path

import pytest
from sqlmodel import col, select
from streamlit.source_util import PageHash, PageInfo
from streamlit.testing.v1 import AppTest

from dashboard.navigation import PAGES
from geo_tracker.engines.base import ParsedAnswer
from geo_tracker.score.answers import score
from geo_tracker.storage.answers import save_answer
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine, writing
from geo_tracker.storage.models import (
    Answer,
    Mention,
    Prompt,
    Run,
    Workspace,
)
from geo_tracker.workspaces.apply import apply
from geo_tracker.workspaces.file import WorkspaceFile
from tests.support.dashboard_data import ENGLISH, LAST
from tests.support.places import ROOT

APP = ROOT / "dashboard" / "app.py"
NUMBERS = tuple(name for name in PAGES if name not in ("runs", "workspace", "people", "definitions"))
SELECTED = tuple(name for name in NUMBERS if name not in ("signals", "session", "events"))
"""Pages whose content follows the filters of the sidebar."""
Open = Callable[..., AppTest]
Files = Callable[[str], list[dict[str, str]]]


def visit(page: str = "overview", /, **address: str | list[str]) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=120)
    if page != "overview":
        app._registered_pages = _pages()
        app.switch_page(f"app_pages/{page}.py")
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, [error.message for error in app.exception]
    return app


@cache
def _pages() -> dict[PageHash, PageInfo]:
    """The pages that AppTest knows after a run: of a quick one, on an empty database."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as home:
        patch.setenv("GEO_HOME", home)
        return AppTest.from_file(str(APP), default_timeout=120).run()._registered_pages


def source(app: AppTest) -> str:
    """The HTML that the page inserts."""
    return "\n".join(element.proto.body for element in app.get("html"))


def words(app: AppTest) -> str:
    """What a reader sees of it, every space a plain one."""
    return unescape(re.sub(r"<[^>]+>", " ", source(app))).replace("\N{NO-BREAK SPACE}", " ")


def listed(app: AppTest) -> list[dict[str, str]]:
    """The rows of the page's table, by head."""
    cell = re.compile(r'<td data-head="([^"]*)"[^>]*>(.*?)</td>', re.S)
    rows = re.findall(r"<tr.*?</tr>", source(app), re.S)[1:]
    texts = [
        {head: re.sub(r"<[^>]+>", " ", text).split() for head, text in cell.findall(row)} for row in rows
    ]
    return [{unescape(head): unescape(" ".join(text)) for head, text in row.items()} for row in texts]


def one_answer(home: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> str:
    """One answer in an English workspace; where it names Copperleaf, that is unsure. Its id."""
    monkeypatch.setenv("GEO_HOME", str(home))
    engine = open_engine(f"sqlite:///{home / 'geo.db'}")
    migrate(engine)
    with writing(engine) as session:
        apply(session, WorkspaceFile.model_validate(ENGLISH), datetime(2026, 1, 1, tzinfo=UTC))
        workspace = session.exec(select(Workspace)).one()
        run = Run(workspace_id=workspace.id, label="r")
        session.add(run)
        session.flush()
        prompt = session.exec(select(Prompt).where(~col(Prompt.branded))).first()
        assert prompt is not None
        ids = {"workspace_id": workspace.id, "run_id": run.id, "prompt_id": prompt.id}
        answer = Answer(**ids, engine="openai", key="1", day=LAST)
        session.add(answer)
        session.flush()
        save_answer(session, answer, ParsedAnswer(text), datetime.now(UTC))
    score(engine, Archive("memory://"), workspace)
    with writing(engine) as session:
        for mention in session.exec(select(Mention).where(Mention.text == "Copperleaf")).all():
            mention.unsure, mention.confidence, mention.reason = True, 0.4, "test"
    engine.dispose()
    return str(answer.id)
