"""Stability from imported repeats to the line of the command."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from geo_tracker.collect.imports import import_file
from geo_tracker.metrics.records import Selection
from geo_tracker.metrics.stability import rank_biased_overlap
from geo_tracker.queries.stability import read_stability
from geo_tracker.score.answers import score
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import reading, workspace_named, writing
from geo_tracker.workspaces.apply import apply
from geo_tracker.workspaces.file import read_workspace

FILE = "workspace: {slug: w}\nbrands: [{name: Yunsha, role: own}, {name: Aurora}, {name: Basalt}]\n"
TEXTS = {
    "best mask": ["Aurora, then Yunsha.", "Yunsha, then Aurora.", "Basalt."],
    "which cream": ["Nobody knows.", "Aurora."],
    "asked once": ["Aurora."],
}


def test_repeats_of_one_run_are_compared_brand_by_brand(engine: sa.Engine, tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text(FILE, "utf-8")
    with writing(engine) as session:
        apply(session, read_workspace(tmp_path / "w.yaml"), datetime.now(UTC))
    with reading(engine) as session:
        workspace = workspace_named(session, "w")
    archive, rows = Archive(str(tmp_path / "archive")), tmp_path / "answers.jsonl"
    answers = [
        {"prompt": prompt, "engine": "kimi", "text": text, "repeat": repeat}
        for prompt, texts in TEXTS.items()
        for repeat, text in enumerate(texts, start=1)
    ]
    answers.append({"prompt": "asked once", "engine": "kimi", "text": "Basalt.", "run": "another"})
    rows.write_text("".join(json.dumps(row) + "\n" for row in answers), "utf-8")
    import_file(engine, archive, workspace, rows)
    score(engine, archive, workspace)
    with reading(engine) as session:
        found = {row.prompt: row.record() for row in read_stability(session, Selection("w"))}
    assert list(found) == ["which cream", "best mask", "asked once"], (
        "the least alike first, nothing known last"
    )
    best = found["best mask"]
    assert (best["pairs"], best["engine"]) == (3, "kimi")
    assert best["jaccard"] == pytest.approx(1 / 3)
    assert best["rbo"] == pytest.approx(rank_biased_overlap(("Aurora", "Yunsha"), ("Yunsha", "Aurora")) / 3)
    assert (found["which cream"]["pairs"], found["which cream"]["jaccard"]) == (1, 0)
    assert found["asked once"]["jaccard"] is None
