"""The report of a month that is over goes to each target once; what fails is tried again and told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session

from geo_tracker.config import Settings
from geo_tracker.delivery.targets import Target
from geo_tracker.reports.monthly import freeze_month, give_up, has_due, send_month
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, workspace_named

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
