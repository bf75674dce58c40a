"""The commands that let programs in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from geo_tracker.cli import app
from geo_tracker.errors import UsageError
from tests.support.browser import free_port

BRANDS = "workspace: {slug: %s}\nbrands: [{name: HubSpot, role: own}, {name: Salesforce}]\n"
ANSWER = {
    "prompt": "best crm?",
    "engine": "openai",
    "text": "I like HubSpot.",
    "asked_at": "2026-11-20T01:00:00Z",
}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("doors")
    (folder / "rows.jsonl").write_text(json.dumps(ANSWER), "utf-8")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("GEO_HOME", str(folder / "home"))
        for slug in ("w", "other"):
            file = folder / f"{slug}.yaml"
            file.write_text(BRANDS % slug, "utf-8")
            done = CliRunner().invoke(app, ["import", str(folder / "rows.jsonl"), "--workspace", str(file)])
            assert done.exit_code == 0, done.output
    return folder


@pytest.fixture
def run(here: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """A command in this process, over the same home."""
    monkeypatch.setenv("GEO_HOME", str(here / "home"))
    return lambda *arguments: CliRunner().invoke(app, arguments)


def test_a_token_is_told_once_and_then_only_named(here: Path, run: Callable[..., Result]) -> None:
    told = run("token", "create", "--workspace", "w", "--name", "bi").stdout.strip()
    assert told.startswith("geo_")
    listed = run("token", "list", "--workspace", "w", "--json")
    assert [json.loads(line)["name"] for line in listed.stdout.splitlines()] == ["bi"]
    assert told not in listed.output
    assert told.encode() not in b"".join(path.read_bytes() for path in (here / "home").glob("geo.db*"))
    again = run("token", "create", "--workspace", "w", "--name", "bi")
    assert isinstance(again.exception, UsageError)
    assert again.stdout == ""
    assert isinstance(run("token", "revoke", "--workspace", "other", "--name", "bi").exception, UsageError)
    assert run("token", "revoke", "--workspace", "w", "--name", "bi").exit_code == 0
    (row,) = map(json.loads, run("token", "list", "--workspace", "w", "--json").stdout.splitlines())
    assert row["revoked_at"]


def test_the_api_serves_what_metrics_prints(here: Path, run: Callable[..., Result]) -> None:
    told = run("token", "create", "--workspace", "w", "--json").stdout
    secret = json.loads(told)["token"]
    port = free_port()
    command = [sys.executable, "-c", "from geo_tracker.cli import main; main()", "api", "--port", str(port)]
    environment = {**os.environ, "GEO_HOME": str(here / "home")}
    log = here / "log"
    with log.open("wb") as out, subprocess.Popen(command, cwd=here, env=environment, stderr=out) as server:
        try:
            answer = _asked(f"http://127.0.0.1:{port}/v1/workspaces/w/metrics?limit=1000", secret)
        finally:
            server.terminate()
    printed = run("metrics", "--workspace", "w", "--json").stdout
    assert answer.json()["metrics"] == [json.loads(line) for line in printed.splitlines()]
    written = log.read_text("utf-8")
    assert '"path": "/v1/workspaces/w/metrics", "status": 200' in written
    assert secret not in written


def _asked(url: str, token: str) -> httpx.Response:
    until = time.monotonic() + 60
    while True:
        try:
            return httpx.get(url, headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=60)
        except httpx.ConnectError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
