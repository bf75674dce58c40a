"""Nothing that lies in the folder where a user stands is imported, whatever it is called."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.support.browser import free_port

COMMAND = Path(sys.executable).with_name("geo-tracker")
NAMES = ("spiders", "dashboard", "geo_tracker", "scrapy", "streamlit", "sqlmodel")


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder of packages and modules that leave a mark when they are imported."""
    folder = tmp_path / "agency"
    for name in NAMES:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(marking(tmp_path, name))
    for name in ("sitecustomize", "usercustomize", "aiohttp"):
        (folder / f"{name}.py").write_text(marking(tmp_path, name))
    (folder / "scrapy.cfg").write_text("[settings]\ndefault = spiders.settings\n")
    return folder


def marking(tmp_path: Path, name: str) -> str:
    return f"open({str(tmp_path / f'imported-{name}')!r}, 'w').close()\nraise SystemExit('hostile {name}')\n"


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return ran(folder, str(COMMAND), *arguments)


def ran(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GEO_HOME": str(folder.parent / "home")}
    return subprocess.run(
        [*command], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )


def marks(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.parent.glob("imported-*"))


def test_every_command_starts(hostile: Path) -> None:
    """Those of groups, too; in one process of the command's own interpreter: forty starts took ninety seconds."""
    every = (
        "import sys\n"
        "from typer.main import get_command\n"
        "from typer.testing import CliRunner\n"
        "from geo_tracker.cli import app\n"
        "def paths(command, *before):\n"
        "    for name in command.list_commands(None) if hasattr(command, 'list_commands') else ():\n"
        "        yield (*before, name)\n"
        "        yield from paths(command.resolve_command(None, [name])[1], *before, name)\n"
        "done = {path: CliRunner().invoke(app, [*path, '--help']).exit_code for path in paths(get_command(app))}\n"
        "sys.exit(str(done) if any(done.values()) or ('workspace', 'export') not in done else 0)\n"
    )
    done = ran(hostile, sys.executable, "-P", "-c", every)
    assert done.returncode == 0, done.stderr
    assert run(hostile, "--help").returncode == 0
    assert marks(hostile) == []


def test_asking_crawling_scoring_and_the_sandbox_run(hostile: Path) -> None:
    done = run(hostile, "demo", "--days=1", "--no-serve")
    assert done.returncode == 0, done.stderr
    assert marks(hostile) == []
    status = run(hostile, "status", "--workspace=demo-en", "--json")
    assert '"planned":0' in status.stdout.replace(" ", "")


def test_the_dashboard_is_ours(hostile: Path) -> None:
    port = free_port()
    server = subprocess.Popen(
        [COMMAND, "dashboard", f"--port={port}"],
        cwd=hostile,
        env={**os.environ, "GEO_HOME": str(hostile.parent / "home")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert healthy(f"http://127.0.0.1:{port}/_stcore/health"), "the dashboard does not start"
    finally:
        server.terminate()
        _, log = server.communicate()
    assert marks(hostile) == []
    assert "secrets" not in log  # neither read from a folder nor missed


def healthy(url: str) -> bool:
    for _ in range(200):
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                return bool(answer.read() == b"ok")
        except OSError:
            time.sleep(0.2)
    return False


def test_the_command_under_test_is_installed() -> None:
    assert shutil.which(str(COMMAND)), "run the tests with the environment that `make test` makes"
