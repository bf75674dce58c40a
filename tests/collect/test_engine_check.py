"""`geo-tracker engines` and `engines test NAME`: one question, its answer or exactly what failed."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from geo_tracker.collect.plan import place_note
from geo_tracker.engines import engines
from geo_tracker.engines.base import Prompt
from geo_tracker.sandbox import running
from geo_tracker.workspaces.entries import PromptEntry
from tests.support import commands
from tests.support.places import DATA
from tests.support.server import Server


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    with running() as url:
        yield url


@pytest.fixture
def server() -> Iterator[Server]:
    with Server().running() as running_server:
        yield running_server


def call(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return commands.run(("engines", *arguments), Path.cwd(), {**os.environ, **environment})


def record(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    (line,) = done.stdout.splitlines()
    return dict(json.loads(line))


def tiny(server: Server, prompt: str, key: str = "tiny-secret-key") -> subprocess.CompletedProcess[str]:
    """The test engine of tests/data/plugin, which fails as its prompt says."""
    plugin = DATA / "plugin"
    return call(
        "test", "tiny", "--json", "--prompt", prompt,
        PYTHONPATH=str(plugin), TINY_API_KEY=key, GEO_TINY_BASE_URL=server.url,
    )  # fmt: skip


def test_the_list_names_every_engine_and_its_contract() -> None:
    rows = [json.loads(line) for line in call("--json").stdout.splitlines()]
    fields = (
        "label",
        "surface",
        "key_variable",
        "ready",
        "citations",
        "offers",
        "locale",
        "confidence",
        "price",
    )
    assert {row["name"] for row in rows} == set(engines())
    assert all(name in row for row in rows for name in fields)


def test_the_table_fits_a_terminal_and_hides_nothing() -> None:
    lines = call().stdout.splitlines()
    assert max(map(len, lines)) <= 120
    assert not any("…" in line for line in lines)
    shown = {line.split()[0] for line in lines if line.strip()}
    assert set(engines()) <= shown


def test_an_answer_is_shown_parsed(sandbox: str) -> None:
    done = call("test", "openai", "--json", "--country", "us", GEO_SANDBOX_URL=sandbox)
    found = record(done)
    assert done.returncode == 0
    assert len(found["text"]) > 100 and found["citations"] and found["queries"]
    assert (found["search"], found["sandbox"], found["error"], found["unsupported"]) == (
        "yes",
        True,
        None,
        [],
    )
    assert found["model"] and found["usage"]["total_tokens"]
    assert found["cost"] is None, "a cost that is not reported is not invented"
    assert found["estimated_cost"]["amount"] > 0 and found["estimated_cost"]["seen"]
    assert 0 <= found["seconds"] < 60
    assert [each["status"] for each in found["responses"]] == [200]


def test_an_answer_is_shown_to_people(sandbox: str, tmp_path: Path) -> None:
    body = tmp_path / "body.json"
    place = {"GEO_SANDBOX_URL": sandbox, "TMPDIR": str(tmp_path)}
    done = call("test", "kimi", "--country", "CN", "--body", str(body), **place)
    assert done.returncode == 0
    assert "SANDBOX" in done.stderr
    assert "not supported by this engine, so not sent: country" in done.stderr
    assert done.stderr.count("HTTP 200") == 4, "a tool loop of four requests"
    assert "cited" in done.stdout and "not reported" in done.stdout
    assert json.loads(body.read_bytes())["choices"]
    assert list(tmp_path.iterdir()) == [body], "nothing else is left behind"
    assert not Path(os.environ["GEO_HOME"]).exists()


def test_a_missing_key_is_named_and_nothing_is_asked() -> None:
    done = call("test", "doubao", "--json")
    found = record(done)
    assert done.returncode == 1
    assert (found["error"]["kind"], found["responses"]) == ("auth", [])
    assert "set ARK_API_KEY" in found["error"]["message"]


@pytest.mark.parametrize(
    ("prompt", "key", "kind", "message", "statuses"),
    [
        ("hello", "wrong-key-1", "auth", "bad key", [401]),
        ("fail:broken please", "right-key", "malformed", "", [200]),
        ("fail:cut please", "right-key", "transient", "cut off", []),
    ],
)
def test_a_failure_is_told_exactly_and_asked_once(
    server: Server, prompt: str, key: str, kind: str, message: str, statuses: list[int]
) -> None:
    done = tiny(server, prompt, key)
    found = record(done)
    assert done.returncode == 1
    assert found["error"]["kind"] == kind
    assert message in found["error"]["message"]
    assert found["error"]["advice"]
    assert [each["status"] for each in found["responses"]] == statuses
    assert len(server.seen) == 1
    assert key not in done.stdout + done.stderr


def test_the_wait_that_is_asked_for_is_told_and_not_sat_out(server: Server) -> None:
    found = record(tiny(server, "fail:429hour please"))
    assert found["error"]["kind"] == "rate_limit"
    assert 3600 <= found["error"]["retry_after"] < 4000
    assert len(server.seen) == 1


def test_an_unknown_engine_is_a_usage_error() -> None:
    done = call("test", "nosuch")
    assert done.returncode == 2
    assert "no engine named 'nosuch'" in done.stderr


def test_a_country_that_engines_cannot_take_is_reported() -> None:
    prompts = [PromptEntry(text="敏感肌面膜?", country="CN"), PromptEntry(text="best CRM")]
    note = place_note(prompts, ["openai", "kimi", "metaso"]) or ""
    assert note.startswith("country CN is not supported by kimi, metaso:")
    assert place_note(prompts, ["openai", "claude"]) is None
    assert place_note(prompts[1:], ["kimi"]) is None
    assert engines()["kimi"].unsupported(Prompt("q", "zh", "CN")) == ("language", "country")
    assert engines()["openai"].unsupported(Prompt("q", country="CN", timezone="Asia/Shanghai")) == ()
