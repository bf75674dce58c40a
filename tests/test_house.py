"""The shape of the code: an empty root, rooms that the contract names, base names that mean one thing."""

from __future__ import annotations

import configparser
import re
from collections import defaultdict
from pathlib import Path

from tests.support.places import ROOT

PACKAGE = ROOT / "geo_tracker"
GROUND = {"__init__", "plugins", "errors", "config"}
NOUNS = {
    "answers", "pages", "sources", "offers", "shelf", "support", "gap", "judge", "status", "candidates", "brands",
    "apply", "intake", "source_changes", "stability", "discover", "records", "prices", "base", "page", "selection",
    "experiments", "planner",
    "attributes", "prompts", "budget", "spending", "priors",
}  # fmt: skip
"""Names of more than one file: each is the same thing on another floor."""


def modules() -> list[Path]:
    folders = (PACKAGE, ROOT / "dashboard", ROOT / "spiders")
    return [path for folder in folders for path in folder.rglob("*.py") if "versions" not in path.parts]


def test_the_root_holds_the_ground_only() -> None:
    assert {path.stem for path in PACKAGE.glob("*.py")} == GROUND


def test_every_room_is_in_the_contract() -> None:
    contract = configparser.ConfigParser()
    contract.read(ROOT / ".importlinter")
    storeys = contract["importlinter:contract:layers"]["layers"]
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert {room for room in rooms if f"geo_tracker.{room}" not in storeys} == set()


def test_every_room_is_in_the_picture() -> None:
    picture = (ROOT / "CONTRIBUTING.md").read_text("utf-8").split("```")[1]
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")} | GROUND - {"__init__"} | {"i18n"}
    assert rooms - {*re.findall(r"\w+", picture)} == set()


def test_a_name_means_one_thing() -> None:
    """Commands, dashboard pages, engines and the sandbox are named after the noun that they show or stand in for."""
    faces = {"cli", "reads", "formats", "app_pages", "engines", "assistants", "captures", "wire"}
    faces |= {"renderers", "sections"}
    files = defaultdict(list)
    for path in modules():
        if path.parent.name not in faces and "sandbox" not in path.parts and not path.stem.startswith("_"):
            files[path.stem].append(path.relative_to(ROOT).as_posix())
    twice = {name: found for name, found in files.items() if len(found) > 1 and name not in NOUNS}
    assert twice == {}


def test_nobody_calls_a_file_a_drawer() -> None:
    drawers = {"utils", "util", "helpers", "helper", "manager", "service", "misc", "common"}
    assert [path for path in modules() if path.stem in drawers] == []
