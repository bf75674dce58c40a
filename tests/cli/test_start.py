"""What a command loads before it begins: nothing that another command needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("pandas", "scipy", "trafilatura", "pypdf", "altair", "alembic", "scrapy", "streamlit")
LANGUAGE = ("rjieba", "tldextract", "rensa")
"""What reads texts: not for commands that read none."""
PROGRAM = """
import sys
from geo_tracker.cli import main
try:
    main()
except SystemExit as end:
    print("code", end.code)
print("loaded", *(name for name in sys.argv[-1].split(",") if name in sys.modules))
"""


def run(
    *arguments: str, names: tuple[str, ...] = HEAVY + LANGUAGE, home: Path | None = None
) -> subprocess.CompletedProcess[str]:
    program = PROGRAM.replace("sys.argv[-1]", repr(",".join(names)))
    place = {"GEO_HOME": str(home)} if home else {}
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True, text=True, check=True, env={**os.environ, **place},
    )  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a workspace `w` and an answer, made by a first run: the database takes Alembic to make."""
    home = tmp_path_factory.mktemp("start")
    brands = [{"name": "Alder", "role": "own"}, {"name": "Birch", "role": "competitor"}]
    declared = {"workspace": {"slug": "w", "name": "W"}, "brands": brands, "prompts": [{"text": "Which?"}]}
    (home / "w.yaml").write_text(json.dumps(declared), "utf-8")
    answer = {"id": "1", "prompt": "Which?", "engine": "kimi", "surface": "app", "text": "Alder, not Birch."}
    (home / "a.jsonl").write_text(json.dumps(answer) + "\n", "utf-8")
    run("import", str(home / "a.jsonl"), "--workspace", str(home / "w.yaml"), home=home)
    return home


def test_help_lists_every_command_and_loads_none() -> None:
    out = run("--help").stdout
    assert "loaded\n" in out + "\n"
    assert "Take real answers from files" in out  # of a command's function
    assert "The answer engines: what there is" in out  # of a group's `help`
    assert "status" in out


@pytest.mark.parametrize(
    ("command", "spared"),
    [
        (["status"], (*HEAVY, *LANGUAGE, "fsspec", "sqlalchemy.dialects.postgresql")),
        (["doctor"], HEAVY + LANGUAGE),
        (["engines"], HEAVY + LANGUAGE),
        (["score", "--workspace", "w"], (*HEAVY, "rjieba", "tldextract")),
        (["apply", "{place}/w.yaml"], (*HEAVY, "tldextract", "rensa")),
        (["import", "{place}/a.jsonl", "--workspace", "w"], HEAVY),
        (["analyse", "{place}/a.jsonl", "--jsonl", "--workspace", "{place}/w.yaml"], (*HEAVY, "sqlalchemy")),
        (["offers", "{place}/a.jsonl", "--jsonl"], (*HEAVY, "sqlalchemy")),
        (["run", "--resume", "--workspace", "w"], (*HEAVY, "rjieba", "tldextract")),
        (["sources", "--workspace", "w"], HEAVY),
        (["gap", "--workspace", "w"], HEAVY),
        (["metrics", "--workspace", "w"], ("altair", "alembic", "scrapy", "streamlit", *LANGUAGE)),
    ],
)
def test_a_command_loads_nothing_that_others_need(
    place: Path, command: list[str], spared: tuple[str, ...]
) -> None:
    done = run(*(part.format(place=place) for part in command), names=spared, home=place)
    assert done.stdout.splitlines()[-1] == "loaded", done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["import", "status", "engines"])
def test_a_command_that_is_called_is_the_real_one(name: str) -> None:
    assert "--json" in run(name, "--help").stdout


def test_garbage_is_collected_again_once_a_command_is_loaded() -> None:
    program = PROGRAM + "import gc; print(gc.isenabled())"
    done = subprocess.run(
        [sys.executable, "-c", program, "status", "--help"], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "True"


def test_an_unknown_command_is_refused() -> None:
    assert "code 2" in run("nonsense").stdout


def run_without(modules: tuple[str, ...], home: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    """A command where these modules are not installed."""
    program = """
import sys
sys.modules.update(dict.fromkeys(sys.argv.pop(1).split(",")))
from geo_tracker.cli import main
main()
"""
    return subprocess.run(
        [sys.executable, "-c", program, ",".join(modules), *command],
        capture_output=True, text=True, check=False, cwd=home, env={**os.environ, "GEO_HOME": str(home)},
    )  # fmt: skip


@pytest.mark.parametrize(("format", "lacks"), [("csv", None), ("parquet", "pyarrow"), ("xlsx", "xlsxwriter")])
def test_a_format_needs_only_its_own_library(place: Path, format: str, lacks: str | None) -> None:
    done = run_without(("pyarrow", "xlsxwriter"), place, ["export", "--workspace", "w", "--format", format])
    told = f"{lacks} is not installed - pip install 'geo-tracker[reports]'" if lacks else ""
    assert (done.returncode, told in done.stderr) == (2 if lacks else 0, True), done.stderr


@pytest.mark.parametrize(
    ("command", "code", "told"),
    [
        (["score", "--workspace", "w", "--all"], 0, "1 answers scored"),
        (["status"], 0, "w"),
        (["metrics", "--workspace", "w"], 2, "pip install 'geo-tracker[metrics]'"),
        (["export", "--workspace", "w", "--format", "csv"], 2, "pip install 'geo-tracker[metrics]'"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_crawl_host_scores_without_the_libraries_of_numbers(
    place: Path, command: list[str], code: int, told: str
) -> None:
    done = run_without(("pandas", "numpy", "scipy"), place, command)
    assert (done.returncode, told in done.stdout + done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr
