"""What every page says where there is little to show: no workspace or brand, one answer, failures only, things gone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
import streamlit as st
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from dashboard.navigation import PAGES
from geo_tracker.engines.base import EngineError, ErrorKind, ParsedAnswer
from geo_tracker.i18n import translate
from geo_tracker.score.answers import score
from geo_tracker.storage.answers import save_answer, save_failure
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine, reading, workspace_named, writing
from geo_tracker.storage.models import Answer, Body, Brand, Prompt, Run, Workspace
from geo_tracker.workspaces.apply import apply
from geo_tracker.workspaces.current import file_of
from geo_tracker.workspaces.file import WorkspaceFile
from tests.support.dashboard_data import ENGLISH, LAST
from tests.support.pages import APP, source, visit, words

T = translate("en")
NUMBERS = [
    name for name in PAGES if name not in ("signals", "session", "events", "runs", "workspace", "definitions")
]


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    st.cache_data.clear()
    monkeypatch.setenv("GEO_HOME", str(tmp_path))
    engine = open_engine(f"sqlite:///{tmp_path / 'geo.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


def asked(engine: sa.Engine, text: str | None) -> Answer:
    """A workspace with one answer: of this text, or None for one that failed."""
    with writing(engine) as session:
        apply(session, WorkspaceFile.model_validate(ENGLISH), datetime(2026, 1, 1, tzinfo=UTC))
        workspace = workspace_named(session, "crm")
        run = Run(workspace_id=workspace.id, label="r")
        session.add(run)
        session.flush()
        prompt = session.exec(select(Prompt)).first()
        assert prompt is not None
        ids = {"workspace_id": workspace.id, "run_id": run.id, "prompt_id": prompt.id}
        answer = Answer(**ids, engine="openai", key="1", day=LAST)
        session.add(answer)
        session.flush()
        if text is None:
            save_failure(
                session, answer, EngineError(ErrorKind.AUTH, "the key was refused"), datetime.now(UTC)
            )
        else:
            save_answer(session, answer, ParsedAnswer(text), datetime.now(UTC))
    score(engine, Archive("memory://"), workspace)
    return answer


def every_page(**address: str) -> Iterator[tuple[str, AppTest]]:
    """One app that goes from page to page."""
    app = AppTest.from_file(str(APP), default_timeout=60)
    for key, value in {"lang": "en", **address}.items():
        app.query_params[key] = value
    app.run()
    for page in PAGES:
        app.switch_page(f"app_pages/{page}.py").run()
        assert not app.exception, (page, [error.message for error in app.exception])
        yield page, app


def test_without_a_workspace_every_page_offers_ways_to_start(engine: sa.Engine) -> None:
    for page, app in every_page():
        if page != "definitions":
            assert T("dashboard.welcome") in words(app), page
            assert any("geo-tracker demo" in block.value for block in app.code), page


def test_the_first_workspace_is_made_on_the_page(engine: sa.Engine) -> None:
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.query_params["lang"] = "zh"
    app.run()
    zh = translate("zh")
    fields = {each.label: each for each in (*app.text_input, *app.text_area)}
    fields[zh("welcome.name")].set_value("Skin care")
    fields[zh("welcome.brand")].set_value(" ")
    made = next(each for each in app.button if each.label == zh("welcome.create"))
    made.click().run()
    assert app.error and not app.exception
    fields = {each.label: each for each in (*app.text_input, *app.text_area)}
    fields[zh("welcome.brand")].set_value("云纱")
    fields[zh("welcome.rivals")].set_value("沐禾集\n初屿")
    next(each for each in app.button if each.label == zh("welcome.create")).click().run()
    assert not app.exception
    with reading(engine) as session:
        found = file_of(session, workspace_named(session, "skin-care"))
    assert [(brand.name, brand.role) for brand in found.brands] == [
        ("云纱", "own"),
        ("沐禾集", "competitor"),
        ("初屿", "competitor"),
    ]
    assert (found.workspace.locale, found.workspace.timezone) == ("zh-CN", "Asia/Shanghai")


def test_a_workspace_without_a_brand_is_led_to_its_first(engine: sa.Engine) -> None:
    with writing(engine) as session:
        session.add(Workspace(id=1, slug="new", name="New"))
    for page, app in every_page(workspace="new"):
        assert not app.error, page
        if page == "workspace":
            assert T("workspace.first_brand") in words(app)
    app = visit("workspace", lang="en", workspace="new")
    next(each for each in app.text_input if each.label == T("workspace.name")).set_value("Aurora")
    next(each for each in app.button if each.label == T("workspace.see")).click().run()
    next(each for each in app.button if each.label == T("workspace.save")).click().run()
    assert not app.exception and not app.error
    with reading(engine) as session:
        assert [(brand.name, brand.own) for brand in session.exec(select(Brand)).all()] == [("Aurora", True)]


def test_one_answer_is_shown_and_said_to_be_thin(engine: sa.Engine) -> None:
    asked(engine, "Try Aurora CRM.")
    for page, app in every_page():
        if page == "overview":
            assert {tile.label: tile.value for tile in app.metric}[T("metric.mention_rate.label")] == "100.0%"
        if page in ("overview", "prompts", "competitors"):
            assert T("verdict.thin sample") in words(app), page


def test_failures_are_no_absent_brands(engine: sa.Engine) -> None:
    asked(engine, None)
    for page, app in every_page():
        shown = words(app)
        assert "0.0%" not in shown.replace("0.0%\u2013", "") or page in ("overview", "runs"), page
        if page == "overview":
            tiles = {tile.label: tile.value for tile in app.metric}
            assert tiles[T("metric.mention_rate.label")] == T("number.none")
            assert tiles[T("metric.coverage.label")] == "0.0%"
        if page == "runs":
            assert T("runs.do.auth") in shown
        if page == "answers":
            assert T("status.failed") in shown


def test_a_database_that_is_gone_is_told_on_every_page(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEO_DATABASE_URL", "postgresql://reader:secret@127.0.0.1:1/geo")
    app = AppTest.from_file(str(APP), default_timeout=60).run()
    assert not app.exception
    assert "geo-tracker doctor" in words(app) and "secret" not in words(app)


def test_an_archive_that_is_gone_hides_no_answer(engine: sa.Engine, tmp_path: Path) -> None:
    answer = asked(engine, "Try Aurora CRM.")
    archive = Archive((tmp_path / "archive").as_uri())
    with writing(engine) as session:
        now = datetime.now(UTC)
        body = Body(answer_id=answer.id, step=0, sha256=archive.put(b"raw"), status=200, received_at=now)
        session.add(body)
    shutil.rmtree(tmp_path / "archive")
    app = visit("answers", lang="en", answer=str(answer.id))
    assert "Try" in source(app) and not app.error
    assert T("answer.no_archive") in words(app)
    assert not [each for each in app.get("download_button") if each.key.startswith("body-")]
