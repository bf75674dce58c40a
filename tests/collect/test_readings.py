"""A captured answer that is read again: known by its app's own name, renewed where it is read otherwise."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, func, select

from geo_tracker.captures.base import BadRow, CapturedAnswer
from geo_tracker.captures.canonical import text_key
from geo_tracker.collect import imports
from geo_tracker.collect.imports import import_file
from geo_tracker.collect.readings import Reading
from geo_tracker.collect.rebuild import rebuild_all
from geo_tracker.score.answers import score
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import reading, writing
from geo_tracker.storage.models import Answer, AnswerStatus, Body, Citation, Mention, Workspace
from tests.collect.test_imports import workspace  # noqa: F401 - a fixture
from tests.support.streams import framed, har, stream

ASKED = "云纱好用吗"
CHATGPT = "https://chatgpt.com/backend-api/conversation/00000000-0000-4000-8000-00000000000c"
ANSWER = "00000000-0000-4000-8000-00000000000a"


def conversation(text: str, **more: Any) -> dict[str, Any]:
    def node(id_: str, parent: str | None, role: str, words: str, **about: Any) -> dict[str, Any]:
        content = {"content_type": "text", "parts": [words]}
        message = {
            "id": id_,
            "author": {"role": role},
            "content": content,
            "create_time": 1790000000,
            **about,
        }
        return {"id": id_, "parent": parent, "children": [], "message": message}

    mapping = {"q": node("q", None, "user", ASKED), ANSWER: node(ANSWER, "q", "assistant", text, **more)}
    return {"conversation_id": "c", "current_node": ANSWER, "mapping": mapping}


def saved(path: Path, value: Any) -> Path:
    path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    return path


def counts(done: imports.Imported) -> tuple[int, int, int]:
    return done.new, done.updated, done.known


def told(engine: sa.Engine) -> list[tuple[str | None, AnswerStatus]]:
    with reading(engine) as session:
        return [
            tuple(row) for row in session.exec(select(Answer.text, Answer.status).order_by(col(Answer.id)))
        ]


def read_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on the reader sees another text in the same recording."""
    made = imports.read

    def read(state: None, captured: CapturedAnswer) -> Reading | BadRow:
        text = captured.answer.text.replace("好用", "很好用")
        return made(state, replace(captured, answer=replace(captured.answer, text=text)))

    monkeypatch.setattr(imports, "read", read)


