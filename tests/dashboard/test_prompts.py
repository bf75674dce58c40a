"""The Prompts page from raw rows to the number on screen, one prompt's own page, and two answers compared."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
import streamlit as st
from sqlmodel import col, select

from geo_tracker.engines.base import ParsedAnswer, ParsedCitation
from geo_tracker.i18n import translate
from geo_tracker.metrics.stability import jaccard
from geo_tracker.score.answers import score
from geo_tracker.storage.answers import save_answer
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine, reading, writing
from geo_tracker.storage.models import Answer, AnswerStatus, Prompt, Run, Workspace
from tests.support.dashboard_data import LAST, NOW, fill
from tests.support.pages import source, visit, words

QUESTION = "Which CRM is easiest to set up?"
REPEATS = (
    "**Aurora CRM** and Basalt are gentle on new teams [1].",
    "Aurora CRM is easy, Copperleaf is fine.",
    "Aurora CRM alone is enough [1].",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two workspaces; on the last day the English one has a question that only the own brand answers, and repeats."""
    home = tmp_path_factory.mktemp("prompts")
    engine = open_engine(f"sqlite:///{home / 'geo.db'}")
    migrate(engine)
    fill(engine, Archive((home / "archive").as_uri()), days=14)
    with writing(engine) as session:
        workspace = session.exec(select(Workspace).where(Workspace.slug == "crm")).one()
        asked = session.exec(select(Prompt).where(Prompt.text == QUESTION)).one()
        won = Prompt(workspace_id=workspace.id, text="Who is <b>alone</b>?", language="en", declared=True)
        nobody = Prompt(workspace_id=workspace.id, text="Who is there?", language="en", declared=True)
        run = Run(workspace_id=workspace.id, label="repeats", sandbox=True)
        session.add_all([won, nobody, run])
        session.flush()
        for repeat, text in enumerate(REPEATS, 1):
            _answer(session, workspace, run, asked, repeat, text, 0)
        for back in range(6):
            for repeat in range(1, 5):
                _answer(session, workspace, run, won, repeat, "Aurora CRM.", back)
                _answer(session, workspace, run, nobody, repeat, "Nobody.", back)
    score(engine, Archive("memory://"), workspace)
    engine.dispose()
    return home


