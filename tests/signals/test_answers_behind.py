"""Kinds that are read from answers themselves: models, sources, new names, possible poisoning."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from geo_tracker.collect.imports import import_file
from geo_tracker.i18n import translate
from geo_tracker.score.answers import score
from geo_tracker.signals.findings import Finding
from geo_tracker.signals.history import History
from geo_tracker.signals.kinds import KINDS, find_all
from geo_tracker.signals.life import refresh
from geo_tracker.signals.text import sentence
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import migrate, open_engine, reading, workspace_named, writing
from geo_tracker.storage.models import PageReading
from geo_tracker.workspaces.apply import apply
from geo_tracker.workspaces.file import WorkspaceFile
from tests.support.daily_rows import database
from tests.support.made_days import day, made_days
from tests.support.source_rows import OWN, Site, add_answer, add_pages

NOW = datetime(2026, 6, 1, tzinfo=UTC)
FILE = WorkspaceFile.model_validate(
    {"workspace": {"slug": "crm"}, "brands": [{"name": "Aurora CRM", "role": "own"}, {"name": "Basalt"}]}
)
TURN = 11
"""Day of May on which the second week begins."""


def rows() -> Iterator[dict[str, Any]]:
    """Two weeks on two engines: on one the sources change and a name comes up, on the other so does the model."""
    for at in range(4, 18):
        for prompt in range(8):
            told = {"prompt": f"Which CRM suits team {prompt}?", "asked_at": f"2026-05-{at:02}T09:00:00Z"}
            listed = ["Aurora CRM", "Basalt", *(["Copperleaf"] if at >= TURN else [])]
            listed += ["Quorani"] if (at, prompt) == (TURN, 0) else []
            text = "\n".join(f"{n}. **{name}**: easy to set up" for n, name in enumerate(listed, 1))
            site = "https://fresh.example/a" if at >= TURN else "https://former.example/a"
            cited = [{"url": site, "ordinal": 1}, {"url": "https://always.example/a", "ordinal": 2}]
            yield {**told, "engine": "kimi", "surface": "app", "text": text, "citations": cited}
            model = "d2" if at >= TURN + 2 else "d1"
            text = f"1. **Aurora CRM**: fine\n2. **{'Lumora' if at >= TURN else 'Kessani'}**: fine too"
            web = {"engine": "doubao", "surface": "web", "text": text}
            yield {**told, **web, "model": model, "citations": cited}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Finding]:
    """What the kinds find, by kind, after the product imported and scored the rows."""
    folder = tmp_path_factory.mktemp("answers")
    engine = open_engine(f"sqlite:///{folder / 'geo.db'}")
    migrate(engine)
    with writing(engine) as session:
        apply(session, FILE, NOW)
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows())), "utf-8")
    archive = Archive((folder / "archive").as_uri())
    with reading(engine) as session:
        workspace = workspace_named(session, "crm")
    import_file(engine, archive, workspace, folder / "rows.jsonl")
    score(engine, archive, workspace)
    with reading(engine) as session:
        everything = list(find_all(History(session, "crm")))
    kinds = {each.kind: each for each in everything}
    assert len(kinds) == len(everything), "one of a kind: no name of a single answer"
    assert {each.surface for each in everything if each.kind != "model"} == {"app"}, (
        "two models do not compare"
    )
    told = {row.kind: row for row in refresh(engine, "crm", NOW)}
    assert set(told) == set(kinds)
    for row in told.values():
        for lang in ("en", "zh"):
            assert (row.what or row.engine) in sentence(row, translate(lang))
    return kinds


def test_nothing_else_is_told(found: dict[str, Finding]) -> None:
    assert set(found) == {"model", "source_gained", "source_lost", "new_name"}


def test_another_model_is_told_with_the_one_before(found: dict[str, Finding]) -> None:
    model = found["model"]
    assert (model.engine, model.surface, model.what) == ("doubao", "web", "d2")
    assert model.about == {"earlier": "d1", "since": "2026-05-13"} and model.n == 5 * 8


def test_a_domain_that_answers_began_or_ceased_to_cite_is_told(found: dict[str, Finding]) -> None:
    gained, lost = found["source_gained"], found["source_lost"]
    assert (gained.what, gained.before, gained.after, gained.surface) == ("fresh.example", 0.0, 1.0, "app")
    assert (lost.what, lost.before, lost.after) == ("former.example", 1.0, 0.0)
    assert gained.n == 56 and (gained.q or 0) <= 0.01


def test_a_name_that_was_never_there_is_told_with_its_share(found: dict[str, Finding]) -> None:
    name = found["new_name"]
    assert (name.what, name.about["answers"], name.n, name.after) == ("Copperleaf", 56, 56, 1.0)


def test_a_flag_of_possible_poisoning_is_told_once_it_is_recent(tmp_path: Path) -> None:
    engine = database(made_days(41), prompts=10)
    with Session(engine) as session:
        sites = [
            Site(f"https://s{n}.example/a", f"s{n}.example", names=[(OWN, 2, "positive")]) for n in range(3)
        ]
        add_pages(session, sites)
        for reading_ in session.exec(select(PageReading)).all():
            reading_.campaign = 1
            session.add(reading_)
        add_answer(session, 1, 2, [(1, None), (2, None), (3, None)], day=day(12))
        session.commit()
        (flag,) = KINDS["poisoning"].find(History(session, "demo", day(39)))
        assert (flag.what, flag.n, flag.about["pages"]) == ("https://s0.example/a", 1, 3)
        assert flag.about["brands"] == {"云纱": 3} and flag.about["domains"] == [
            f"s{n}.example" for n in range(3)
        ]
        assert list(KINDS["poisoning"].find(History(session, "demo", day(5)))) == [], "it came up later"
        assert list(KINDS["poisoning"].find(History(session, "demo", day(40)))) == [], "four weeks ago"