def test_an_answer_that_is_read_otherwise_is_renewed_and_not_doubled(
    engine: sa.Engine,
    archive: Archive,
    workspace: Workspace,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = saved(tmp_path / "c.json", [conversation("云纱好用。")])
    assert counts(import_file(engine, archive, workspace, path)) == (1, 0, 0)
    score(engine, archive, workspace)
    assert counts(import_file(engine, archive, workspace, path)) == (0, 0, 1)
    read_otherwise(monkeypatch)
    assert counts(import_file(engine, archive, workspace, path, dry_run=True)) == (0, 1, 0)
    assert told(engine) == [("云纱好用。", AnswerStatus.CAPTURED)]
    assert counts(import_file(engine, archive, workspace, path)) == (0, 1, 0)
    assert counts(import_file(engine, archive, workspace, path)) == (0, 0, 1)
    assert told(engine) == [("云纱很好用。", AnswerStatus.CAPTURED)]
    score(engine, archive, workspace)
    with writing(engine) as session:
        assert session.exec(select(Mention.text)).all() == ["云纱"]
        rows = session.exec(select(Body.superseded, func.count()).group_by(col(Body.superseded)))
        assert dict(rows.all()) == {False: 2, True: 2}, "what was read before stays as evidence"
        answer = session.exec(select(Answer)).one()
        answer.text = "lost"
        session.add(answer)
    assert rebuild_all(engine, archive, workspace) == []
    assert told(engine) == [("云纱很好用。", AnswerStatus.CAPTURED)]


@pytest.mark.parametrize("same_reading", [True, False])
def test_an_answer_of_an_older_database_is_known(
    engine: sa.Engine,
    archive: Archive,
    workspace: Workspace,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    same_reading: bool,
) -> None:
    path = saved(tmp_path / "c.json", [conversation("云纱好用。")])
    with monkeypatch.context() as before:
        before.setattr("geo_tracker.collect.readings.key", text_key)  # as until 2026-11-26
        assert counts(import_file(engine, archive, workspace, path)) == (1, 0, 0)
    if not same_reading:
        read_otherwise(monkeypatch)
    assert counts(import_file(engine, archive, workspace, path)) == ((0, 0, 1) if same_reading else (0, 1, 0))
    assert counts(import_file(engine, archive, workspace, path)) == (0, 0, 1)
    assert len(told(engine)) == 1


def test_a_cut_answer_gives_way_to_the_rest_and_never_the_other_way(
    engine: sa.Engine,
    archive: Archive,
    workspace: Workspace,  # noqa: F811
    tmp_path: Path,
) -> None:
    cut = saved(tmp_path / "cut.json", [conversation("云纱", status="in_progress")])
    whole = saved(tmp_path / "whole.json", [conversation("云纱好用。", status="finished_successfully")])
    assert counts(import_file(engine, archive, workspace, cut)) == (1, 0, 0)
    assert told(engine) == [("云纱", AnswerStatus.CUT)]
    assert counts(import_file(engine, archive, workspace, whole)) == (0, 1, 0)
    assert counts(import_file(engine, archive, workspace, cut)) == (0, 0, 1)
    other = saved(tmp_path / "other.json", [conversation("云纱好用。 ", status="finished_successfully")])
    assert counts(import_file(engine, archive, workspace, other)) == (0, 0, 1), (
        "another recording of a whole answer"
    )
    assert told(engine) == [("云纱好用。", AnswerStatus.CAPTURED)]


def test_the_same_answer_in_an_export_and_a_recording_is_one_also_within_a_file(
    engine: sa.Engine,
    archive: Archive,
    workspace: Workspace,  # noqa: F811
    tmp_path: Path,
) -> None:
    export = saved(
        tmp_path / "c.json", [conversation("云纱", status="in_progress"), conversation("云纱好用。")]
    )
    assert counts(import_file(engine, archive, workspace, export)) == (1, 0, 1)
    assert told(engine) == [("云纱好用。", AnswerStatus.CAPTURED)]
    recorded = saved(tmp_path / "c.har", har((CHATGPT, {}, conversation("云纱好用。"))))
    assert counts(import_file(engine, archive, workspace, recorded)) == (0, 0, 1)


def test_numbered_messages_count_within_their_conversation(
    engine: sa.Engine,
    archive: Archive,
    workspace: Workspace,  # noqa: F811
    tmp_path: Path,
) -> None:
    def said(session: str) -> tuple[str, Any, Any]:
        response = {
            "message_id": 2,
            "status": "FINISHED",
            "fragments": [{"type": "RESPONSE", "content": "好用"}],
        }
        url = "https://chat.deepseek.com/api/v0/chat/completion"
        request = {"prompt": ASKED, "chat_session_id": session}
        return url, request, stream({"v": {"response": response}})

    path = saved(tmp_path / "d.har", har(said("a"), said("b")))
    with reading(engine):
        done = import_file(engine, archive, workspace, path)
    assert done.failed == 0
    with reading(engine) as session:
        assert session.exec(select(func.count()).select_from(Answer)).one() == 2


KIMI = "https://www.kimi.com/apiv2/kimi.gateway.chat.v1.ChatService/Chat"
CITED = {"title": "t", "url": "https://pages.example/"}


def kimi(text: str, *more: Any) -> bytes:
    message = {"op": "set", "message": {"id": "5f9c1a2b3c4d5e6f7a8b9c0d", "role": "assistant"}}
    block = {"op": "append", "block": {"id": "b", "text": {"content": text}}}
    return har((KIMI, {"prompt": ASKED}, framed(message, block, *more)))


@pytest.mark.parametrize("named", [True, False])
def test_a_cut_answer_is_whole_once_its_end_is_seen_though_the_text_is_the_same(
    engine: sa.Engine,
    archive: Archive,
    workspace: Workspace,  # noqa: F811
    tmp_path: Path,
    named: bool,
) -> None:
    pages = {"op": "set", "block": {"id": "s", "search": {"webPages": [CITED]}}}
    bodies = [kimi("云纱好用。"), kimi("云纱好用。", pages, {})]
    if not named:
        bodies = [body.replace(b"5f9c1a2b3c4d5e6f7a8b9c0d", b"") for body in bodies]
    cut, whole = (saved(tmp_path / f"{at}.har", body) for at, body in enumerate(bodies))
    assert counts(import_file(engine, archive, workspace, cut)) == (1, 0, 0)
    assert told(engine) == [("云纱好用。", AnswerStatus.CUT)]
    assert counts(import_file(engine, archive, workspace, whole)) == (0, 1, 0)
    assert told(engine) == [("云纱好用。", AnswerStatus.CAPTURED)]
    with reading(engine) as session:
        assert session.exec(select(Citation.url)).all() == [CITED["url"]]
    for path in (whole, cut, whole):
        assert counts(import_file(engine, archive, workspace, path)) == (0, 0, 1), "nothing is cut again"
    assert told(engine) == [("云纱好用。", AnswerStatus.CAPTURED)]


def test_a_failed_capture_is_not_renewed_by_itself(
    engine: sa.Engine,
    archive: Archive,
    workspace: Workspace,  # noqa: F811
    tmp_path: Path,
) -> None:
    row = {"prompt": ASKED, "engine": "kimi", "text": ASKED}
    paths = [
        saved(tmp_path / "echo.jsonl", json.dumps(row).encode()),
        saved(tmp_path / "empty.jsonl", json.dumps({**row, "text": ""}).encode()),
        saved(tmp_path / "echo.har", kimi(ASKED, {})),
    ]
    for path in paths:
        assert counts(import_file(engine, archive, workspace, path)) == (1, 0, 0)
        assert counts(import_file(engine, archive, workspace, path)) == (0, 0, 1)
    failed = [(ASKED, AnswerStatus.FAILED), ("", AnswerStatus.EMPTY), (ASKED, AnswerStatus.FAILED)]
    assert told(engine) == failed
    good = saved(tmp_path / "good.har", kimi("好用", {}))
    assert counts(import_file(engine, archive, workspace, good)) == (0, 1, 0), "what failed gives way"
    assert told(engine)[-1] == ("好用", AnswerStatus.CAPTURED)
