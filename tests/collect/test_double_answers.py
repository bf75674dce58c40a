"""Answers that differ only in how their names are written: one row from now on, and one again where there were two."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select, update

from geo_tracker.collect.double_answers import find_duplicates, merge_duplicates
from geo_tracker.collect.imports import import_file
from geo_tracker.metrics.measures import measure
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.facts import read_facts
from geo_tracker.score.answers import score
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import reading, workspace_named, writing
from geo_tracker.storage.models import Answer, Body, Workspace
from geo_tracker.workspaces.apply import apply
from geo_tracker.workspaces.file import read_workspace

ROW = {
    "prompt": "best mask",
    "engine": "chatgpt",
    "text": "Yunsha is mild.",
    "asked_at": "2026-03-01T10:00:00Z",
}
SPELLINGS: list[dict[str, Any]] = [
    {"engine": "ChatGPT"},
    {"engine": "chatgpt "},
    {"prompt": "best mask "},
    {"text": "Yunsha is mild.\n"},
    {"surface": "unknown "},
    {"model": " "},
]


@pytest.fixture
def workspace(engine: sa.Engine, tmp_path: Path) -> Workspace:
    path = tmp_path / "w.yaml"
    path.write_text("workspace: {slug: w}\nbrands: [{name: Yunsha, role: own}]\n", "utf-8")
    with writing(engine) as session:
        apply(session, read_workspace(path), datetime.now(UTC))
    with reading(engine) as session:
        return workspace_named(session, "w")


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(str(tmp_path / "archive"))


def take(
    engine: sa.Engine, archive: Archive, workspace: Workspace, path: Path, *rows: dict[str, Any]
) -> tuple[int, int]:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    done = import_file(engine, archive, workspace, path)
    return done.new, done.known


@pytest.mark.parametrize("spelling", SPELLINGS, ids=lambda row: next(iter(row)))
def test_the_same_answer_written_otherwise_is_known(
    engine: sa.Engine, archive: Archive, workspace: Workspace, tmp_path: Path, spelling: dict[str, Any]
) -> None:
    file = tmp_path / "answers.jsonl"
    assert take(engine, archive, workspace, file, ROW) == (1, 0)
    assert take(engine, archive, workspace, file, ROW | spelling) == (0, 1)


def test_another_answer_stays_another(
    engine: sa.Engine, archive: Archive, workspace: Workspace, tmp_path: Path
) -> None:
    others = [ROW | {"engine": "kimi"}, ROW | {"text": "Yunsha  is mild."}, ROW | {"repeat": 2}]
    assert take(engine, archive, workspace, tmp_path / "a.jsonl", ROW, *others) == (4, 0)
    assert find_duplicates(engine, archive, workspace) == []


def test_what_was_stored_twice_becomes_one_with_the_evidence_of_both(
    engine: sa.Engine, archive: Archive, workspace: Workspace, tmp_path: Path
) -> None:
    file = tmp_path / "answers.jsonl"
    take(engine, archive, workspace, file, ROW)
    with writing(engine) as session:
        session.exec(update(Answer).values(key="import:before names were normalised"))
    take(engine, archive, workspace, file, ROW | {"engine": "ChatGPT"}, ROW | {"text": "Aurora."})
    score(engine, archive, workspace)
    assert named(engine) == (2, 3)
    (same,) = find_duplicates(engine, archive, workspace)
    assert (len(same.ids), same.prompt, same.engine) == (2, "best mask", "chatgpt")
    assert merge_duplicates(engine, workspace, [same]) == 1
    assert named(engine) == (1, 2)
    assert find_duplicates(engine, archive, workspace) == []
    with reading(engine) as session:
        bodies = session.exec(select(Body).where(col(Body.answer_id) == same.ids[0])).all()
    assert sorted(body.superseded for body in bodies) == [False, True]
    assert take(engine, archive, workspace, file, ROW) == (0, 1)


def named(engine: sa.Engine) -> tuple[float | None, float | None]:
    """Answers that name the brand, and all valid ones."""
    with reading(engine) as session:
        found = measure(read_facts(session, Selection("w")), "mention_rate", "Yunsha")
    return found.numerator, found.denominator
