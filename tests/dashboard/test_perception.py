"""The Perception page from raw rows to what is on screen: over time, attributes, and the queue."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
import streamlit as st
from sqlmodel import select

from geo_tracker.engines.base import ParsedAnswer
from geo_tracker.i18n import translate
from geo_tracker.metrics.sentiment_quality import qualities
from geo_tracker.score.answers import score
from geo_tracker.storage.answers import save_answer
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine, reading, writing
from geo_tracker.storage.models import Answer, Prompt, Run, StatementMark, Workspace
from geo_tracker.workspaces.apply import apply
from geo_tracker.workspaces.file import WorkspaceFile
from tests.support.dashboard_data import LAST, NOW
from tests.support.pages import source, visit, words
from tests.support.places import ROOT

FILE = {
    "workspace": {"slug": "skin", "name": "Skin", "timezone": "Asia/Shanghai"},
    "brands": [{"name": "云纱", "role": "own"}, {"name": "沐禾集"}],
    "attributes": ["温和", "保湿"],
    "prompts": [{"text": "哪款面膜好?", "language": "zh"}],
}
TEXTS = (
    "云纱的面膜**很温和**，值得推荐<script>[1]。沐禾集不温和，很刺激。",
    "云纱的面膜不温和，很刺激，不推荐。沐禾集的保湿效果很好。",
    "云纱的面膜不温和，很刺激，不推荐。",
)


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    st.cache_data.clear()
    monkeypatch.setenv("GEO_HOME", str(tmp_path))
    url = f"sqlite:///{tmp_path / 'geo.db'}"
    engine = open_engine(url)
    migrate(engine)
    with writing(engine) as session:
        apply(session, WorkspaceFile.model_validate(FILE), NOW - timedelta(days=30))
        workspace = session.exec(select(Workspace)).one()
        prompt = session.exec(select(Prompt)).one()
        run = Run(workspace_id=workspace.id, label="r")
        session.add(run)
        session.flush()
        for at, text in enumerate(TEXTS):
            own = {"workspace_id": workspace.id, "run_id": run.id, "prompt_id": prompt.id, "engine": "kimi"}
            answer = Answer(**own, surface="app", day=LAST - timedelta(days=at), key=str(at))
            session.add(answer)
            session.flush()
            save_answer(session, answer, ParsedAnswer(text), NOW)
    score(engine, Archive("memory://"), workspace)
    engine.dispose()
    return url


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("tab", ["time", "words", "queue"])
def test_every_part_speaks_both_languages(database: str, lang: str, tab: str) -> None:
    said = words(visit("perception", lang=lang, tab=tab))
    t = translate(lang)
    first = qualities()[0]
    assert t("dashboard.perception") in said and t("perception.quality_help", day=first.measured) in said
    assert f"{first.right}" in said and f"{first.share:.0%}" in said
    assert "**" not in said and "[1]" not in said


def test_attributes_of_the_brand_beside_its_rivals(database: str) -> None:
    page = source(visit("perception", lang="en", tab="words"))
    (row,) = re.findall(r"<tr>\s*<td[^>]*>温和.*?</tr>", page, re.DOTALL)
    assert "praised 33%" in row and "criticised 67%" in row and "n 3" in row
    assert "criticised 50%" in row and "n 2" in row
    assert "<script" not in page and "answer=" in page


def test_a_statement_is_marked_and_put_back(database: str) -> None:
    app = visit("perception", lang="en", tab="queue")
    t = translate("en")
    assert t("perception.queue_help", count="2", brand="云纱") in words(app)
    next(each for each in app.button if each.label == "Not true").click().run()
    assert t("perception.queue_help", count="1", brand="云纱") in words(app)
    with reading(open_engine(database)) as session:
        (mark,) = session.exec(select(StatementMark)).all()
    assert mark.state == "untrue" and mark.at is not None and mark.who == "local"
    marked = visit("perception", lang="en", tab="queue", state="untrue")
    assert f"{t('people.local')}," in words(marked)
    next(each for each in marked.button if each.label == "Back to the list").click().run()
    assert t("perception.queue_empty") in words(marked)


def test_the_documents_have_the_same_figures() -> None:
    table = (ROOT / "docs" / "extraction.md").read_text("utf-8")
    names = {"answers": "real answers", "blind": "open blind half", "en": "English", "zh": "Chinese"}
    for of in qualities():
        row = re.search(rf"\| {names[of.texts]}, {names[of.language]} \|(.*)", table)
        assert (
            row and f"{of.right}/{of.clear} ({of.share:.3f})" in row[1] and f"{of.with_clear:.3f}" in row[1]
        )
        assert of.interval[0] < of.share < of.interval[1]
