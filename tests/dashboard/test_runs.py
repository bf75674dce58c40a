"""The Runs page and the questions of Discover: from rows to the screen, and what their buttons do."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import streamlit as st
from sqlmodel import Session, col, select

from dashboard import importing, running
from geo_tracker.collect.imports import FUTURE, Imported
from geo_tracker.collect.missed import note_missed
from geo_tracker.collect.plan import ask_again, due_now, next_due, pause
from geo_tracker.engines.base import ErrorKind
from geo_tracker.errors import UsageError
from geo_tracker.i18n import translate
from geo_tracker.queries.runs import count_runs, read_failures, read_runs
from geo_tracker.score.answers import score
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine, reading, workspace_named, writing
from geo_tracker.storage.models import (
    Answer,
    AnswerStatus,
    EnginePace,
    PaceState,
    Panel,
    Prompt,
    Run,
    SearchQuery,
    Workspace,
)
from geo_tracker.storage.spending import take_calls
from geo_tracker.workspaces.audit import apply_file, history
from geo_tracker.workspaces.file import WorkspaceFile
from tests.support.pages import Files, source, visit, words

FILE = {
    "workspace": {"slug": "skin", "name": "Skin"},
    "brands": [{"name": "Aurora", "role": "own"}],
    "prompts": [{"text": "Best mask?", "language": "en", "country": "US"}],
    "panels": [
        {
            "name": "daily",
            "engines": ["kimi"],
            "cron": "0 6 * * *",
            "budget": {"calls_per_month": 50, "currency": "CNY"},
        }
    ],
}


def fill(engine: sa.Engine, now: datetime) -> None:
    with writing(engine) as session:
        apply_file(session, WorkspaceFile.model_validate(FILE), now - timedelta(days=9))
        workspace, panel = workspace_named(session, "skin"), session.exec(select(Panel)).one()
        prompt = session.exec(select(Prompt)).one()
        for due in (now - timedelta(days=2), now):
            run = Run(workspace_id=workspace.id, panel_id=panel.id, due_at=due)
            session.add(run)
            session.flush()
            _answers(session, workspace, run, prompt, due)


def _answers(session: Session, workspace: Workspace, run: Run, prompt: Prompt, due: datetime) -> None:
    endings = (
        ("captured", None, None),
        ("captured", None, None),
        ("failed", ErrorKind.RATE_LIMIT, "slow <b>down</b>"),
        ("failed", ErrorKind.RATE_LIMIT, "slow <b>down</b>"),
        ("refused", ErrorKind.REFUSED, "no"),
        ("planned", None, None),
    )
    for repeat, (status, kind, error) in enumerate(endings, 1):
        own = {"workspace_id": workspace.id, "run_id": run.id, "prompt_id": prompt.id, "engine": "kimi"}
        valid = status == "captured"
        more = {"captured_at": due, "cost": 0.5, "currency": "CNY", "text": "Aurora."} if valid else {}
        answer = Answer(
            **own, day=due.date(), key=f"{run.id}:{repeat}", repeat=repeat, status=AnswerStatus(status)
        )
        answer.sqlmodel_update({"error_kind": kind, "error": error, **more})
        session.add(answer)
        session.flush()
        if valid:
            session.add(SearchQuery(answer_id=answer.id, position=0, text="mild <i>mask</i>"))


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    st.cache_data.clear()
    monkeypatch.setenv("GEO_HOME", str(tmp_path))
    url = f"sqlite:///{tmp_path / 'geo.db'}"
    engine = open_engine(url)
    migrate(engine)
    fill(engine, datetime.now(UTC))
    engine.dispose()
    yield url
    st.cache_resource.clear()


def test_runs_count_answers_and_tell_failures_by_class(engine: sa.Engine) -> None:
    fill(engine, datetime(2026, 11, 24, 6, tzinfo=UTC))
    with reading(engine) as session:
        rows = read_runs(session, "skin")
        assert count_runs(session, "skin") == 2 and [row.id for row in rows] == [2, 1]
        assert [row.id for row in read_runs(session, "skin", offset=1, limit=1)] == [1]
        failures = read_failures(session, "skin", 2)
    newest = rows[0]
    assert newest.counts == {"captured": 2, "failed": 2, "refused": 1, "planned": 1}
    assert (newest.done, newest.total, newest.costs, newest.panel) == (5, 6, {"CNY": 1.0}, "daily")
    assert newest.last == datetime(2026, 11, 24, 6, tzinfo=UTC)
    assert [(f.engine, f.kind, f.answers) for f in failures] == [
        ("kimi", "rate_limit", 2),
        ("kimi", "refused", 1),
    ]


def test_failed_answers_of_today_are_asked_again_and_no_others(engine: sa.Engine) -> None:
    now = datetime(2026, 11, 24, 6, tzinfo=UTC)
    fill(engine, now)
    with writing(engine) as session:
        workspace = workspace_named(session, "skin")
        with pytest.raises(UsageError, match="another day"):
            ask_again(session, workspace, 1, now)
        assert ask_again(session, workspace, 2, now + timedelta(hours=3)) == 2
        rows = session.exec(
            select(Answer).where(Answer.run_id == 2, Answer.status == AnswerStatus.PLANNED)
        ).all()
        assert len(rows) == 3 and not any(row.error or row.error_kind for row in rows)
        old = select(Answer).where(Answer.run_id == 1, col(Answer.status) == AnswerStatus.FAILED)
        assert len(session.exec(old).all()) == 2
        with pytest.raises(UsageError, match="none of a panel"):
            ask_again(session, workspace, 99, now)


def test_a_panel_at_rest_is_not_due_and_misses_nothing(engine: sa.Engine) -> None:
    now = datetime(2026, 11, 24, 6, tzinfo=UTC)
    fill(engine, now)
    later = now + timedelta(days=5, hours=1)
    with writing(engine) as session:
        workspace = workspace_named(session, "skin")
        panel = pause(session, workspace, "daily", now + timedelta(hours=1), paused=True)
        assert due_now(panel, workspace, now + timedelta(days=1, hours=1)) is None
        assert next_due(panel, workspace, later) is None
        pause(session, workspace, "daily", now + timedelta(days=3, hours=1), paused=False)
        assert due_now(panel, workspace, later) == now + timedelta(days=5)
        assert next_due(panel, workspace, later) == now + timedelta(days=6)
        missed = note_missed(session, workspace, panel, later, sandbox=False)
    assert missed == [now + timedelta(days=4)], "days 1 to 3 were rested, day 5 is the run that asks"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_says_what_ran_and_what_to_do(database: str, lang: str, files: Files) -> None:
    t = translate(lang)
    app = visit("runs", lang=lang)
    said = words(app)
    assert f"<h1>{t('dashboard.runs')}</h1>" in source(app)
    assert "#2 daily" in said and "5 / 6" in said and "1.00 CNY" in said
    assert t("runs.kinds.rate_limit") in said and t("runs.do.rate_limit") in said
    assert "slow <b>down</b>" in said and "<b>down" not in source(app)
    assert t("runs.waiting", count="2") in said and "50" in said
    newest, first = files("runs")
    assert (newest["run"], newest["panel"], newest["answers"], newest["planned"]) == ("2", "daily", "6", "1")
    assert newest["costs"] == "1.000000 CNY" and first["run"] == "1"
    assert {row["kind"] for row in files("failures")} >= {"rate_limit"}


@pytest.mark.parametrize(
    ("lang", "told"), [("en", "1 of the new answers are dated in the future"), ("zh", "1 条日期在今天之后")]
)
def test_what_is_told_of_an_imported_file_is_in_the_readers_language(
    database: str, lang: str, told: str
) -> None:
    app = visit("runs", lang=lang)
    done = Imported(
        "saved.geo.jsonl", "companion", read=1, new=1, notes=[f"1 of the new answers are {FUTURE}"]
    )
    app.session_state[importing.SAID] = done
    assert told in words(app.run())


def test_buttons_rest_a_panel_and_ask_again(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[str, ...]] = []
    monkeypatch.setattr(running, "start", lambda slug, *options: started.append((slug, *options)))
    t = translate("en")
    app = visit("runs", lang="en")
    next(each for each in app.button if each.label == t("runs.pause")).click().run()
    assert t("runs.paused") in words(app)
    next(each for each in app.button if each.label == t("runs.go_on")).click().run()
    assert t("runs.paused") not in words(app)
    next(each for each in app.button if each.label == t("runs.again")).click().run()
    assert started == [("skin", "local", "--resume")] and t("runs.waiting", count="4") in words(app)
    next(each for each in app.button if each.label == t("runs.start")).click().run()
    assert started[-1] == ("skin", "local", "--panel", "daily")
    app.selectbox(key="run").select("1").run()
    next(each for each in app.button if each.label == t("runs.again")).click().run()
    assert "another day" in app.error[0].value


def test_a_run_is_a_process_that_can_be_stopped(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = "import sys, time; print(sys.argv[1:], flush=True); time.sleep(60)"
    monkeypatch.setattr(running, "COMMAND", (running.sys.executable, "-c", waits))
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as where a script starts the dashboard
    try:
        running.start("skin", "local", "--resume")
    finally:
        signal.signal(signal.SIGINT, usual)
    first = running.last("skin")
    assert first is not None and first.alive
    running.start("skin", "local")
    assert running.last("skin") is first, "one at a time"
    while "--resume" not in first.messages:
        assert first.alive
    running.stop("skin")
    assert first.process.wait(20) != 0 and not first.alive
    assert "['run', '--workspace', 'skin', '--resume']" in first.messages


def test_a_search_becomes_a_prompt_with_why_and_when(database: str) -> None:
    t = translate("en")

    engine = open_engine(database)
    with reading(engine) as session:
        workspace = workspace_named(session, "skin")
    score(engine, Archive("memory://"), workspace)
    app = visit("discover", lang="en", what="questions", period="all")
    assert "<i>mask" not in source(app) and "mild <i>mask</i>" in words(app) and "4 answers" in words(app)
    next(each for each in app.button if each.label == t("questions.ask")).click().run()
    assert app.success[0].value == t("questions.asked", text="mild <i>mask</i>")
    assert t("questions.none") in words(app)
    with reading(engine) as session:
        prompt = session.exec(select(Prompt).where(Prompt.text == "mild <i>mask</i>")).one()
        (note,) = history(session, "skin")
    assert (prompt.declared, prompt.language, prompt.country) == (True, "en", "US")
    assert "4 answers" in note.reason and note.at is not None


def test_a_used_up_budget_and_an_engine_at_rest_are_told(database: str) -> None:
    now = datetime.now(UTC)
    engine = open_engine(database)
    with writing(engine) as session:
        workspace = workspace_named(session, "skin")
        workspace.budget = {
            "calls_per_month": 2,
            "currency": "USD",
            "engines": {"kimi": {"money_per_month": 5}},
        }
        session.add(workspace)
        session.add(
            EnginePace(
                engine="kimi", host="h", state=PaceState.PAUSED, until=now, failures=8, reason="HTTP <503>"
            )
        )
        assert take_calls(session, workspace, ["kimi"] * 3, now, sandbox=False)[2] is not None
        waiting = session.exec(select(Answer).where(Answer.status == AnswerStatus.PLANNED)).all()
        for each in waiting:
            each.error_kind = ErrorKind.BUDGET
    engine.dispose()
    told = {"en": ("after 8 failures in a row", "2 of 2 calls"), "zh": ("连续失败 8 次", "已用 2 / 2 次")}
    for lang, expected in told.items():
        app = visit("runs", lang=lang)
        said = words(app)
        assert all(each in said for each in (*expected, translate(lang)("runs.budget_spent")))
        assert "HTTP &lt;503&gt;" in source(app) and "HTTP <503>" not in source(app)
