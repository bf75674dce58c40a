"""Every capture format through the importer: stored once, counted, rebuilt from the archive alone."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session, delete, func, select

from geo_tracker.collect import imports
from geo_tracker.collect.imports import import_file
from geo_tracker.collect.rebuild import rebuild_all
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import reading, workspace_named, writing
from geo_tracker.storage.models import Answer, AnswerStatus, Citation
from geo_tracker.workspaces.apply import apply
from geo_tracker.workspaces.file import read_workspace
from tests.support.captures import FILES


def test_every_format_is_stored_once_and_rebuilt(
    engine: sa.Engine, archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "mark_branded", lambda *_: None)  # loads a dictionary for each of 50 files
    path = tmp_path / "w.yaml"
    path.write_text("workspace: {slug: w}\nbrands: [{name: 云纱}, {name: Lumora}]", "utf-8")
    with writing(engine) as session:
        apply(session, read_workspace(path), datetime.now(UTC))
    with reading(engine) as session:
        workspace = workspace_named(session, "w")
    first = [import_file(engine, archive, workspace, file) for file in FILES]
    again = [import_file(engine, archive, workspace, file) for file in FILES]
    assert all(done.read == done.new + done.known + done.failed for done in first + again)
    assert sum(done.new for done in first) > 30
    assert [done.new for done in again] == [0] * len(FILES)
    assert {done.format for done in first if done.unknown_blocks} == {"chatgpt", "har"}
    with reading(engine) as session:
        before = counted(session)
        assert session.exec(select(func.count()).where(Answer.status == AnswerStatus.EMPTY)).one() == 3
    with writing(engine) as session:
        session.exec(delete(Citation))
    assert rebuild_all(engine, archive, workspace) == []
    with reading(engine) as session:
        assert counted(session) == before


def counted(session: Session) -> dict[str, int]:
    tables = (Answer, Citation)
    return {table.__name__: session.exec(select(func.count()).select_from(table)).one() for table in tables}


CUT = {"choices": [{"delta": {"phase": "answer", "content": "云纱面", "status": "typing"}}]}


def test_a_cut_answer_is_stored_as_cut_and_told(engine: sa.Engine, archive: Archive, tmp_path: Path) -> None:
    path = tmp_path / "w.yaml"
    path.write_text("workspace: {slug: w}\nbrands: [{name: 云纱}]", "utf-8")
    with writing(engine) as session:
        apply(session, read_workspace(path), datetime.now(UTC))
    with reading(engine) as session:
        workspace = workspace_named(session, "w")
    request = {"url": "https://chat.qwen.ai/api/v2/chat/completions", "postData": {"text": '{"prompt": "q"}'}}
    content = {"text": f"data: {json.dumps(CUT)}\n\n"}
    entry = {"request": request, "response": {"status": 200, "content": content}}
    file = tmp_path / "cut.har.gz"
    file.write_bytes(gzip.compress(json.dumps({"log": {"entries": [entry]}}).encode()))
    done = import_file(engine, archive, workspace, file)
    assert (done.new, done.notes) == (
        1,
        ["1 of the new answers stop before their end, and are kept and shown: counted as coverage only"],
    )
    with reading(engine) as session:
        assert session.exec(select(Answer.status)).one() == AnswerStatus.CUT
