"""A cut answer on its way: imported, counted apart, shown, rebuilt; and answers of a wrong clock."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select
from typer.testing import CliRunner

from geo_tracker.cli import app
from geo_tracker.collect.imports import import_file
from geo_tracker.collect.rebuild import rebuild_all
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.answers import AnswerFilters, read_answers
from geo_tracker.queries.facts import read_choices
from geo_tracker.queries.status import read_status
from geo_tracker.score.answers import score
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import reading, workspace_named, writing
from geo_tracker.storage.models import Answer, AnswerStatus, Workspace
from geo_tracker.workspaces.apply import apply
from geo_tracker.workspaces.file import read_workspace

DECLARED = "workspace: {slug: crm, timezone: Asia/Shanghai}\nbrands: [{name: HubSpot}, {name: Acme CRM}]\n"


@pytest.fixture
def workspace(engine: sa.Engine, tmp_path: Path) -> Workspace:
    path = tmp_path / "w.yaml"
    path.write_text(DECLARED, "utf-8")
    with writing(engine) as session:
        apply(session, read_workspace(path), datetime.now(UTC))
    with reading(engine) as session:
        return workspace_named(session, "crm")


def conversation(text: str, number: int, **fields: Any) -> dict[str, Any]:
    def node(parent: str | None, role: str, words: str, **more: Any) -> dict[str, Any]:
        content = {"content_type": "text", "parts": [words]}
        return {
            "parent": parent,
            "message": {"id": role, "author": {"role": role}, "content": content, **more},
        }

    mapping = {"q": node(None, "user", f"best crm {number}?"), "a": node("q", "assistant", text, **fields)}
    return {"current_node": "a", "create_time": 1_763_000_000 + number, "mapping": mapping}


ENTITY = '\ue200entity\ue202["company","HubSpot",0]\ue201'


@pytest.fixture
def export(tmp_path: Path) -> Path:
    conversations = [
        conversation(f"{ENTITY} leads.", 1, status="finished_successfully"),
        conversation(f"{ENTITY} and Acme C", 2, metadata={"finish_details": {"type": "max_tokens"}}),
        conversation("HubSpot is", 3, status="in_progress"),
    ]
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps(conversations), "utf-8")
    return path


def test_a_cut_answer_is_kept_shown_and_never_counted(
    engine: sa.Engine, archive: Archive, workspace: Workspace, export: Path
) -> None:
    done = import_file(engine, archive, workspace, export)
    assert done.notes == [
        "2 of the new answers stop before their end, and are kept and shown: counted as coverage only"
    ]
    score(engine, archive, workspace)
    for _ in range(2):
        with reading(engine) as session:
            status = read_status(session, "crm")
            assert (status.captured, status.cut, status.failed, status.mentions) == (1, 2, 0, 1)
            assert status.coverage == pytest.approx(1 / 3)
            [row, other] = read_answers(
                session, Selection("crm"), AnswerFilters(statuses=(AnswerStatus.CUT,))
            )
            assert {row.text, other.text} == {"HubSpot and Acme C", "HubSpot is"} and not row.brands
        assert rebuild_all(engine, archive, workspace) == []
        score(engine, archive, workspace)


def test_an_answer_archived_before_it_could_say_so_is_cut_when_rebuilt(
    engine: sa.Engine, archive: Archive, workspace: Workspace, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("geo_tracker.captures._turns", "geo_tracker.captures.canonical"):
        monkeypatch.setattr(f"{module}.ended", lambda answer: answer)
    import_file(engine, archive, workspace, export)
    with reading(engine) as session:
        assert set(session.exec(select(Answer.status))) == {AnswerStatus.CAPTURED}
    monkeypatch.undo()
    rebuild_all(engine, archive, workspace)
    with reading(engine) as session:
        assert sorted(session.exec(select(Answer.status))) == ["captured", "cut", "cut"]


def test_days_in_the_future_are_told_and_end_no_window(
    engine: sa.Engine, archive: Archive, workspace: Workspace, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    row = {"prompt": "best crm?", "engine": "Kimi", "text": "HubSpot."}
    later = tmp_path / "later.jsonl"
    later.write_text(json.dumps({**row, "asked_at": (now + timedelta(days=40)).isoformat()}) + "\n")
    assert import_file(engine, archive, workspace, later).notes == [
        "1 of the new answers are dated in the future: check their dates; the newest days end before them"
    ]
    score(engine, archive, workspace)
    with reading(engine) as session:
        assert read_choices(session, "crm").last == read_status(session, "crm").last_day
    today = tmp_path / "now.jsonl"
    today.write_text(json.dumps({**row, "asked_at": now.isoformat()}) + "\n")
    assert import_file(engine, archive, workspace, today).notes == []
    score(engine, archive, workspace)
    with reading(engine) as session:
        choices = read_choices(session, "crm")
        assert choices.first == choices.last and choices.last
        assert choices.last < (read_status(session, "crm").last_day or choices.last)


def test_parse_says_that_an_answer_is_cut(tmp_path: Path) -> None:
    body = tmp_path / "body.json"
    body.write_text(json.dumps({"choices": [{"message": {"content": "Acme"}, "finish_reason": "length"}]}))
    told = CliRunner().invoke(app, ["parse", "-e", "glm", str(body), "--json"])
    assert told.exit_code == 0 and json.loads(told.stdout)["cut"] is True
    shown = CliRunner().invoke(app, ["parse", "-e", "glm", str(body)])
    assert "cut: length" in shown.stderr
