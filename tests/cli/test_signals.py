"""`geo-tracker signals`: after an import, listed with both sentences, marked, and sent; errors say what to do."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from geo_tracker.cli._place import Place
from geo_tracker.cli.apply import app as apply_app
from geo_tracker.cli.import_ import app as import_app
from geo_tracker.cli.score import app as score_app
from geo_tracker.cli.signals import app as signals_app
from geo_tracker.storage.database import workspace_named, writing
from geo_tracker.storage.models import Spending

FILE = """
workspace: {slug: crm, name: CRM, timezone: Europe/Berlin}
brands:
  - {name: Aurora CRM, role: own}
  - {name: Basalt}
signals:
  channels:
    - {name: team, digest: never, now: [visibility, recommendation]}
"""
FIELDS = (
    *("fingerprint", "kind", "brand", "engine", "metric", "before", "after", "low", "high", "q", "since"),
    *("status", "text_en", "text_zh", "evidence"),
)


def invoke(app: Any, *arguments: str) -> Any:
    return CliRunner().invoke(app, arguments)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two weeks of answers, in the second of which the own brand is named no more; imported by the command."""
    folder = tmp_path_factory.mktemp("signals")
    (folder / "crm.yaml").write_text(FILE, "utf-8")
    rows = [
        {
            **{"prompt": f"Which CRM suits team {prompt}?", "engine": "kimi", "surface": "app"},
            **{"asked_at": f"2026-05-{day:02}T09:00:00Z", "id": f"{prompt}-{day}"},
            "text": f"Basalt works well{' and so does Aurora CRM' if day < 11 else ''} for day {day} of {prompt}.",
        }
        for day in range(4, 18)
        for prompt in range(8)
    ]
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEO_HOME", str(folder / "home"))
        done = invoke(import_app, str(folder / "rows.jsonl"), "--workspace", str(folder / "crm.yaml"))
        assert done.exit_code == 0, done.output
        assert "signal: Kimi" in done.stderr or "signal: all engines" in done.stderr
    return folder


@pytest.fixture
def at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GEO_HOME", str(home / "home"))
    return home


def lines(*arguments: str) -> list[dict[str, Any]]:
    done = invoke(signals_app, *arguments, "--json")
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_an_import_finds_signals_and_the_list_has_them_in_both_languages(at_home: Path) -> None:
    found = lines("-w", "crm")
    fall = next(row for row in found if row["kind"] == "visibility")
    assert set(FIELDS) <= set(fall)
    assert (fall["brand"], fall["before"], fall["after"], fall["status"]) == ("Aurora CRM", 1.0, 0.0, "new")
    assert "fell from 100.0% to 0.0%" in fall["text_en"] and "降至 0.0%" in fall["text_zh"]
    assert fall["n"] == 56 and fall["evidence"]["answers"].endswith("named=Aurora+CRM&naming=no")
    assert lines("-w", "crm", "--refresh") == found, "looking again tells nothing again"
    assert lines("-w", "crm", "--since", "2999-01-01") == [] and lines("-w", "crm", "--status", "seen") == []
    assert "Visibility" in invoke(signals_app, "-w", "crm").stdout


def test_a_mark_is_kept(at_home: Path) -> None:
    fall = next(
        row for row in lines("-w", "crm") if row["kind"] == "overtaken" or row["kind"] == "visibility"
    )
    done = invoke(signals_app, "mark", fall["fingerprint"], "expected", "-w", "crm", "--reason", "new site")
    assert done.exit_code == 0
    (row,) = lines("-w", "crm", "--status", "expected")
    assert (row["fingerprint"], row["reason"]) == (fall["fingerprint"], "new site")
    invoke(signals_app, "mark", fall["fingerprint"], "seen", "-w", "crm")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "which workspace"),
        (["-w", "nowhere"], "no workspace 'nowhere'"),
        (["-w", "crm", "--status", "old"], "--status: old is none of new"),
        (["-w", "crm", "--since", "monday"], "--since: 'monday' is not a day"),
        (["mark", "zzz", "seen", "-w", "crm"], "no signal 'zzz'"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(at_home: Path, arguments: list[str], says: str) -> None:
    done = invoke(signals_app, *arguments)
    assert done.exit_code != 0 and says in str(done.exception)


def test_sending_shows_first_then_sends_once(
    at_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = invoke(signals_app, "send", "-w", "crm")
    assert missing.exit_code == 1 and "GEO_SIGNALS_TEAM is not set" in missing.stderr
    monkeypatch.setenv("GEO_SIGNALS_TEAM", str(tmp_path / "out"))
    shown = json.loads(invoke(signals_app, "send", "-w", "crm", "--dry-run", "--json").stdout)
    assert shown["target"] == str(tmp_path / "out") and "fell from" in shown["body"]
    assert shown["body"] in invoke(signals_app, "send", "-w", "crm", "--dry-run").stdout
    assert not (tmp_path / "out").exists()
    sent = invoke(signals_app, "send")
    assert sent.exit_code == 0 and f"signals sent to {tmp_path / 'out'}" in sent.stderr
    (file,) = (tmp_path / "out").iterdir()
    assert shown["body"] in file.read_text("utf-8")
    assert invoke(signals_app, "send").exit_code == 0 and len(list((tmp_path / "out").iterdir())) == 1


def test_settings_change_nothing_that_is_scored(at_home: Path, tmp_path: Path) -> None:
    file = tmp_path / "crm.yaml"
    file.write_text(FILE.replace("never", "daily"), "utf-8")
    done = invoke(apply_app, str(file))
    assert done.exit_code == 0 and "change signals crm" in done.output
    assert "crm: 0 answers scored" in invoke(score_app, "--workspace", "crm").stderr
    file.write_text(FILE.partition("signals:")[0], "utf-8")
    assert "signals" not in invoke(apply_app, str(file)).output, "a file without the section leaves it alone"


def test_a_used_up_budget_is_told_by_a_command_that_adds_nothing(at_home: Path, tmp_path: Path) -> None:
    file = tmp_path / "crm.yaml"
    file.write_text(f"{FILE}budget: {{calls_per_month: 10}}\n", "utf-8")
    assert invoke(apply_app, str(file), "--overwrite").exit_code == 0
    assert "signal" not in invoke(score_app, "--workspace", "crm").stderr
    place = Place()
    with writing(place.engine) as session:
        used = {
            "workspace_id": workspace_named(session, "crm").id,
            "engine": "kimi",
            "currency": "",
            "calls": 10,
        }
        months = (date(2026, 5, 1), datetime.now(UTC).date().replace(day=1))
        session.add_all(Spending(**used, month=month, sandbox=False) for month in months)
    told = invoke(score_app, "--workspace", "crm").stderr
    assert "signal: all engines: nothing more is asked in May 2026, 10 of 10 calls" in told
    assert "signal" not in invoke(score_app, "--workspace", "crm").stderr, "told once"
