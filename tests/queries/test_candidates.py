"""Names that are not tracked: ranked with evidence, tracked by one command; on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from geo_tracker.engines.base import ParsedAnswer
from geo_tracker.errors import UsageError
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.candidates import read_candidates, track
from geo_tracker.reports.csv import candidates_table
from geo_tracker.score.answers import score
from geo_tracker.storage.answers import save_answer
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import insert_new, reading, workspace_named, writing
from geo_tracker.storage.models import Answer, Brand, DailyBrand, Discovery, Prompt, Run, Workspace
from geo_tracker.workspaces.apply import apply
from geo_tracker.workspaces.edit import declare_brand
from geo_tracker.workspaces.file import read_workspace

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DAY = date(2026, 11, 24)
FILE = """\
# whom we track
workspace: {slug: w, name: W}
brands:
  - {name: 云纱, role: own, aliases: [Yunsha]}
  - name: Aurora Care  # the rival
    domains: [aurora.example]

# what we ask
prompts: [敏感肌适合用什么样的面膜?, Best mask?, 云纱好用吗?]
"""
THREE = "1. 云纱：温和。\n2. 沐禾集：性价比高。\n3. Aurora Care：好。\n"
LATIN = "You can try Aurora Care, Zentora and Kelvira. Zentora is cheap."


@pytest.fixture
def workspace(engine: sa.Engine, tmp_path: Path) -> Workspace:
    return declare(engine, tmp_path, FILE)


def declare(engine: sa.Engine, tmp_path: Path, text: str) -> Workspace:
    (tmp_path / "w.yaml").write_text(text, "utf-8")
    with writing(engine) as session:
        apply(session, read_workspace(tmp_path / "w.yaml"), NOW - timedelta(days=30))
        return workspace_named(session, "w")


def store(engine: sa.Engine, text: str, prompt: int = 0, name: str = "doubao", day: date = DAY) -> int:
    with writing(engine) as session:
        workspace = workspace_named(session, "w")
        insert_new(session, Run, [{"workspace_id": workspace.id, "label": "r"}])
        run = session.exec(select(Run)).one()
        prompts = session.exec(select(Prompt).order_by(col(Prompt.position))).all()
        ids = {"workspace_id": workspace.id, "run_id": run.id, "prompt_id": prompts[prompt].id}
        count = len(session.exec(select(Answer.id)).all())
        answer = Answer(**ids, engine=name, key=str(count), day=day)
        session.add(answer)
        session.flush()
        save_answer(session, answer, ParsedAnswer(text), NOW)
        return answer.id


def candidates(database: sa.Engine, branded: bool = False, **only: Any) -> dict[str, Any]:
    selection = Selection("w", branded=branded).only(**only)
    with reading(database) as session:
        return {each.name: each for each in read_candidates(session, selection)}


def fill(engine: sa.Engine, workspace: Workspace) -> None:
    store(engine, THREE)
    store(engine, THREE, name="kimi", day=DAY - timedelta(days=1))
    store(engine, LATIN, prompt=1)
    store(engine, "Nothing to see.", prompt=1)
    store(engine, THREE, prompt=2)
    score(engine, Archive("memory://"), workspace)


def test_names_are_ranked_by_answers_with_their_share_and_evidence(
    engine: sa.Engine, workspace: Workspace
) -> None:
    fill(engine, workspace)
    found = candidates(engine)
    assert next(iter(found)) == "沐禾集"
    assert {"Zentora", "Kelvira"} < set(found)
    first = found["沐禾集"]
    assert (first.answers, first.share.n, first.share.value) == (2, 4, 0.5), "branded prompts are left out"
    assert first.share.low < 0.5 < first.share.high
    assert first.engines == {"doubao": 1, "kimi": 1}
    assert [(e.engine, e.day) for e in first.evidence] == [("doubao", DAY), ("kimi", DAY - timedelta(days=1))]
    assert all(e.text == "沐禾集：性价比高。" for e in first.evidence)
    assert found["Zentora"].mentions == 2
    assert candidates(engine, branded=True)["沐禾集"].answers == 3
    assert candidates(engine, engine=("kimi",)).keys() == {"沐禾集"}


def test_candidates_are_exported(engine: sa.Engine, workspace: Workspace) -> None:
    fill(engine, workspace)
    with reading(engine) as session:
        table = candidates_table(read_candidates(session, Selection("w")), sandbox=False)
    first = dict(zip(table.header, next(iter(table.rows)), strict=True))
    assert (first["name"], first["n"], first["evidence"]) == ("沐禾集", 4, "沐禾集：性价比高。")


def test_spellings_of_one_name_are_one_candidate(engine: sa.Engine, workspace: Workspace) -> None:
    ids = [store(engine, "No name at all.") for _ in range(3)]
    score(engine, Archive("memory://"), workspace)
    with writing(engine) as session:
        for answer_id, name in zip(ids, ("Zentora", "ZENTORA", "Zentora"), strict=True):
            session.add(Discovery(answer_id=answer_id, name=name, start=0, end=7, mentions=1, reason="test"))
    assert {name: each.answers for name, each in candidates(engine).items()} == {"Zentora": 3}


def test_nothing_is_found_where_nothing_is_stored(engine: sa.Engine, workspace: Workspace) -> None:
    assert candidates(engine) == {}


def test_a_tracked_name_is_scored_and_stays_when_the_file_is_applied(
    engine: sa.Engine, workspace: Workspace, tmp_path: Path
) -> None:
    fill(engine, workspace)
    with writing(engine) as session:
        track(session, workspace, " 沐禾集 ")
    assert "沐禾集" not in candidates(engine), "at once, not only when its answers are scored"
    declare(engine, tmp_path, FILE)
    score(engine, Archive("memory://"), workspace)
    assert "沐禾集" not in candidates(engine)
    with reading(engine) as session:
        of = select(Brand, sa.func.sum(DailyBrand.mentioned)).join(DailyBrand).where(Brand.name == "沐禾集")
        brand, mentioned = session.exec(of.group_by(col(Brand.id))).one()
    assert (brand.own, brand.declared, brand.archived_at, mentioned) == (False, False, None, 3)


def test_an_archived_brand_comes_back(engine: sa.Engine, workspace: Workspace, tmp_path: Path) -> None:
    shorter = FILE.replace("  - name: Aurora Care  # the rival\n    domains: [aurora.example]\n", "")
    declare(engine, tmp_path, shorter)
    with writing(engine) as session:
        track(session, workspace, "Aurora Care")
    declare(engine, tmp_path, shorter)
    with reading(engine) as session:
        brand = session.exec(select(Brand).where(Brand.name == "Aurora Care")).one()
    assert brand.archived_at is None
    assert brand.domains == ["aurora.example"]


@pytest.mark.parametrize(
    ("name", "says"), [("YUNSHA", "as 云纱"), ("aurora-care", "as Aurora Care"), ("  ", "no brand's name")]
)
def test_what_is_tracked_already_is_not_added(
    engine: sa.Engine, workspace: Workspace, name: str, says: str
) -> None:
    with pytest.raises(UsageError, match=says), writing(engine) as session:
        track(session, workspace, name)


@pytest.mark.parametrize("name", ["沐禾集", 'Q"u: {o}te #1', "- dash", "7-11", "null"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (FILE, FILE.replace("\n\n# what", "\n  - name: NAME\n\n# what")),
        ("brands:\n- name: A\n  aliases:\n  - B # b\n#", "brands:\n- name: A\n  aliases:\n  - B # b\n- name: NAME\n#"),
        ("topics: [x]\nbrands:\n  - name: A", "topics: [x]\nbrands:\n  - name: A\n  - name: NAME\n"),
        ("brands:\r\n  - name: A\r\ntopics: [x]\r\n", "brands:\r\n  - name: A\r\n  - name: NAME\r\ntopics: [x]\r\n"),
        ('{"brands": [{"name": "A"}], "topics": []}', '{"brands": [{"name": "A"}, {"name": NAME}], "topics": []}'),
        ("brands: [{name: A}, ] # all\n", 'brands: [{name: A}, {"name": NAME}, ] # all\n'),
        ("\ufeffbrands: [name: A]\n", '\ufeffbrands: [name: A, {"name": NAME}]\n'),
    ],
)  # fmt: skip
def test_a_brand_is_written_into_the_file_and_nothing_else_changes(
    tmp_path: Path, before: str, after: str, name: str
) -> None:
    path = tmp_path / "w.yaml"
    path.write_bytes(before.encode())
    declared = declare_brand(path, name)
    assert [brand.name for brand in declared.brands][-1] == name
    assert read_workspace(path) == declared
    quoted = '"' + name.replace('"', '\\"') + '"'
    assert path.read_bytes().decode() == after.replace("NAME", quoted)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "text",
    [
        "brands:\n  - name: A\n  - &b\n    name: B\nx: 1\n",
        "brands:\n  - name: |\n      A\ntopics: [x]\n",
        "all: &b {name: B}\nbrands: [*b]\n",
        "brands: [{name: B}]\nworkspace: {slug: w}\nprompts: [B, ",
    ],
)
def test_a_file_that_cannot_be_amended_stays_as_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / "w.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError):
        declare_brand(path, "New")
    assert path.read_text("utf-8") == text


def test_a_brand_that_is_there_is_not_written_twice(tmp_path: Path) -> None:
    path = tmp_path / "w.yaml"
    path.write_text(FILE, "utf-8")
    with pytest.raises(UsageError, match="twice"):
        declare_brand(path, "aurora care")
    assert path.read_text("utf-8") == FILE
