"""The page Signals: what is told, its evidence, marks that stay, what did not arrive; three on the Overview."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from sqlmodel import select

from geo_tracker.i18n import languages, translate
from geo_tracker.storage.database import open_engine, reading, workspace_named, writing
from geo_tracker.storage.models import Signal, SignalDelivery, SignalEvent
from tests.support.dashboard_data import LAST
from tests.support.pages import Files, source, visit, words

HOSTILE = "<script>alert('name')</script>"
TOLD = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def engine(market: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> sa.Engine:
    """A market of its own with five signals."""
    shutil.copytree(market, tmp_path / "own")
    monkeypatch.setenv("GEO_HOME", str(tmp_path / "own"))
    made = open_engine(f"sqlite:///{tmp_path / 'own' / 'geo.db'}")
    with writing(made) as session:
        workspace = workspace_named(session, "crm")
        session.add_all(signals(workspace.id))
    return made


def signals(workspace_id: int) -> list[Signal]:
    week = {"start": LAST - timedelta(days=6), "end": LAST, "last_seen": LAST, "first_told": TOLD}
    windows = {**week, "before_start": LAST - timedelta(days=13), "before_end": LAST - timedelta(days=7)}
    numbers: dict[str, Any] = {"before": 0.6, "after": 0.4, "value": -0.2, "low": -0.3, "high": -0.1}
    fall: dict[str, Any] = {
        "kind": "visibility",
        "metric": "mention_rate",
        "verdict": "real",
        "q": 0.001,
        **numbers,
    }
    fall |= {"brand": "Aurora CRM", "surface": "api", "n": 100, "coverage": 0.95, **windows}
    name = {
        "kind": "new_name",
        "what": HOSTILE,
        "surface": "api",
        "about": {"answers": 9},
        "n": 90,
        **windows,
    }
    rise = {**fall, "value": 0.2, "low": 0.1, "high": 0.3, "before": 0.4, "after": 0.6, "engine": "openai"}
    muted = {**fall, "engine": "openai", "status": "expected", "reason": "relaunch"}
    outage = {"kind": "outage", "metric": "coverage", "engine": "openai", "surface": "api", **week}
    outage |= {"about": {"planned": 7, "answers": 0}, "value": -1.0, "before": 1.0, "after": 0.0}
    told = ({**fall, "engine": "perplexity"}, name, rise, muted, outage)
    return [
        Signal(workspace_id=workspace_id, subject=f"s{at}", fingerprint=f"s{at}", **each)
        for at, each in enumerate(told)
    ]


@pytest.mark.parametrize("lang", languages())
def test_the_page_tells_what_is_open_with_its_evidence(engine: sa.Engine, lang: str, files: Files) -> None:
    t = translate(lang)
    app = visit("signals", lang=lang, workspace="crm")
    shown = words(app)
    assert t("signal.kind.visibility") in shown and "Perplexity" in shown and "60.0%" in shown
    assert t("signal.kind.outage") in shown and HOSTILE in shown and "<script>" not in source(app)
    assert "relaunch" not in shown, "what is expected is not open"
    assert "signals?" not in shown
    rows = {row["fingerprint"]: row for row in files("signals")}
    assert rows.keys() == {"s0", "s1", "s2", "s4"}, "what is open, as on screen"
    assert (rows["s0"]["before"], rows["s0"]["q"], rows["s0"]["status"]) == ("0.6", "0.001", "new")
    assert rows["s0"][f"text_{lang}"] and rows["s0"]["text_en"] != rows["s0"]["text_zh"]


def test_evidence_is_an_address_with_the_selection(engine: sa.Engine) -> None:
    with reading(engine) as session:
        from geo_tracker.signals.evidence_links import links

        fall = session.exec(select(Signal).where(Signal.fingerprint == "s0")).one()
    found = links(fall, "crm", "en")
    for address in found.values():
        parts = urlsplit(address)
        asked = {
            name: values if len(values) > 1 else values[0] for name, values in parse_qs(parts.query).items()
        }
        app = visit(parts.path, **asked)
        assert app.session_state["view"].filters.values("engine") == ("perplexity",)
        assert app.session_state["view"].filters.end == LAST
        assert app.session_state["view"].before.end == fall.before_end
    assert "naming=no" in found["answers"] and app.selectbox(key="naming").value == "no"


def test_the_overview_shows_the_three_most_pressing(engine: sa.Engine) -> None:
    app = visit("overview", lang="en", workspace="crm")
    shown = words(app)
    assert "Visibility" in shown and "Engine outage" in shown and HOSTILE not in shown
    assert shown.count("a real change. ") >= 2 and "All signals" in shown
    assert "Engine outage" not in words(visit("overview", lang="en", workspace="masks"))


def test_a_mark_stays_and_expected_needs_a_reason(engine: sa.Engine) -> None:
    app = visit("signals", lang="en", workspace="crm")
    with reading(engine) as session:
        row = session.exec(select(Signal).where(Signal.fingerprint == "s0")).one()
    app.button(key=f"expected-{row.id}").click().run(timeout=60)
    assert [each.value for each in app.error] == [translate("en")("dashboard.signal_needs_reason")]
    app.text_input(key=f"reason-{row.id}").input("relaunch on Monday")
    app.button(key=f"expected-{row.id}").click().run(timeout=60)
    assert not app.exception
    with reading(engine) as session:
        (step,) = session.exec(select(SignalEvent)).all()
        row = session.exec(select(Signal).where(Signal.fingerprint == "s0")).one()
    assert (row.status, step.who, step.reason) == ("expected", "local", "relaunch on Monday")
    app = visit("signals", lang="en", workspace="crm", life="expected")
    assert "relaunch on Monday" in words(app) and f"{translate('en')('people.local')} · expected" in words(
        app
    )


def test_what_did_not_arrive_is_told_on_the_page(engine: sa.Engine) -> None:
    with writing(engine) as session:
        row = session.exec(select(Signal).where(Signal.fingerprint == "s0")).one()
        session.add(
            SignalDelivery(
                signal_id=row.id, channel="team", status="failed", error="slack://… did not [take](x)"
            )
        )
    (told,) = visit("signals", lang="en", workspace="crm").warning
    assert "did not reach the channel team" in told.value and r"\[take\]\(x\)" in told.value


def test_without_signals_the_page_says_so_and_looks_when_asked(engine: sa.Engine) -> None:
    app = visit("signals", lang="zh", workspace="masks")
    assert translate("zh")("dashboard.signals_none") in words(app)
    app.button(key="look").click().run(timeout=120)
    with reading(engine) as session:
        told = session.exec(select(Signal).where(Signal.brand == "云纱")).all()
    assert told and not app.exception, "its own brand rises over the weeks"
    assert [each.value for each in app.success] == [f"新增 {len(told)} 条信号"]
    assert translate("zh")(f"signal.kind.{told[0].kind}") in words(app)