def _answer(
    session: object, workspace: Workspace, run: Run, prompt: Prompt, repeat: int, text: str, back: int
) -> None:
    day = LAST - timedelta(days=back)
    answer = Answer(
        workspace_id=workspace.id,
        run_id=run.id,
        prompt_id=prompt.id,
        engine="openai",
        repeat=repeat,
        day=day,
        key=f"{run.id}:{prompt.id}:{repeat}:{day}",
        sandbox=True,
    )
    session.add(answer)  # type: ignore[attr-defined]
    session.flush()  # type: ignore[attr-defined]
    at = text.find("[1]")
    cited = (ParsedCitation("https://crm.example/a", ordinal=1, spans=((at, at + 3),)),) if at >= 0 else ()
    parsed = ParsedAnswer(text, citations=cited, queries=("CRM set-up", "crm  set-up"))
    save_answer(session, answer, parsed, NOW)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def database(home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    st.cache_data.clear()
    monkeypatch.setenv("GEO_HOME", str(home))
    return f"sqlite:///{home / 'geo.db'}"


def prompt_id(database: str, text: str = QUESTION) -> str:
    with reading(open_engine(database)) as session:
        return str(session.exec(select(Prompt.id).where(Prompt.text == text)).one())


def test_every_prompt_has_its_outcome_and_a_page(database: str) -> None:
    app = visit("prompts", lang="en", workspace="crm", find="who is")
    page, said = source(app), words(app)
    assert "<b>alone</b>" not in page and "Who is &lt;b&gt;alone&lt;/b&gt;?" in page
    assert f"prompt={prompt_id(database, 'Who is <b>alone</b>?')}" in page
    assert '<span class="better">won</span>' in page and "100.0%" in said and "n 24" in said
    assert "nobody" in said
    only_won = words(visit("prompts", lang="en", workspace="crm", outcome=["nobody"]))
    assert "Who is there?" in only_won and "alone" not in only_won


def test_rates_are_those_of_the_stored_answers(database: str) -> None:
    with reading(open_engine(database)) as session:
        first = LAST - timedelta(days=6)
        asked = select(Answer).join(Prompt).where(Prompt.text == QUESTION, col(Answer.surface) == "api")
        rows = session.exec(asked.where(Answer.day >= first, Answer.status == AnswerStatus.CAPTURED)).all()
    naming = sum("Aurora CRM" in (row.text or "") for row in rows)
    said = words(visit("prompts", lang="en", workspace="crm", find="easiest"))
    assert f"{naming / len(rows):.1%}" in said and f"n {len(rows)}" in said


def test_stability_is_the_mean_jaccard_of_repeats(database: str) -> None:
    sets = (("Aurora", "Basalt"), ("Aurora", "Copperleaf"), ("Aurora",))
    pairs = ((0, 1), (0, 2), (1, 2))
    # The day has one more answer of that engine, of another run: no repeat of these.
    mean = sum(jaccard(sets[one], sets[two]) for one, two in pairs) / 3
    said = words(visit("prompts", lang="en", workspace="crm", find="easiest"))
    assert f"{mean:.2f}" in said and "3 pairs" in said


@pytest.mark.parametrize(
    ("lang", "workspace", "text"), [("en", "crm", QUESTION), ("zh", "masks", "熬夜后用什么面膜?")]
)
def test_a_prompt_has_a_page_of_its_own(database: str, lang: str, workspace: str, text: str) -> None:
    t = translate(lang)
    app = visit("prompts", lang=lang, workspace=workspace, prompt=prompt_id(database, text))
    page, said = source(app), words(app)
    assert f"<h1>{text}</h1>" in page and t("prompts.latest") in said and t("prompts.sources") in said
    assert '<div class="answer rendered"' in page and "<mark" in page and "**" not in said
    assert len(app.get("vega_lite_chart")) == 1
    if lang == "en":
        assert "CRM set-up" in said and "3" in said
        assert re.search(r'<sup class="cite"[^>]*><a href="answers\?[^"]*#source-0"', page)


def test_a_branded_prompt_is_shown_though_the_switch_is_off(database: str) -> None:
    app = visit("prompts", lang="en", workspace="crm", prompt=prompt_id(database, "Is Aurora CRM any good?"))
    assert translate("en")("prompts.branded") in words(app) and app.get("vega_lite_chart")


@pytest.mark.parametrize("other", ["999999", "1" * 30])
def test_a_prompt_that_is_not_here(other: str) -> None:
    assert translate("en")("dashboard.elsewhere") in words(
        visit("prompts", lang="en", workspace="crm", prompt=other)
    )


def test_a_prompt_of_another_workspace_is_not_shown(database: str) -> None:
    said = words(visit("prompts", lang="en", workspace="masks", prompt=prompt_id(database)))
    assert translate("en")("dashboard.elsewhere") in said and QUESTION not in said


def test_an_answer_is_rendered_and_its_raw_text_one_switch_away(database: str) -> None:
    with reading(open_engine(database)) as session:
        answer = session.exec(select(Answer.id).where(Answer.text == REPEATS[0])).one()
    app = visit("answers", lang="en", workspace="crm", answer=str(answer))
    assert "<strong><mark" in source(app) and "**" not in words(app)
    app.toggle(key="raw").set_value(True).run()
    assert "**" in words(app) and app.query_params["raw"] == "1"


def test_two_answers_of_one_prompt_word_by_word(database: str) -> None:
    with reading(open_engine(database)) as session:
        ids = [session.exec(select(Answer.id).where(Answer.text == text)).one() for text in REPEATS[1:]]
    app = visit("answers", lang="en", workspace="crm", answer=str(ids[0]))
    app.button[1].click().run() if app.button[1].label.startswith("Compare") else None
    page = source(visit("answers", lang="en", workspace="crm", answer=str(ids[0]), against=str(ids[1])))
    assert "<del>easy" in page and "<ins>" in page and "Aurora CRM" in page
    said = words(visit("answers", lang="en", workspace="masks", answer=str(ids[0]), against=str(ids[1])))
    assert translate("en")("dashboard.elsewhere") in said
