"""Every page of the dashboard, in both languages, on a scored database; and without one."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.navigation import PAGES
from geo_tracker.i18n import translate
from geo_tracker.metrics.measures import measure
from geo_tracker.queries.facts import Selection, read_facts
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine, reading, writing
from geo_tracker.storage.models import (
    Brand,
    Workspace,
)
from geo_tracker.words.values import interval_text, value_text
from tests.support.dashboard_data import LAST, fill
from tests.support.pages import APP, NUMBERS, SELECTED, Open, source, visit, words

WEEK = Selection("crm", start=LAST.replace(day=LAST.day - 6), end=LAST).only(surface=("api",))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(("lang", "workspace"), [("en", "crm"), ("zh", "masks")])
def test_every_page_speaks_both_languages(open_page: Open, page: str, lang: str, workspace: str) -> None:
    app = open_page(page, lang=lang, workspace=workspace)
    t = translate(lang)
    assert f"<h1>{t(f'dashboard.{page}')}</h1>" in source(app)
    assert {each.label for each in app.selectbox} >= {t("dashboard.period"), t("dimension.surface")}


@pytest.mark.parametrize("page", NUMBERS)
def test_sandbox_data_is_labelled_on_every_page(open_page: Open, page: str) -> None:
    app = open_page(page, lang="en")
    assert translate("en")("report.sandbox_help") in words(app)
    charts = [chart.proto.spec for chart in app.get("vega_lite_chart")]
    assert all('"subtitle": "Sandbox"' in chart for chart in charts)
    assert bool(charts) == (page in ("overview", "competitors", "sources", "perception"))


def test_real_data_is_not_labelled_as_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEO_HOME", str(tmp_path))
    engine = open_engine(f"sqlite:///{tmp_path / 'geo.db'}")
    migrate(engine)
    fill(engine, Archive((tmp_path / "archive").as_uri()), days=1, sandbox=False)
    app = visit(lang="en")
    assert "Sandbox" not in words(app)
    assert [tile.value for tile in app.metric if tile.label == "Coverage"]


def test_tiles_show_what_the_metrics_say(open_page: Open, database: str) -> None:
    app = open_page(lang="en")
    t = translate("en")
    with reading(open_engine(database)) as session:
        facts = read_facts(session, WEEK)
    tiles = {tile.label: tile.value for tile in app.metric}
    for name in ("mention_rate", "share_of_voice", "share_of_prominence", "mean_rank", "citation_rate"):
        estimate = measure(facts, name, "Aurora CRM")
        assert tiles[t(f"metric.{name}.label")] == value_text(name, estimate.value, t)
        assert interval_text(name, estimate, t) in words(app)
        assert f"n = {estimate.n}" in words(app)
    assert tiles["Coverage"] == value_text("coverage", measure(facts, "coverage").value, t)


def test_tiles_say_whether_a_change_is_real(open_page: Open) -> None:
    app = open_page(lang="en")
    verdicts = {tile.proto.delta_description for tile in app.metric}
    assert verdicts and verdicts <= {
        "real across your prompts",
        "real",
        "suggestive",
        "within noise",
        "thin sample",
    }
    without = open_page(lang="en", compare="none")
    assert not any(tile.delta for tile in without.metric)


def test_a_period_without_a_history_says_so(open_page: Open) -> None:
    app = open_page(lang="en", period="all")
    assert translate("en")("dashboard.nothing_before") in words(app)


def test_every_table_and_chart_can_be_downloaded(open_page: Open) -> None:
    files = {
        "overview": (
            "trend csv xlsx png svg",
            "by-engine png svg",
            "brands csv xlsx png svg",
            "engines csv xlsx",
        ),
        "prompts": ("prompts csv xlsx",),
        "competitors": ("brands csv xlsx png svg", "engines csv xlsx png svg", "trend csv xlsx png svg"),
        "answers": ("answers csv xlsx",),
        "sources": ("source-types csv xlsx png svg", "domains csv xlsx"),
        "perception": ("sentiment csv xlsx png svg",),
    }
    for page, expected in files.items():
        wanted = [f"download-{name}-{kind}" for name, *kinds in map(str.split, expected) for kind in kinds]
        assert [each.key for each in open_page(page, lang="en").get("download_button")] == wanted


def test_an_empty_database_says_how_to_start() -> None:
    app = visit(lang="zh")
    assert translate("zh")("dashboard.welcome") in words(app)
    commands = "\n".join(block.value for block in app.code)
    assert all(f"geo-tracker {verb}" in commands for verb in ("demo", "apply", "import"))
    assert translate("zh")("dashboard.definitions") in words(visit("definitions", lang="zh"))


def test_a_workspace_without_answers_says_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEO_HOME", str(tmp_path))
    engine = open_engine(f"sqlite:///{tmp_path / 'geo.db'}")
    migrate(engine)
    with writing(engine) as session:
        session.add(Workspace(id=1, slug="new", name="New <b>one</b>"))
        session.flush()
        session.add(Brand(workspace_id=1, name="Aurora", own=True))
    for page in SELECTED:
        app = visit(page, lang="en")
        assert "geo-tracker import answers.jsonl --workspace new" in app.code[0].value
        assert "<b>one" not in source(app)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql://reader:secret@db.example/geo", "databases are SQLite or PostgreSQL"),
        ("postgresql://reader:secret@127.0.0.1:1/geo", "geo-tracker doctor"),
    ],
)
def test_a_database_that_cannot_be_read(url: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEO_DATABASE_URL", url)
    app = AppTest.from_file(str(APP), default_timeout=120).run()
    assert not app.exception
    assert told in words(app)
    assert "secret" not in words(app)
