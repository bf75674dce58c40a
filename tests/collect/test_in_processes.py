"""Imports and rebuilds in one process and in two, of files in any order, give the same rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, delete, select

from geo_tracker.collect.imports import import_file
from geo_tracker.collect.rebuild import rebuild_all
from geo_tracker.score.answers import score
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import reading, writing
from geo_tracker.storage.models import (
    Answer,
    Body,
    Citation,
    DailyBrand,
    DailyCell,
    DailyShelf,
    Discovery,
    Mention,
    Offer,
    Page,
    Prompt,
    Run,
    Score,
    SearchQuery,
    Workspace,
)
from tests.collect.test_imports import workspace

__all__ = ["workspace"]
STORED: tuple[type[SQLModel], ...] = (Answer, Body, Citation, SearchQuery, Page, Prompt)
MEASURED: tuple[type[SQLModel], ...] = (Mention, Discovery, Score, Offer, DailyCell, DailyBrand, DailyShelf)
MOMENTS = {"id", "captured_at", "scored_at", "received_at", "created_at"}


def answer(at: int) -> dict[str, Any]:
    """One of many that name brands, cite pages that others cite too, show cards and come on several days."""
    told = f"我推荐云纱 {at}。露芽也不错，见[商城](https://item.jd.com/{1000 + at % 9}.html)。\x00"
    cited = [f"https://news.example/{at % 7}?utm_source=x", f"https://yunsha.example/{at % 3}"]
    return {
        "id": str(at),
        "prompt": f"敏感肌用什么面膜 {at % 4}",
        "engine": ("Kimi", "豆包")[at % 2],
        "surface": "app",
        "asked_at": f"2026-03-0{1 + at % 5}T08:00:00Z",
        "text": f"敏感肌用什么面膜 {at % 4}" if at % 17 == 3 else told,
        "citations": [{"url": url, "ordinal": n + 1} for n, url in enumerate(cited)],
        "queries": [f"面膜 {at}"],
        "offers": [{"placement": "card", "title": f"云纱面膜 {at}", "price_raw": "¥59"}]
        if at % 3 == 0
        else [],
    }


def file(path: Path, numbers: Sequence[int], *bad: str) -> Path:
    lines = [json.dumps(answer(at), ensure_ascii=False) for at in numbers]
    path.write_text("\n".join([*lines[:40], *bad, *lines[40:]]) + "\n", "utf-8")
    return path


def said(row: SQLModel) -> dict[str, Any]:
    """A row without its own id and the moments at which it was written."""
    return {name: value for name, value in row.model_dump().items() if name not in MOMENTS}


def emptied(engine: sa.Engine, *tables: type[SQLModel]) -> None:
    with writing(engine) as session:
        for table in tables:
            session.exec(delete(table))


def named(session: Session) -> dict[tuple[str, str], str]:
    """What an id means, whatever order rows came in."""
    prompts = session.exec(select(Prompt.id, Prompt.text)).all()
    keys = session.exec(select(Answer.id, Answer.key)).all()
    pages = session.exec(select(Page.id, Page.url)).all()
    tables = {"prompt_id": prompts, "answer_id": keys, "page_id": pages, "target_id": pages}
    return {(column, str(key)): text for column, pairs in tables.items() for key, text in pairs}


def meant(engine: sa.Engine, tables: Sequence[type[SQLModel]]) -> dict[str, list[str]]:
    """Rows with what their ids mean in place of the ids."""
    with reading(engine) as session:
        names = named(session)
        return {
            str(table.__tablename__): sorted(
                str({key: names.get((key, str(value)), value) for key, value in said(each).items()})
                for each in session.exec(select(table)).all()
            )
            for table in tables
        }


@pytest.fixture
def local(tmp_path: Path) -> Archive:
    """An archive that other processes reach, too."""
    return Archive((tmp_path / "archive").as_uri())


def test_an_import_in_two_processes_writes_the_rows_of_one(
    engine: sa.Engine, workspace: Workspace, local: Archive, tmp_path: Path
) -> None:
    path = file(
        tmp_path / "a.jsonl", range(90), "not json", json.dumps({"prompt": "长" * 99_999, "text": "x"})
    )
    done = import_file(engine, local, workspace, path, processes=1)
    alone = meant(engine, STORED)
    assert (done.read, done.new, done.failed) == (92, 90, 2)
    assert len(alone["answer"]) == 90
    assert sum("'echo'" in row for row in alone["answer"]) == 6
    with writing(engine) as session:
        session.exec(delete(Answer))
        session.exec(delete(Page))
        session.exec(delete(Prompt).where(col(Prompt.declared).is_(False)))
    again = import_file(engine, local, workspace, path, processes=2)
    assert (again.read, again.new, again.errors, again.notes) == (
        done.read,
        done.new,
        done.errors,
        done.notes,
    )
    assert meant(engine, STORED) == alone
    assert len(alone["citation"]) == 180


def test_a_rebuild_in_two_processes_writes_the_rows_of_one(
    engine: sa.Engine, workspace: Workspace, local: Archive, tmp_path: Path
) -> None:
    import_file(engine, local, workspace, file(tmp_path / "a.jsonl", range(60)))
    parsed = [table for table in STORED if table is not Page]  # scoring plans the pages of offers
    before = meant(engine, parsed)
    score(engine, local, workspace)
    for processes in (1, 2):
        with writing(engine) as session:
            session.exec(delete(Citation))
            session.exec(delete(SearchQuery))
            session.exec(sa.update(Answer).values(text="lost", cards=[], status="captured", error_kind=None))
        assert rebuild_all(engine, local, workspace, processes=processes) == []
        assert meant(engine, parsed) == before


def test_files_in_any_order_give_the_same_metrics(
    engine: sa.Engine, workspace: Workspace, local: Archive, tmp_path: Path
) -> None:
    parts = [range(0, 45), range(30, 75), range(60, 90)]  # the same answer in two files is one
    files = [file(tmp_path / f"{n}.jsonl", part) for n, part in enumerate(parts)]
    found = []
    for order in ((0, 1, 2), (2, 0, 1)):
        for n in order:
            import_file(engine, local, workspace, files[n])
        assert score(engine, local, workspace).answers == 90
        found.append(meant(engine, MEASURED))
        emptied(engine, *MEASURED, Answer, Run, Page)
        with writing(engine) as session:
            session.exec(delete(Prompt).where(col(Prompt.declared).is_(False)))
    assert found[0] == found[1]
    assert len(found[0]["offer"]) > 90
    assert found[0]["daily_brand"]
