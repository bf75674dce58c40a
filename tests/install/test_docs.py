"""The README and the pages under `docs/` name what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from geo_tracker.cli import app
from tests.support.places import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
FILE = re.compile(
    r"`((?:geo_tracker|dashboard|spiders|tests|bench|deploy|companion|docs)/[\w./-]+\.\w+)(?:::\w+)?`"
)
MODULE = re.compile(r"python -m ((?:bench|tests)\.[\w.]+)")
LINK = re.compile(r"\]\(([\w./-]+\.\w+)(?:#[^)]*)?\)")


def test_the_readme_names_every_command() -> None:
    table = (ROOT / "README.md").read_text("utf-8")
    named = set(re.findall(r"`([a-z]+)[ `|]", table)) | set(re.findall(r"geo-tracker ([a-z]+)", table))
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert set(commands) - named == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_points_at_is_there(page: Path) -> None:
    text = page.read_text("utf-8")
    gone = [name for name in FILE.findall(text) if "NNNN" not in name and not (ROOT / name).exists()]
    gone += [name for name in MODULE.findall(text) if not (ROOT / f"{name.replace('.', '/')}.py").exists()]
    gone += [name for name in LINK.findall(text) if not (page.parent / name).exists()]
    assert gone == []
