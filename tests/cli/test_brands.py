"""The commands that change whom a workspace tracks and say what that moved, as their users meet them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_commands import BRANDS, geo, lines


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "w.yaml").write_text(BRANDS, "utf-8")
    row = {"prompt": "Best mask?", "engine": "openai", "text": "Try Aurora Care, Zentora and Kelvira."}
    (tmp_path / "rows.jsonl").write_text(json.dumps(row), "utf-8")
    assert geo(tmp_path, "import", "rows.jsonl", "-w", "w.yaml").returncode == 0
    return tmp_path


def test_discover_names_who_is_not_tracked_and_adds_one(here: Path) -> None:
    found = lines(geo(here, "discover", "-w", "w", "--json"))
    assert [(each["name"], each["answers"], each["n"]) for each in found] == [
        ("Kelvira", 1, 1),
        ("Zentora", 1, 1),
    ]
    assert found[0]["evidence"][0]["text"] == "Try Aurora Care, Zentora and Kelvira."
    assert "Kelvira" in geo(here, "discover", "-w", "w").stdout

    added = geo(here, "discover", "-w", "w", "--add", "Zentora", "--file", "w.yaml")
    assert (added.returncode, added.stdout) == (0, "add brand Zentora\n")
    assert (here / "w.yaml").read_text("utf-8") == BRANDS + '  - name: "Zentora"\n'
    assert geo(here, "discover", "-w", "w", "--add", "Kelvira").stdout == "add brand Kelvira\n"
    assert geo(here, "apply", "w.yaml").stdout == ""
    assert lines(geo(here, "discover", "-w", "w", "--json")) == []
    metrics = lines(geo(here, "metrics", "-w", "w", "--json"))
    rates = {m["brand"]: m["value"] for m in metrics if m["metric"] == "mention_rate"}
    assert (rates["Zentora"], rates["Kelvira"], rates["云纱"]) == (1.0, 1.0, 0.0)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-w", "nosuch"], "no workspace 'nosuch'"),
        (["-w", "w", "--add", "yunsha"], "tracked already, as 云纱"),
        (["-w", "w", "--file", "w.yaml"], "--add"),
        (["-w", "w", "--add", "Zentora", "--file", "absent.yaml"], "cannot be read"),
        (["-w", "w", "--add", "Zentora", "--file", "other.yaml"], "another workspace"),
    ],
)
def test_a_wrong_discovery_says_so_and_changes_nothing(here: Path, arguments: list[str], says: str) -> None:
    (here / "other.yaml").write_text(BRANDS.replace("slug: w", "slug: v"), "utf-8")
    done = geo(here, "discover", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert (here / "w.yaml").read_text("utf-8") == BRANDS


def test_score_explains_what_a_new_brand_moved(here: Path) -> None:
    (here / "w.yaml").write_text(BRANDS + "  - {name: Zentora}\n", "utf-8")
    geo(here, "apply", "w.yaml")
    done = geo(here, "score", "--all", "--explain", "--json")
    found = lines(done)
    assert done.returncode == 0
    numbers = {(row["brand"], row["metric"]): row for row in found if row["kind"] == "number"}
    assert numbers["Zentora", "mention_rate"]["before"] is None
    assert numbers["Zentora", "mention_rate"]["after"]["value"] == 1.0
    assert numbers["Aurora Care", "share_of_voice"]["before"]["value"] == 1.0
    assert numbers["Aurora Care", "share_of_voice"]["after"]["value"] == 0.5
    (cause,) = [row for row in found if row["kind"] == "cause" and row["what"] == "mention"]
    assert cause["samples"][0]["text"] == "Try Aurora Care, Zentora and Kelvira."
    assert "no number moved" in geo(here, "score", "--all", "--explain").stderr
