"""`geo-tracker report`: what it makes, what it refuses, and one workspace of many that fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from geo_tracker.cli import app
from geo_tracker.errors import UsageError
from geo_tracker.storage.database import open_engine, writing
from geo_tracker.storage.models import Workspace

WORKSPACE = "workspace: {slug: %s, timezone: UTC}\nbrands: [{name: HubSpot, role: own}, {name: Salesforce}]\n"
ROW = {
    "prompt": "best crm?",
    "engine": "openai",
    "text": "I like HubSpot.",
    "asked_at": "2026-10-20T01:00:00Z",
}
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two workspaces with an answer each, and one that tracks no brand."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "rows.jsonl").write_text(json.dumps(ROW), "utf-8")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("GEO_HOME", str(folder / "home"))
        for slug in ("one", "two"):
            file = folder / f"{slug}.yaml"
            file.write_text(WORKSPACE % slug, "utf-8")
            done = CliRunner().invoke(app, ["import", str(folder / "rows.jsonl"), "--workspace", str(file)])
            assert done.exit_code == 0, done.output
    with writing(open_engine(f"sqlite:///{folder / 'home' / 'geo.db'}")) as session:
        session.add(Workspace(slug="bare", name="Bare"))
    return folder / "home"


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setenv("GEO_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, arguments)


def test_it_says_which_files_it_made(run: Run, tmp_path: Path) -> None:
    done = run("report", "-w", "one", "--month", "2026-10", "-f", "html,csv", "--lang", "zh", "--json")
    assert done.exit_code == 0, done.stderr
    made = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(each["format"], each["lang"], each["frozen"]) for each in made] == [
        ("html", "zh", False),
        ("csv", "zh", False),
    ]
    assert [(tmp_path / each["path"]).stat().st_size for each in made] == [each["bytes"] for each in made]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--month", "2026-13"), "2026-13"),
        (("--month", "October"), "2026-10"),
        (("--month", "2099-01"), "has not begun"),
        (("--month", "2026-10", "--from", "2026-10-01"), "--month or --from"),
        (("--freeze",), "give --month"),
        (("-f", "docx"), "there are pdf"),
        (("--lang", "fr"), "there are en"),
        (("--template", "missing.yaml"), "missing.yaml"),
    ],
)
def test_what_cannot_be_made_is_named_and_nothing_is_written(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = run("report", "-w", "one", *arguments)
    assert isinstance(done.exception, UsageError), done.output
    assert said in str(done.exception)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_section_is_named_with_its_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "report.yaml").write_text("language: en\nsections: [summary, horoscope]\n", "utf-8")
    done = run("report", "-w", "one", "--template", "report.yaml", "-f", "html")
    assert isinstance(done.exception, UsageError)
    assert "report.yaml:2" in str(done.exception) and "no section horoscope" in str(done.exception)


def test_a_folder_that_cannot_be_written_into_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", "utf-8")
    done = run("report", "-w", "one", "-f", "html", "--out", "taken")
    assert isinstance(done.exception, UsageError)
    assert "taken" in str(done.exception) and (tmp_path / "taken").read_text("utf-8") == "a file"


def test_one_workspace_that_fails_does_not_stop_the_others(run: Run, tmp_path: Path) -> None:
    done = run("report", "--all", "--month", "2026-10", "-f", "html", "--json")
    assert done.exit_code == 1
    assert {json.loads(line)["workspace"] for line in done.stdout.splitlines()} == {"one", "two"}
    assert "bare: nothing to report: the workspace tracks no brand" in done.stderr
    assert len(list((tmp_path / "reports").glob("*.html"))) == 2


def test_either_one_workspace_or_all(run: Run) -> None:
    for arguments in ((), ("-w", "one", "--all")):
        done = run("report", *arguments)
        assert isinstance(done.exception, UsageError) and "--all" in str(done.exception)


def test_an_html_export_is_the_same_page(run: Run, tmp_path: Path) -> None:
    """Into a folder or a file; both are the report's, but for ids in pictures that count on."""
    for out, path in (("deep", tmp_path / "deep" / "summary.html"), ("a.html", tmp_path / "a.html")):
        done = run("export", "-w", "one", "-f", "html", "-o", out)
        assert done.exit_code == 0, done.stderr
        assert done.stdout.strip() == str(path.relative_to(tmp_path))
        assert '<section id="appendix">' in path.read_text("utf-8")
