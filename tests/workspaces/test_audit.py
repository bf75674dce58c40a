"""Edits, undo, history, and a file that disagrees with them; on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import select
from typer.testing import CliRunner

from geo_tracker.cli import app
from geo_tracker.errors import UsageError
from geo_tracker.queries.candidates import track
from geo_tracker.storage.database import open_engine, reading, workspace_named, writing
from geo_tracker.storage.models import Audit, Brand, Prompt
from geo_tracker.workspaces.audit import apply_file, change, history, undo
from geo_tracker.workspaces.current import file_of
from geo_tracker.workspaces.edits import Difference, differences, items, key_of, patched
from geo_tracker.workspaces.file import WorkspaceFile, workspace_of
from geo_tracker.workspaces.written import rewritten, written

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TEXT = """\
# whom we track
workspace: {slug: w, name: W, timezone: Asia/Shanghai}
brands:
  - name: 云纱   # ours
    role: own
    aliases: [Yunsha, {text: YS, requires: [面膜], case: sensitive}]
    products:
      - {text: 舒缓面膜, sku: ["1"], price: 99, currency: CNY}
  # the rivals
  - Basalt: &b
topics: [敏感肌]
prompts:
  - 敏感肌用什么面膜?   # first
  - {text: Best mask?, language: en, country: us, tags: [a]}
panels:
  - name: daily
    engines: [doubao, kimi]
    cron: "0 6 * * *"
    budget: {calls_per_month: 10, currency: CNY}
