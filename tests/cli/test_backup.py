"""Backup, restore, delete and prune as users meet them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.test_commands import geo, here, lines
from tests.cli.test_damage import bodies, numbers, stored

__all__ = ["here", "stored"]


def test_a_backup_comes_back_in_another_home(stored: Path, tmp_path: Path) -> None:
    before = numbers(stored)
    made = geo(stored, "backup", "geo.tar", "--json")
    (record,) = lines(made)
    assert (made.returncode, record["bodies"], record["unread"]) == (0, 2, 0)
    again = geo(stored, "backup", "geo.tar")
    assert again.returncode == 2
    assert "never writes over" in again.stderr
    full = geo(stored, "restore", "geo.tar")
    assert full.returncode == 2
    assert "holds rows" in full.stderr
    stored.joinpath("home").rename(stored / "lost")
    back = geo(stored, "restore", "geo.tar", "--json")
    assert (back.returncode, lines(back)[0]["rows"]) == (0, record["rows"])
    assert numbers(stored) == before
    assert len(bodies(stored)) == 2
    assert geo(stored, "score", "--all").returncode == 0
    assert numbers(stored) == before


@pytest.mark.parametrize("content", [b"", b"no tar file", b"\0" * 2000])
def test_what_is_no_backup_is_told(here: Path, content: bytes) -> None:
    here.joinpath("other.tar").write_bytes(content)
    told = geo(here, "restore", "other.tar")
    assert told.returncode in (1, 2)
    assert "other.tar" in told.stderr
    assert "Traceback" not in told.stderr
    assert geo(here, "restore", "nowhere.tar").returncode == 2


def test_a_workspace_is_deleted_only_when_that_is_meant(stored: Path) -> None:
    asked = geo(stored, "workspace", "delete", "w")
    assert asked.returncode == 2
    assert "say --yes" in asked.stderr
    assert numbers(stored)
    gone = geo(stored, "workspace", "delete", "w", "--yes", "--json")
    assert (gone.returncode, lines(gone)) == (0, [{"answers": 2, "pages": 1, "bodies": 2}])
    assert not bodies(stored)
    assert geo(stored, "workspace", "delete", "w", "--yes").returncode == 2


def test_prune_removes_what_is_old_and_unused(stored: Path) -> None:
    used = bodies(stored)
    archive = used[0].parent.parent
    spare, young, astray = (archive / where / f"{where[:2] * 32}.zst" for where in ("ab", "cd", "cde"))
    for each in (spare, young, astray):
        each.parent.mkdir(exist_ok=True)
        each.write_bytes(used[0].read_bytes())
    for each in (spare, *used):
        os.utime(each, (0, 0))
    pruned = geo(stored, "archive", "prune", "--json")
    assert (pruned.stderr, lines(pruned)) == ("", [{"answers": 0, "pages": 0, "removed": 1}])
    assert bodies(stored) == sorted([*used, young, astray])
