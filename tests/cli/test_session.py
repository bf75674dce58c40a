"""Apps that are asked by hand, from the command line."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.cli.test_commands import geo, lines
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
    with socket.socket() as taken:  # so that it ends by itself
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = geo(here, "intake", "--pair", "--port", port)
    told = dict(each.split() for each in done.stdout.splitlines())
    assert told["port"] == port and told["token"].startswith("geo_")
    assert told["token"] not in done.stderr
    [listed] = lines(geo(here, "token", "list", "-w", "w", "--json"))
    assert listed["opens"] == "capture" and told["token"] not in str(listed)
