"""The report of a month that is over goes to each target once; what fails is tried again and told."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select, update
from typer.testing import CliRunner

from geo_tracker.cli import app
from geo_tracker.cli._due import has_report
from geo_tracker.config import Settings
from geo_tracker.delivery.targets import Target
from geo_tracker.errors import UsageError
from geo_tracker.reports.monthly import freeze_month, give_up, has_due, month_over, send_month
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine, workspace_named, writing
from geo_tracker.storage.models import Answer, AnswerStatus, FrozenReport, ReportDelivery, Workspace

NOW = datetime(2026, 12, 2, tzinfo=UTC)


def test_a_month_goes_out_once_and_a_failure_again(own_market: sa.Engine, tmp_path: Path) -> None:
    migrate(own_market)
    blocked = tmp_path / "file"
    blocked.write_text("x")
    to = [Target(str(tmp_path / "out")), Target(str(blocked / "below"))]
    env = {"GEO_REPORT_MONTHLY": "html", "GEO_REPORT_TARGETS": " ".join(each.address for each in to)}
    with Session(own_market) as session:
        crm = workspace_named(session, "crm")
        assert has_due(session, crm, env, NOW) and not has_due(session, crm, {}, NOW)
        assert not has_due(session, crm, env, datetime(2026, 11, 28, tzinfo=UTC))
        session.expunge(crm)
    settings = Settings.from_environment(env)
    made = freeze_month(own_market, Archive("memory://monthly"), crm, settings, NOW, "me")

    def go(now: datetime) -> list[tuple[str, bool]]:
        sent = send_month(own_market, crm, made, to, now, lambda seconds: None)
        return [(each.target, not each.error) for each in sent]

    assert go(NOW) == [(to[0].shown, True), (to[1].shown, False)]
    assert go(NOW) == []
    blocked.unlink()
    later = NOW + timedelta(minutes=16)
    with Session(own_market) as session:
        assert has_due(session, crm, env, later)
    assert go(later) == [(to[1].shown, True)] and not give_up(own_market, crm, later)
    assert (tmp_path / "out" / "crm-2026-11-en.html").exists()
    with Session(own_market) as session:
        assert not has_due(session, crm, env, later + timedelta(days=1))


@pytest.fixture
def crm(own_market: sa.Engine) -> Workspace:
    migrate(own_market)
    with Session(own_market) as session:
        found = workspace_named(session, "crm")
        session.expunge(found)
    return found


def settings_for(folder: Path, **more: str) -> Settings:
    variables = {"GEO_REPORT_MONTHLY": "html", "GEO_REPORT_TARGETS": str(folder / "out"), **more}
    return Settings.from_environment(variables)


def is_due(engine: sa.Engine, settings: Settings, now: datetime = NOW) -> bool:
    with Session(engine) as session:
        return has_due(session, workspace_named(session, "crm"), settings.environment, now)


def rows(engine: sa.Engine) -> list[tuple[str, str]]:
    with Session(engine) as session:
        return [(str(each.status), each.error) for each in session.exec(select(ReportDelivery)).all()]


def test_a_month_waits_for_its_answers(own_market: sa.Engine, crm: Workspace, tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    month = month_over(crm, NOW)
    with writing(own_market) as session:
        mine = (Answer.workspace_id == crm.id, col(Answer.day).between(month.first, month.last))
        last = session.exec(select(Answer.id).where(*mine).limit(1)).one()
        session.exec(update(Answer).where(col(Answer.id) == last).values(status=AnswerStatus.PLANNED))
    assert not is_due(own_market, settings)
    assert freeze_month(own_market, Archive("memory://waits"), crm, settings, NOW, "me") == []


def test_two_that_send_at_once_send_once(own_market: sa.Engine, crm: Workspace, tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    made = freeze_month(own_market, Archive("memory://twice"), crm, settings, NOW, "me")
    to = [Target(str(tmp_path / "out"))]
    both = [send_month(own_market, crm, made, to, NOW) for _ in range(2)]
    assert [len(list(each)) for each in both] == [1, 0]
    assert rows(own_market) == [("sent", "")]
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["crm-2026-11-en.html"]


def test_what_was_broken_off_is_told_and_never_sent_again(
    own_market: sa.Engine, crm: Workspace, tmp_path: Path
) -> None:
    settings = settings_for(tmp_path)
    made = freeze_month(own_market, Archive("memory://broken"), crm, settings, NOW, "me")
    to = [Target(str(tmp_path / "out"))]
    list(send_month(own_market, crm, made, to, NOW))
    with writing(own_market) as session:
        session.exec(update(ReportDelivery).values(status="sending"))
    assert not is_due(own_market, settings, NOW + timedelta(minutes=59))
    later = NOW + timedelta(minutes=61)
    assert is_due(own_market, settings, later)
    (lost,) = give_up(own_market, crm, later)
    assert lost.error == "broken off: it may have arrived, so it is not sent again"
    assert list(send_month(own_market, crm, made, to, later)) == [] and not is_due(
        own_market, settings, later
    )


def test_after_two_weeks_a_failing_target_is_given_up(
    own_market: sa.Engine, crm: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x")
    settings = settings_for(tmp_path, GEO_REPORT_TARGETS=str(tmp_path / "file" / "below"))
    made = freeze_month(own_market, Archive("memory://fails"), crm, settings, NOW, "me")
    (sent,) = send_month(
        own_market, crm, made, [Target(str(tmp_path / "file" / "below"))], NOW, lambda seconds: None
    )
    assert sent.error
    with writing(own_market) as session:
        session.exec(update(FrozenReport).values(frozen_at=NOW))
    assert give_up(own_market, crm, NOW + timedelta(days=13)) == []
    (lost,) = give_up(own_market, crm, NOW + timedelta(days=15))
    assert (lost.status, lost.error) == ("given up", sent.error[:500])
    assert not is_due(own_market, settings, NOW + timedelta(days=15))


def test_without_a_target_a_month_is_frozen_and_asked_for_no_more(
    own_market: sa.Engine, crm: Workspace, tmp_path: Path
) -> None:
    settings = settings_for(tmp_path, GEO_REPORT_TARGETS="")
    assert is_due(own_market, settings)
    assert freeze_month(own_market, Archive("memory://nowhere"), crm, settings, NOW, "me")
    assert not is_due(own_market, settings)


def test_a_format_that_there_is_not_is_refused(own_market: sa.Engine, crm: Workspace, tmp_path: Path) -> None:
    settings = settings_for(tmp_path, GEO_REPORT_MONTHLY="pdf,doc")
    with pytest.raises(UsageError, match="GEO_REPORT_MONTHLY: no format doc: there are "):
        freeze_month(own_market, Archive("memory://format"), crm, settings, NOW, "me")


@pytest.fixture
def imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home with an answer of the month before this one."""
    today = datetime.now(UTC).date()
    before = today.replace(day=1) - timedelta(days=3)
    row = {
        "prompt": "best crm?",
        "engine": "openai",
        "text": "I like HubSpot.",
        "asked_at": f"{before}T01:00:00Z",
    }
    (tmp_path / "rows.jsonl").write_text(json.dumps(row), "utf-8")
    (tmp_path / "w.yaml").write_text("workspace: {slug: w}\nbrands: [{name: HubSpot, role: own}]\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GEO_HOME", str(tmp_path / "home"))
    assert CliRunner().invoke(app, ["import", "rows.jsonl", "--workspace", "w.yaml"]).exit_code == 0
    yield tmp_path


