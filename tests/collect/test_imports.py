"""Importing: archived first, each answer once, whole batches, and rebuilt from the archive alone."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, delete, func, select

from geo_tracker.captures.base import CapturedAnswer
from geo_tracker.captures.canonical import dump, load
from geo_tracker.collect import imports
from geo_tracker.collect.imports import Imported, import_file
from geo_tracker.collect.prompts import language_of
from geo_tracker.collect.rebuild import rebuild_all
from geo_tracker.engines.base import ParsedAnswer, ParsedCitation, ParsedOffer
from geo_tracker.errors import GeoTrackerError, UsageError
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import insert_new, reading, workspace_named, writing
from geo_tracker.storage.models import (
    Answer,
    AnswerStatus,
    Body,
    Citation,
    Page,
    Prompt,
    Run,
    SearchQuery,
    Workspace,
)
from geo_tracker.workspaces.apply import apply
from geo_tracker.workspaces.file import read_workspace

DECLARED = """
workspace: {slug: masks, timezone: Asia/Shanghai}
brands: [{name: 云纱, domains: [yunsha.example]}]
prompts:
  - {text: 敏感肌适合用什么样的面膜?, language: zh, country: CN, topic: 敏感肌}
  - {text: best mask, language: en}
"""
ROWS: list[dict[str, Any]] = [
    {
        "prompt": "敏感肌适合用什么样的面膜?",
        "engine": "豆包",
        "text": "云纱舒缓面膜温和。[1]",
        "asked_at": "2026-03-01T23:30:00Z",
        "citations": [{"url": "https://www.yunsha.example/a?utm_source=x", "ordinal": 1, "title": "面膜"}],
        "offers": [{"url": "https://item.jd.com/1.html", "title": "云纱面膜", "price": "¥99"}],
        "raw": {"id": 1},
    },
    {"prompt": "云纱好用吗", "engine": "Kimi", "text": "好用。", "run": "march", "topic": "口碑"},
    {"prompt": "best mask", "engine": "ChatGPT", "text": "best  mask ", "country": "US"},
    {"prompt": "best mask", "engine": "ChatGPT", "text": " "},
]


@pytest.fixture
def workspace(engine: sa.Engine, tmp_path: Path) -> Workspace:
    path = tmp_path / "w.yaml"
    path.write_text(DECLARED, "utf-8")
    with writing(engine) as session:
        apply(session, read_workspace(path), datetime.now(UTC))
    with reading(engine) as session:
        return workspace_named(session, "masks")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path / "answers.jsonl", ROWS)


def written(path: Path, rows: Sequence[Any]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def counts(done: Imported) -> tuple[int, int, int, int]:
    return done.read, done.new, done.known, done.failed


def rows_of(session: Session, *tables: type[SQLModel]) -> dict[str, list[dict[str, Any]]]:
    """Every row of tables without ids, which a rebuild gives anew."""
    dumped = {}
    for table in tables:
        found = [row.model_dump(exclude={"id"}, warnings=False) for row in session.exec(select(table)).all()]
        dumped[table.__name__] = sorted(found, key=str)
    return dumped


def test_rows_become_answers_once(
    engine: sa.Engine, archive: Archive, workspace: Workspace, file: Path
) -> None:
    first = import_file(engine, archive, workspace, file)
    assert counts(first) == (4, 4, 0, 0)
    assert first.format == "jsonl"
    again = import_file(engine, archive, workspace, file)
    assert counts(again) == (4, 0, 4, 0)
    with reading(engine) as session:
        answer = session.exec(select(Answer).where(Answer.engine == "doubao")).one()
        assert answer.status == AnswerStatus.CAPTURED
        assert answer.key.startswith("import:")
        assert answer.day == date(2026, 3, 2), "the day in Shanghai"
        [citation] = session.exec(select(Citation)).all()
        assert (citation.ordinal, citation.title) == (1, "面膜")
        assert citation.domain.endswith("yunsha.example")
        assert citation.page_id == session.exec(select(Page.id)).one()
        assert [card["price_raw"] for card in answer.cards] == ["¥99"]
        assert set(session.exec(select(Run.label)).all()) == {"import", "march"}
        bodies = session.exec(select(Body).where(Body.answer_id == answer.id).order_by(col(Body.step))).all()
        assert archive.get(bodies[1].sha256) == b'{"id": 1}'


def test_captures_without_an_answer_are_coverage(
    engine: sa.Engine, archive: Archive, workspace: Workspace, file: Path
) -> None:
    done = import_file(engine, archive, workspace, file)
    assert done.notes == [
        "1 of the new answers repeat their prompt: counted as coverage only",
        "1 of the new answers have no text: counted as coverage only",
    ]
    with reading(engine) as session:
        found = session.exec(select(Answer.status, Answer.error_kind).where(Answer.engine == "chatgpt")).all()
    assert set(found) == {(AnswerStatus.FAILED, "echo"), (AnswerStatus.EMPTY, "empty")}


def test_prompts_are_the_declared_ones_or_new(
    engine: sa.Engine, archive: Archive, workspace: Workspace, tmp_path: Path
) -> None:
    asked = {"engine": "Kimi", "text": "a"}
    mask = "敏感肌适合用什么样的面膜?"
    rows = [
        {**asked, "prompt": mask},
        {**asked, "prompt": mask, "language": "zh-Hans", "country": "CN", "repeat": 2},
        {**asked, "prompt": mask, "language": "zh", "country": "TW"},
        {**asked, "prompt": "best mask", "country": "US"},
        {**asked, "prompt": "best mask", "language": "de"},
        {**asked, "prompt": "云纱好用吗", "topic": "口碑"},
        {**asked, "prompt": "云纱好用吗", "country": "CN"},
    ]
    import_file(engine, archive, workspace, written(tmp_path / "a.jsonl", rows))
    with reading(engine) as session:
        prompts = session.exec(select(Prompt)).all()
        asked_of = dict(
            session.exec(select(Answer.prompt_id, func.count()).group_by(col(Answer.prompt_id))).all()
        )
    found = {(p.text, p.language, p.country, p.declared, p.topic, p.branded): asked_of[p.id] for p in prompts}
    assert found == {
        (mask, "zh", "CN", True, "敏感肌", False): 2,
        (mask, "zh", "TW", False, "", False): 1,
        ("best mask", "en", "", True, "", False): 1,
        ("best mask", "de", "", False, "", False): 1,
        ("云纱好用吗", "zh", "", False, "口碑", True): 1,
        ("云纱好用吗", "zh", "CN", False, "", True): 1,
    }


def test_the_same_answer_in_two_files_formats_or_lines_is_one(
    engine: sa.Engine, archive: Archive, workspace: Workspace, tmp_path: Path
) -> None:
    row = {"prompt": "p", "engine": "Kimi", "text": "t"}
    twice = written(tmp_path / "a.jsonl", [row, {**row, "source": "elsewhere"}])
    assert counts(import_file(engine, archive, workspace, twice)) == (2, 1, 1, 0)
    table = tmp_path / "b.csv"
    table.write_text("engine;text;prompt;repeat\nKimi;t;p;\nKimi;t;p;2\n", "utf-8-sig")
    assert counts(import_file(engine, archive, workspace, table)) == (2, 1, 1, 0)


def test_a_dry_run_counts_and_writes_nothing(
    engine: sa.Engine, archive: Archive, workspace: Workspace, file: Path, tmp_path: Path
) -> None:
    done = import_file(engine, archive, workspace, file, dry_run=True)
    assert counts(done) == (4, 4, 0, 0)
    with reading(engine) as session:
        assert session.exec(select(func.count()).select_from(Answer)).one() == 0
        assert session.exec(select(func.count()).select_from(Run)).one() == 0
        assert session.exec(select(Prompt.declared)).all() == [True, True]
    assert not (tmp_path / "archive").exists()


def test_bad_rows_are_reported_and_the_rest_goes_in(
    engine: sa.Engine, archive: Archive, workspace: Workspace, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.jsonl", [ROWS[1], {"prompt": "x"}, 3, ROWS[2]])
    done = import_file(engine, archive, workspace, path)
    assert counts(done) == (4, 2, 0, 2)
    assert [(row.line, row.reason.split(":")[0]) for row in done.errors] == [(2, "text"), (3, "row")]


def test_many_bad_rows_are_counted_not_kept(
    engine: sa.Engine, archive: Archive, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "MAX_ERRORS", 3)
    done = import_file(engine, archive, workspace, written(tmp_path / "a.jsonl", [ROWS[0], *[1] * 10]))
    assert (done.failed, len(done.errors)) == (10, 4)


def test_a_killed_import_leaves_whole_batches_and_the_next_does_the_rest(
    engine: sa.Engine, archive: Archive, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "BATCH", 4)
    rows = [{"prompt": f"云纱 {n}", "engine": "Kimi", "text": f"t {n}"} for n in range(10)]
    path = written(tmp_path / "a.jsonl", rows)
    stored = imports.save_sources
    calls = []

    def dies(*args: Any, sandbox: bool) -> None:
        calls.append(args)
        stored(*args, sandbox=sandbox)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(imports, "save_sources", dies)
    with pytest.raises(KeyboardInterrupt):
        import_file(engine, archive, workspace, path)
    monkeypatch.setattr(imports, "save_sources", stored)
    with reading(engine) as session:
        assert session.exec(select(Answer.status)).all() == [AnswerStatus.CAPTURED] * 4
    assert counts(import_file(engine, archive, workspace, path)) == (10, 6, 4, 0)
    with reading(engine) as session:
        assert (
            session.exec(select(Prompt.branded).where(col(Prompt.declared).is_(False))).all() == [True] * 10
        )


def test_what_no_database_holds_is_replaced(
    engine: sa.Engine, archive: Archive, workspace: Workspace, tmp_path: Path
) -> None:
    row = r'{"prompt":"p\u0000q","engine":"Kimi","text":"a\ud83db","offers":[{"x":1e999,"title":"\u0000"}]}'
    path = tmp_path / "a.jsonl"
    path.write_text(row, "utf-8")
    assert counts(import_file(engine, archive, workspace, path)) == (1, 1, 0, 0)
    with reading(engine) as session:
        answer = session.exec(select(Answer)).one()
        assert len(answer.text or "") == 3
        assert [card["title"] for card in answer.cards] == ["\ufffd"]
    assert counts(import_file(engine, archive, workspace, path)) == (1, 0, 1, 0)


def test_what_no_index_holds_is_reported_or_not_crawled(
    engine: sa.Engine, archive: Archive, workspace: Workspace, tmp_path: Path
) -> None:
    noise = "".join(Random(0).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=6000))
    row = {"prompt": "p", "engine": "Kimi", "text": "t", "citations": [f"https://a.example/{noise}"]}
    done = import_file(
        engine, archive, workspace, written(tmp_path / "a.jsonl", [{**row, "prompt": noise}, row])
    )
    assert counts(done) == (2, 1, 0, 1)
    assert done.errors[0].reason.startswith("prompt: longer than 2,500 bytes")
    with reading(engine) as session:
        assert session.exec(select(Citation.page_id)).all() == [None]


def test_an_unknown_format_says_which_there_are(
    engine: sa.Engine, archive: Archive, workspace: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "holiday.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0")
    done = import_file(engine, archive, workspace, path)
    assert (done.format, done.read) == ("unknown", 0)
    assert re.search("csv.*jsonl", done.notes[0])
    with pytest.raises(UsageError, match=r"absent\.csv: cannot be read: No such file"):
        import_file(engine, archive, workspace, tmp_path / "absent.csv")
    with pytest.raises(UsageError, match="no format named 'xml'"):
        import_file(engine, archive, workspace, path, format="xml")


def test_progress_ends_at_the_files_size(
    engine: sa.Engine, archive: Archive, workspace: Workspace, file: Path
) -> None:
    seen: list[tuple[int, int]] = []
    import_file(engine, archive, workspace, file, on_progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (file.stat().st_size, file.stat().st_size)


def test_rebuild_restores_everything_from_the_archive(
    engine: sa.Engine, archive: Archive, workspace: Workspace, file: Path
) -> None:
    import_file(engine, archive, workspace, file)
    tables = (Answer, Citation, SearchQuery)
    with reading(engine) as session:
        before = rows_of(session, *tables)
    with writing(engine) as session:
        for table in (Citation, SearchQuery):
            session.exec(delete(table))
        for answer in session.exec(select(Answer)).all():
            answer.text, answer.status, answer.error_kind, answer.model = (
                "lost",
                AnswerStatus.CAPTURED,
                None,
                "x",
            )
            session.add(answer)
    assert rebuild_all(engine, archive, workspace) == []
    with reading(engine) as session:
        assert rows_of(session, *tables) == before


def asked(engine: sa.Engine, workspace: Workspace, shas: Sequence[str]) -> None:
    """A planned answer of Doubao with archived bodies, as a spider leaves it."""
    with writing(engine) as session:
        insert_new(session, Run, [{"workspace_id": workspace.id, "label": "r"}])
        ids = {"workspace_id": workspace.id, "run_id": session.exec(select(Run.id)).one()}
        prompt = session.exec(select(Prompt).where(Prompt.language == "zh")).one()
        values = {
            **ids,
            "prompt_id": prompt.id,
            "engine": "doubao",
            "key": "1:1:doubao:1",
            "day": date(2026, 3, 1),
        }
        insert_new(session, Answer, [values])
        answer = session.exec(select(Answer)).one()
        bodies = [
            {"answer_id": answer.id, "step": step, "sha256": sha, "status": 200}
            for step, sha in enumerate(shas)
        ]
        insert_new(session, Body, bodies)
        answer.status = AnswerStatus.CAPTURED
        session.add(answer)


def test_rebuild_replays_the_bodies_of_an_asked_answer(
    engine: sa.Engine, archive: Archive, workspace: Workspace
) -> None:
    annotation = {"type": "url_citation", "title": "云纱", "url": "https://yunsha.example/a"}
    content = {"type": "output_text", "text": "云纱舒缓面膜。", "annotations": [annotation]}
    body = {"status": "completed", "output": [{"type": "message", "content": [content]}]}
    asked(engine, workspace, [archive.put(json.dumps(body).encode())])
    assert rebuild_all(engine, archive, workspace) == []
    with reading(engine) as session:
        assert session.exec(select(Answer.text)).one() == "云纱舒缓面膜。"
        assert session.exec(select(Citation.url)).all() == ["https://yunsha.example/a"]


def test_rebuild_keeps_a_captured_answer_that_its_bodies_no_longer_give(
    engine: sa.Engine, archive: Archive, workspace: Workspace
) -> None:
    asked(engine, workspace, [archive.put(b"not json")])
    (error,) = rebuild_all(engine, archive, workspace)
    assert error.startswith("answer ")
    with writing(engine) as session:
        answer = session.exec(select(Answer)).one()
        assert answer.status == AnswerStatus.CAPTURED
        answer.status = AnswerStatus.FAILED
        session.add(answer)
    assert rebuild_all(engine, archive, workspace) == []
    with reading(engine) as session:
        assert session.exec(select(Answer.status)).one() == AnswerStatus.FAILED


def test_rebuild_leaves_an_answer_whose_body_is_gone(
    engine: sa.Engine, archive: Archive, workspace: Workspace, file: Path, tmp_path: Path
) -> None:
    import_file(engine, archive, workspace, file)
    empty = Archive((tmp_path / "other").as_uri())
    errors = rebuild_all(engine, empty, workspace)
    assert len(errors) == len(ROWS)
    assert all("no body" in error for error in errors)
    with reading(engine) as session:
        assert session.exec(select(Answer.text).where(Answer.engine == "doubao")).one() == ROWS[0]["text"]
        assert session.exec(select(func.count()).select_from(Citation)).one() == 1


def test_a_captured_answer_survives_its_bytes() -> None:
    captured = CapturedAnswer(
        prompt="p",
        engine="Kimi",
        line=0,
        asked_at=datetime(2026, 3, 1, tzinfo=UTC),
        answer=ParsedAnswer(
            text="a[1]",
            citations=(
                ParsedCitation("https://a.example", role="opened", ordinal=0, base=0, spans=((1, 4),)),
            ),
            offers=(ParsedOffer("card", title="x", rating=4.5, span=(0, 1), raw={"a": [1, {"b": None}]}),),
            queries=("q",),
            search="yes",
            usage={"tokens": 3},
            cost=0.25,
            unknown_blocks=({"type": "new"},),
        ),
    )
    assert load(dump(captured)) == captured
    with pytest.raises(GeoTrackerError, match="no captured answer"):
        load(b"[]")


@pytest.mark.parametrize(
    ("text", "language"),
    [("面膜推荐", "zh"), ("マスクの選び方", "ja"), ("마스크 추천", "ko"), ("best mask", "")],
)
def test_only_the_script_tells_the_language(text: str, language: str) -> None:
    assert language_of(text) == language
