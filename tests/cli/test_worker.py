"""A worker runs what is due, once, whoever else works; `up` serves all and ends all."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psutil
import pytest

from geo_tracker.cli import worker
from geo_tracker.cli._place import Place
from geo_tracker.sandbox import running
from geo_tracker.storage.database import migrate, open_engine, workspace_named, writing
from geo_tracker.storage.models import Signal, Workspace
from tests.cli.test_commands import geo, lines
from tests.support.browser import free_port

FILE = """
workspace: {slug: w}
brands: [{name: 云纱, role: own}]
prompts: [{text: 敏感肌适合用什么面膜?, language: zh}]
panels: [{name: hourly, engines: [kimi, deepseek], cron: "0 * * * *"}]
"""
STAMP = re.compile(r"20..-..-..T..:..:..\+00:00")
CALL = [sys.executable, "-P", "-c", "from geo_tracker.cli import main; main()"]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    with running(seed=1, faults=0.0) as url:
        yield url


@pytest.fixture
def due(tmp_path: Path, sandbox: str) -> dict[str, str]:
    """The environment of a home whose one panel is due since the full hour."""
    (tmp_path / "w.yaml").write_text(FILE, "utf-8")
    assert geo(tmp_path, "apply", "w.yaml", GEO_SANDBOX_URL=sandbox).returncode == 0
    return {"GEO_SANDBOX_URL": sandbox}


def status(here: Path) -> dict[str, int]:
    (record,) = lines(geo(here, "status", "--workspace", "w", "--json"))
    return {name: record[name] for name in ("planned", "captured", "failed")}


def test_two_workers_ask_what_is_due_once(tmp_path: Path, due: dict[str, str]) -> None:
    environment = {**os.environ, **due, "GEO_HOME": str(tmp_path / "home")}
    both = [
        subprocess.Popen([*CALL, "worker", "--once"], env=environment, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    logs = [worker.communicate(timeout=120)[1] for worker in both]
    assert [worker.returncode for worker in both] == [0, 0], logs
    assert status(tmp_path) == {"planned": 0, "captured": 2, "failed": 0}
    again = geo(tmp_path, "worker", "--once", "--json", **due)
    assert [each["message"] for each in _log(again.stderr)] == ["started: 1 at once", "ended"]


def test_workspaces_that_always_have_work_take_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, begun = open_engine(f"sqlite:///{tmp_path / 'geo.db'}"), list[str]()
    migrate(engine)
    with writing(engine) as session:
        session.add_all(Workspace(slug=slug, name=slug) for slug in "abc")

    class Ended:
        """A pass that takes no time."""

        def __init__(self, slug: str, arguments: list[str], json: bool) -> None:
            begun.append(slug)

        def ended(self) -> int:
            return 0

    monkeypatch.setattr(worker, "Child", Ended)
    monkeypatch.setattr(worker, "has_work", lambda *of: True)
    monkeypatch.setattr(worker, "left_behind", lambda *of: False)
    monkeypatch.setenv("GEO_DATABASE_URL", str(engine.url))
    passes = worker.Passes(Place(), 1, timedelta(0), json=False)
    passes.start_due()
    for _ in range(5):
        passes.collect()
    assert begun == ["a", "b", "c", "a", "b", "c"]
    engine.dispose()


def test_a_worker_sends_signals_that_are_due_once(tmp_path: Path) -> None:
    file = "workspace: {slug: w}\nbrands: [{name: 云纱}]\nsignals: {channels: [{name: team, now: outage}]}\n"
    (tmp_path / "w.yaml").write_text(file, "utf-8")
    assert geo(tmp_path, "apply", "w.yaml").returncode == 0
    engine, now = open_engine(f"sqlite:///{tmp_path / 'home' / 'geo.db'}"), datetime.now(UTC)
    with writing(engine) as session:
        told = {"kind": "outage", "engine": "kimi", "surface": "api", "first_told": now}
        days = {"start": now.date(), "end": now.date(), "last_seen": now.date()}
        mine = workspace_named(session, "w").id
        session.add(Signal(workspace_id=mine, subject="s", fingerprint="s", **told, **days))
    without = geo(tmp_path, "worker", "--once", "--json")
    assert without.returncode == 1 and "something was not sent: tried again in 15 min" in without.stderr
    out = tmp_path / "out"
    for _ in range(2):
        sent = geo(tmp_path, "worker", "--once", "--json", GEO_SIGNALS_TEAM=str(out))
        assert sent.returncode == 0, sent.stderr
    assert len(list(out.iterdir())) == 1


def _log(text: str) -> list[dict[str, str]]:
    return lines(subprocess.CompletedProcess([], 0, text, ""))


def test_up_serves_and_runs_and_ends_with_all_it_started(tmp_path: Path, due: dict[str, str]) -> None:
    port, api_port = free_port(), free_port()
    environment = {**os.environ, **due, "GEO_HOME": str(tmp_path / "home")}
    command = [*CALL, "up", "--port", str(port), "--api-port", str(api_port)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as program:
        try:
            for address in (
                f"http://127.0.0.1:{api_port}/healthz",
                f"http://127.0.0.1:{port}/_stcore/health",
            ):
                assert _answers(address), address
            children = psutil.Process(program.pid).children(recursive=True)
            assert len(children) >= 3
            deadline = time.monotonic() + 60
            while status(tmp_path)["captured"] < 2 and time.monotonic() < deadline:
                time.sleep(0.5)
        finally:
            program.send_signal(signal.SIGTERM)
            _, log = program.communicate(timeout=60)
    assert program.returncode == 0, log
    assert "worker: w: a pass begins" in log
    assert not [line for line in log.splitlines() if len(STAMP.findall(line)) != 1 and "worker" in line], log
    assert "all ended" in log
    assert not psutil.wait_procs(children, timeout=10)[1]
    assert status(tmp_path) == {"planned": 0, "captured": 2, "failed": 0}


def _answers(address: str) -> bool:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            return httpx.get(address).status_code == 200
        except httpx.TransportError:
            time.sleep(0.2)
    return False