def test_the_command_that_a_worker_starts(imported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_engine(f"sqlite:///{imported / 'home' / 'geo.db'}")

    def waits() -> bool:
        with Session(engine) as session:
            return has_report(session, workspace_named(session, "w"), os.environ, datetime.now(UTC))

    assert not waits()
    monkeypatch.setenv("GEO_REPORT_MONTHLY_W", "html")
    monkeypatch.setenv("GEO_REPORT_TARGETS", str(imported / "out"))
    assert waits()
    shown = CliRunner().invoke(app, ["report", "due", "--dry-run", "--json"])
    month = (date.today().replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    assert json.loads(shown.stdout) == {"workspace": "w", "month": month}
    sent = CliRunner().invoke(app, ["report", "due", "-w", "w"])
    assert sent.exit_code == 0 and f"w: report of {month} sent to" in sent.output
    assert [file.name for file in (imported / "out").iterdir()] == [f"w-{month}-en.html"]
    assert not waits()
    again = CliRunner().invoke(app, ["report", "due"])
    assert again.exit_code == 0 and "sent" not in again.output
    listed = CliRunner().invoke(app, ["report", "list", "-w", "w", "--json"])
    assert json.loads(listed.stdout)["deliveries"] == [f"{imported / 'out'}: sent"]
