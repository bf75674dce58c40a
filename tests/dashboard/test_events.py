"""The page of events: mark one, see it on the trends, fix an experiment, plan; and what is refused."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geo_tracker.i18n import translate
from geo_tracker.queries.experiments import Planned, add_experiment
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine, reading, workspace_named, writing
from geo_tracker.words.names import engine_text, surface_text
from geo_tracker.workspaces.events import EventDraft, add_event, read_events
from tests.support.dashboard_data import LAST, fill
from tests.support.pages import Files, visit, words


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with an event and an experiment, which tests copy."""
    home = tmp_path_factory.mktemp("events")
    engine = open_engine(f"sqlite:///{home / 'geo.db'}")
    migrate(engine)
    fill(engine, Archive((home / "archive").as_uri()), days=14)
    with writing(engine) as session:
        workspace, now = workspace_named(session, "crm"), datetime.now(UTC)
        add_event(session, workspace, EventDraft("<b>PR</b>", LAST - timedelta(days=2), "pr", "a note"), now)
        prompt = workspace_prompts(session)[0]
        early = datetime(LAST.year, LAST.month, LAST.day, tzinfo=UTC) - timedelta(days=9)
        draft = EventDraft("Trial", LAST - timedelta(days=5), "page", moves=[prompt], controls=["rest"])
        add_experiment(session, workspace, draft, Planned(4, 4, "mention_rate", ""), early)
    engine.dispose()
    return home


@pytest.fixture
def url(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A home of its own: these tests write."""
    home = shutil.copytree(filled, tmp_path / "own")
    monkeypatch.setenv("GEO_HOME", str(home))
    return f"sqlite:///{home / 'geo.db'}"


def workspace_prompts(session) -> list[str]:  # type: ignore[no-untyped-def]
    from geo_tracker.workspaces.events import prompts_of

    return [each.text for each in prompts_of(session, workspace_named(session, "crm")) if not each.branded]


def names(url: str) -> list[str]:
    with reading(open_engine(url)) as session:
        return [event.name for event in read_events(session, workspace_named(session, "crm"))]


def page(lang: str = "en") -> AppTest:
    return visit("events", workspace="crm", lang=lang)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_events_experiments_and_plans_are_shown(url: str, lang: str, files: Files) -> None:
    app, t = page(lang), translate(lang)
    shown = words(app)
    assert "<b>PR</b>" in shown  # escaped: shown as it was typed
    assert t("events.experiment") in shown
    assert t("events.kind.page") in shown
    assert t("events.days_alone") in shown  # one prompt is to be moved
    assert t("plan.title") in shown and t("plan.month") in shown
    trial, event = files("events")
    assert (event["name"], event["moves"], event["experiment"]) == ("<b>PR</b>", "", "no")
    with reading(open_engine(url)) as session:
        moved, *others = workspace_prompts(session)
    assert trial["moves"] == moved and set(trial["controls"].split("; ")) >= set(others)
    (fixed,) = files("experiments")
    assert (fixed["name"], fixed["metric"], fixed["moves"]) == ("Trial", "mention_rate", moved)


EVENTS = '"field": "event"'
"""Of the lines that stand for what happened."""


def test_trends_show_events_within_their_days(url: str) -> None:
    specs = [
        chart.proto.spec for chart in visit("overview", workspace="crm", lang="en").get("vega_lite_chart")
    ]
    assert EVENTS in specs[0] and EVENTS not in specs[1]
    short = visit("overview", workspace="masks", lang="en").get("vega_lite_chart")[0].proto.spec
    assert EVENTS not in short


def test_an_event_is_marked_and_removed(url: str) -> None:
    app = page()
    app.text_input(key="event-name").input("Relaunch")
    app.text_area(key="event-pages").input("https://a.example/x https://a.example/y")
    app.button[0].click().run()
    assert not app.exception and "Relaunch" in names(url)
    app = page()
    app.selectbox(key="event-removed").select("Relaunch").run()
    app.button(key="event-remove").click().run()
    assert not app.exception and "Relaunch" not in names(url)


def test_an_experiment_that_began_is_kept_and_one_of_the_past_refused(url: str) -> None:
    app = page()
    app.selectbox(key="event-removed").select("Trial").run()
    app.button(key="event-remove").click().run()
    assert "it stays as it was fixed" in app.error[0].value
    assert "Trial" in names(url)
    app = page()
    app.text_input(key="experiment-name").input("Too late")
    moves = app.multiselect(key="experiment-moves")
    moves.select(moves.options[0])
    app.date_input(key="experiment-day").set_value(date(2026, 1, 1))
    next(each for each in app.button if "experiment-form" in (each.form_id or "")).click().run()
    assert "fixed before it starts" in app.error[0].value
    assert "Too late" not in names(url)


def test_stability_is_shown_when_asked_for(url: str) -> None:
    """Both repeats of the sandbox run; the least alike first, chance beside it."""
    assert translate("en")("stability.rbo") not in words(visit("answers", workspace="crm", lang="en"))
    shown = words(visit("answers", workspace="crm", lang="en", stability="1"))
    assert translate("en")("stability.rbo") in shown
    assert f"{engine_text('openai')} · {surface_text('api', translate('en'))}" in shown
