"""Apps that are asked by hand, from the command line."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_commands import geo, lines
from tests.support.browser import free_port
from tests.support.captured import capture, line

FILE = """
workspace: {slug: w, name: W, timezone: UTC}
brands: [{name: 云纱, role: own}]
prompts: ["哪款面膜好?"]
panels: [{name: apps, apps: [doubao], repeats: 2}]
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "w.yaml").write_text(FILE, "utf-8")
    assert geo(tmp_path, "apply", "w.yaml").returncode == 0
    return tmp_path


def test_a_session_is_listed_skipped_imported_and_asked_again(here: Path) -> None:
    first, second = lines(geo(here, "session", "-w", "w", "--json"))
    assert first == {
        **{
            "row": first["row"],
            "prompt_id": 1,
            "prompt": "哪款面膜好?",
            "engine": "doubao",
            "surface": "web",
        },
        **{"repeat": 1, "status": "planned", "reason": None},
    }
    skipped = geo(here, "session", "-w", "w", "--skip", str(second["row"]), "--reason", "login", "--json")
    assert [(row["status"], row["reason"]) for row in lines(skipped)] == [
        ("planned", None),
        ("failed", "login"),
    ]
    (here / "saved.geo.jsonl").write_bytes(line(capture(at="2099-01-01T00:00:00Z")))
    [done] = lines(geo(here, "import", "saved.geo.jsonl", "-w", "w", "--json"))
    assert (done["format"], done["new"]) == ("companion", 1)
    left = geo(here, "session", "-w", "w", "--retry", str(second["row"]), "--json")
    assert [row["status"] for row in lines(left)] == ["planned"]
    assert "1 of 2 answers are to be captured" in left.stderr
    everything = lines(geo(here, "session", "-w", "w", "--all", "--json"))
    assert [row["status"] for row in everything] == ["captured", "planned"]
    refused = geo(here, "session", "-w", "w", "--retry", str(first["row"]))
    assert refused.returncode == 2 and "is no answer that was asked by hand and failed" in refused.stderr


def test_a_run_leaves_apps_to_people(here: Path) -> None:
    geo(here, "session", "-w", "w")
    done = geo(here, "run", "-w", "w", "--resume")
    assert done.returncode == 0, done.stderr
    assert [row["status"] for row in lines(geo(here, "session", "-w", "w", "--json"))] == ["planned"] * 2


def test_pairing_prints_port_and_token_once(here: Path) -> None:
    port = str(free_port())
    command = [
        sys.executable,
        "-c",
        "from geo_tracker.cli import main; main()",
        "intake",
        "--pair",
        "--port",
        port,
    ]
    with subprocess.Popen(
        command, cwd=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as intake:
        assert intake.stdout
        told = dict(intake.stdout.readline().split() for _ in range(2))
        intake.terminate()
        _, said = intake.communicate(timeout=60)
    assert told["port"] == port and told["token"].startswith("geo_")
    assert told["token"] not in said
    [listed] = lines(geo(here, "token", "list", "-w", "w", "--json"))
    assert listed["opens"] == "capture" and told["token"] not in str(listed)


def test_a_port_that_is_taken_is_told_and_leaves_no_token(here: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = geo(here, "intake", "--pair", "--port", port)
    assert done.returncode == 2 and f"127.0.0.1:{port} cannot be listened on" in done.stderr
    assert done.stdout == "" and lines(geo(here, "token", "list", "-w", "w", "--json")) == []


def test_options_of_a_session_that_contradict_each_other_are_refused(here: Path) -> None:
    for options in (("--skip", "1", "--retry", "1"), ("--reason", "login")):
        assert geo(here, "session", "-w", "w", *options).returncode == 2
    assert {row["status"] for row in lines(geo(here, "session", "-w", "w", "--json"))} == {"planned"}


@pytest.mark.parametrize(
    ("body", "told"), [(b"", "the file is empty"), (b"\x00\x01what", "in no format that is known")]
)
def test_a_file_of_which_nothing_was_read_is_in_the_table(here: Path, body: bytes, told: str) -> None:
    (here / "odd").write_bytes(body)
    done = geo(here, "import", "odd", "-w", "w", "--json")
    [row] = lines(done)
    assert done.returncode == 1 and told in done.stderr
    assert (row["format"], row["read"], told in row["notes"][0]) == ("unknown", 0, True)