""".replace("  - Basalt: &b\n", "  - name: Basalt\n    domains: [basalt.example]\n")
PATH = Path("w.yaml")


def file(text: str = TEXT) -> WorkspaceFile:
    return workspace_of(PATH, text)


@pytest.fixture
def applied(engine: sa.Engine) -> sa.Engine:
    with writing(engine) as session:
        apply_file(session, file(), NOW)
    return engine


def now_of(engine: sa.Engine) -> WorkspaceFile:
    with reading(engine) as session:
        return file_of(session, workspace_named(session, "w"))


def alias(engine: sa.Engine, *texts: str) -> list[Difference]:
    """The change that sets the aliases of the rival."""
    before = now_of(engine)
    after = before.model_copy(deep=True)
    data = after.model_dump(mode="json")
    next(b for b in data["brands"] if b["name"] == "Basalt")["aliases"] = [{"text": t} for t in texts]
    return differences(before, WorkspaceFile.model_validate(data))


def edit(engine: sa.Engine, *changes: Difference, reason: str = "") -> int:
    with writing(engine) as session:
        note = change(session, "w", changes, who="a@b.example", now=NOW, reason=reason)
        session.flush()
        return note.id if note else 0


def test_what_is_stored_is_the_file_that_was_applied(applied: sa.Engine) -> None:
    assert differences(now_of(applied), file()) == [] == differences(file(), now_of(applied))
    with writing(applied) as session:
        assert apply_file(session, file(), NOW).changes == []
        assert session.exec(select(Audit)).all() == []


def test_an_edit_is_made_told_and_undone(applied: sa.Engine) -> None:
    number = edit(applied, *alias(applied, "Bas"), reason="why")
    assert [form.text for form in now_of(applied).brands[1].aliases] == ["Bas"]
    with reading(applied) as session:
        (note,) = history(session, "w")
    assert (note.who, note.via, note.reason, note.at) == ("a@b.example", "dashboard", "why", NOW)
    assert (note.changes[0]["section"], note.changes[0]["key"]) == ("brands", "Basalt")
    with writing(applied) as session:
        undo(session, "w", number, who="c", now=NOW)
    assert differences(now_of(applied), file()) == []
    with reading(applied) as session:
        assert [(row.via, row.undone) for row in history(session, "w")] == [
            ("undo", False),
            ("dashboard", True),
        ]
    with writing(applied) as session, pytest.raises(UsageError, match="no change"):
        undo(session, "w", number, who="", now=NOW)


def test_what_was_changed_again_is_not_undone(applied: sa.Engine) -> None:
    first = edit(applied, *alias(applied, "One"))
    edit(applied, *alias(applied, "Two"))
    with writing(applied) as session, pytest.raises(UsageError, match="Basalt: changed by somebody else"):
        undo(session, "w", first, who="", now=NOW)


def test_an_edit_of_what_is_no_longer_so_is_refused(applied: sa.Engine) -> None:
    stale = alias(applied, "One")
    edit(applied, *alias(applied, "Two"))
    with pytest.raises(UsageError, match="in the meantime"):
        edit(applied, *stale)


def test_a_bad_edit_is_refused_as_in_a_file_and_changes_nothing(applied: sa.Engine) -> None:
    item = {"name": "x", "engines": ["nobody"]}
    with pytest.raises(UsageError, match="nobody"):
        edit(applied, Difference("panels", "x", None, item))
    twice = {"text": "  Best mask? ", "language": "en", "country": "US"}
    with pytest.raises(UsageError, match="twice"):
        edit(applied, Difference("prompts", "x", None, twice))
    assert differences(now_of(applied), file()) == []


def test_an_edit_leaves_brands_of_discover_as_they_are_and_can_drop_them(applied: sa.Engine) -> None:
    with writing(applied) as session:
        track(session, workspace_named(session, "w"), "Found")
    edit(applied, *alias(applied, "Bas"))
    with reading(applied) as session:
        brand = session.exec(select(Brand).where(Brand.name == "Found")).one()
        assert (brand.declared, brand.archived_at) == (False, None)
        tracked = file_of(session, workspace_named(session, "w"), tracked=True)
    item = items(tracked)["brands", "Found"]
    number = edit(applied, Difference("brands", "Found", item, None))
    with reading(applied) as session:
        assert session.exec(select(Brand).where(Brand.name == "Found")).one().archived_at is not None
    with writing(applied) as session:
        undo(session, "w", number, who="", now=NOW)
    with reading(applied) as session:
        assert session.exec(select(Brand).where(Brand.name == "Found")).one().archived_at is None


def test_a_file_keeps_what_the_dashboard_changed_and_takes_what_the_file_changed(applied: sa.Engine) -> None:
    prompt = {**file().model_dump(mode="json")["prompts"][1], "text": "New one?"}
    edit(applied, *alias(applied, "Bas"), Difference("prompts", key_of("prompts", prompt), None, prompt))
    newer = file(TEXT.replace("[Yunsha,", "[Yunsha, YunSha2,"))
    with writing(applied) as session:
        done = apply_file(session, newer, NOW, who="cli")
    assert sorted(each.name for each in done.kept) == ["Basalt", "New one?"]
    after = now_of(applied)
    assert [form.text for form in after.brands[0].aliases] == ["Yunsha", "YunSha2", "YS"]
    assert [form.text for form in after.brands[1].aliases] == ["Bas"] and len(after.prompts or []) == 3
    with reading(applied) as session:
        assert [row.via for row in history(session, "w")] == ["apply", "dashboard"]


def test_what_both_changed_is_a_conflict_that_changes_nothing(applied: sa.Engine) -> None:
    edit(applied, *alias(applied, "Bas"))
    newer = file(TEXT.replace("domains: [basalt.example]", "aliases: [Other]"))
    with (
        writing(applied) as session,
        pytest.raises(UsageError, match="brands Basalt: changed in the dashboard and"),
    ):
        apply_file(session, newer, NOW)
    assert [form.text for form in now_of(applied).brands[1].aliases] == ["Bas"]
    with writing(applied) as session:
        apply_file(session, newer, NOW, overwrite=True)
    assert [form.text for form in now_of(applied).brands[1].aliases] == ["Other"]


def test_a_file_is_written_back_with_its_comments() -> None:
    before = file()
    data = before.model_dump(mode="json")
    data["brands"][1]["aliases"] = [{"text": "Bas"}]
    data["prompts"] = [data["prompts"][0], {"text": "New?", "tags": ["x"]}]
    data["topics"] = ["敏感肌", "补水"]
    after = WorkspaceFile.model_validate(data)
    made = rewritten(PATH, TEXT, after)
    assert differences(file(made), after) == []
    for comment in ("# whom we track", "# ours", "# the rivals", "# first"):
        assert comment in made
    assert 'cron: "0 6 * * *"' in made and "Best mask?" not in made
    assert rewritten(PATH, TEXT, before) == TEXT
    assert differences(file(written(after)), after) == []
    assert patched(before, differences(before, after)).brands[1].aliases[0].text == "Bas"


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEO_HOME", str(tmp_path))
    path, run = tmp_path / "w.yaml", CliRunner().invoke
    path.write_text(TEXT, "utf-8")
    assert run(app, ["apply", str(path)]).exit_code == 0
    engine = open_engine(f"sqlite:///{tmp_path / 'geo.db'}")
    number = edit(engine, *alias(engine, "Bas"))
    assert "Basalt" in run(app, ["workspace", "changes", "-w", "w", "--json"]).stdout
    assert run(app, ["workspace", "export", "w", "--out", str(path)]).exit_code == 0
    text = path.read_text("utf-8")
    assert "# ours" in text and "Bas\n" in text
    assert run(app, ["apply", str(path)]).exit_code == 0
    assert run(app, ["workspace", "undo", "-w", "w", str(number)]).stdout == "change brands Basalt\n"
    fresh = run(app, ["workspace", "export", "w"]).stdout
    assert differences(workspace_of(path, fresh), file()) == []
    with reading(engine) as session:
        assert len(session.exec(select(Prompt)).all()) == 2
    engine.dispose()
