"""The wheel, installed by an ordinary pip, used from another directory.

It downloads what an installation downloads: GEO_TEST_WHEEL=1 installs it once, as CI does, and GEO_TEST_WHEEL=all
(`make wheel`) with every Python that is here and with the reports, too.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.install.test_hostile_folder import healthy
from tests.support.browser import free_port
from tests.support.places import ROOT

ASKED = os.environ.get("GEO_TEST_WHEEL")
pytestmark = pytest.mark.skipif(
    ASKED not in ("1", "all"), reason="GEO_TEST_WHEEL=1 installs the wheel from the package index"
)
WORKSPACE = "workspace: {slug: w}\nbrands: [{name: HubSpot, role: own}, {name: Salesforce}]\n"
ANSWER = {"prompt": "best crm?", "engine": "ChatGPT", "text": "HubSpot: https://www.amazon.com/dp/B0ABCDEFGH"}


def python(version: str) -> str | None:
    """A Python of that version: on the path, or beside others of its kind as pyenv keeps them."""
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    kept = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    return sys.executable if version == own else str(kept[-1]) if kept else shutil.which(f"python{version}")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT], check=True)
    return next(folder.glob("*.whl"))


def environment(place: Path, interpreter: str) -> Path:
    """Folder of the programs of a new environment with the pip that comes with Python."""
    subprocess.run([interpreter, "-m", "venv", place], check=True)
    return place / "bin"


def install(programs: Path, requirement: str) -> None:
    options = ["-q", "--disable-pip-version-check", "--no-compile"]  # what is never run need not be compiled
    subprocess.run([programs / "pip", "install", *options, requirement], check=True, timeout=900)


def run(programs: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("GEO_", "PYTHON"))
    }
    return subprocess.run(
        [programs / "geo-tracker", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )


def import_and_score(programs: Path, folder: Path) -> None:
    (folder / "w.yaml").write_text(WORKSPACE)
    (folder / "answers.jsonl").write_text(json.dumps(ANSWER))
    for arguments in (
        ["import", "answers.jsonl", "--workspace", "w.yaml"],
        ["score", "--workspace", "w", "--all"],
        ["offers", "answers.jsonl", "--json"],
        ["status"],
    ):
        done = run(programs, folder, *arguments)
        assert done.returncode == 0, (arguments, done.stderr)


def ask(programs: Path, folder: Path) -> None:
    done = run(programs, folder, "export", "--workspace", "w", "--format", "csv")
    assert done.returncode == 0, done.stderr
    figures = [
        json.loads(line)
        for line in run(programs, folder, "metrics", "--workspace", "w", "--json").stdout.splitlines()
    ]
    rates = {row["brand"]: row["value"] for row in figures if row["metric"] == "mention_rate"}
    assert rates == {"HubSpot": 1.0, "Salesforce": 0.0}


def names_what_it_lacks(programs: Path, folder: Path) -> None:
    commands = {"dashboard": "dashboard", "metrics --workspace w": "metrics", "demo --days 1": "demo"}
    for command, extra in commands.items():
        done = run(programs, folder, *command.split())
        assert done.returncode == 2
        assert f"pip install 'geo-tracker[{extra}]'" in done.stderr


def test_an_install_grows_from_import_to_the_dashboard(wheel: Path, tmp_path: Path) -> None:
    """In one environment, as two would double the time."""
    programs = environment(tmp_path / "v", sys.executable)
    install(programs, str(wheel))
    import_and_score(programs, tmp_path)
    names_what_it_lacks(programs, tmp_path)
    install(programs, f"{wheel}[dashboard,demo]")
    ask(programs, tmp_path)
    done = run(programs, tmp_path, "demo", "--days", "1", "--no-serve")
    assert done.returncode == 0, done.stderr
    port = free_port()
    server = subprocess.Popen([programs / "geo-tracker", "dashboard", f"--port={port}"], cwd=tmp_path)
    try:
        assert healthy(f"http://127.0.0.1:{port}/_stcore/health")
        assert healthy_page(f"http://127.0.0.1:{port}/")
    finally:
        server.terminate()
        server.wait(30)


@pytest.mark.skipif(ASKED != "all", reason="GEO_TEST_WHEEL=all installs it with other Pythons and extras")
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_every_python_imports_scores_and_exports(wheel: Path, tmp_path: Path, version: str) -> None:
    interpreter = python(version)
    if interpreter is None:
        pytest.skip(f"no Python {version} here")
    programs = environment(tmp_path / "v", interpreter)
    install(programs, f"{wheel}[metrics]")
    import_and_score(programs, tmp_path)
    ask(programs, tmp_path)


@pytest.mark.skipif(ASKED != "all", reason="GEO_TEST_WHEEL=all installs it with other Pythons and extras")
def test_the_reports_are_written(wheel: Path, tmp_path: Path) -> None:
    programs = environment(tmp_path / "v", sys.executable)
    install(programs, f"{wheel}[reports]")
    import_and_score(programs, tmp_path)
    for arguments in (
        ["report", "--workspace", "w", "--format", "html,pdf,pptx,xlsx"],
        ["export", "--workspace", "w", "--format", "parquet", "--out", "tables"],
    ):
        done = run(programs, tmp_path, *arguments)
        assert done.returncode == 0, (arguments, done.stderr)


def healthy_page(url: str) -> bool:
    """Whether the first page draws without an error, in a browser."""
    from playwright.sync_api import sync_playwright

    from tests.support.browser import find_chromium

    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(url)
        page.get_by_role("heading").first.wait_for(timeout=60_000)
        found = page.locator("[data-testid=stException]").count()
        browser.close()
    return found == 0
