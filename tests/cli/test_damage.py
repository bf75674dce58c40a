"""A damaged archive and a full disk, as users meet them: a sentence, exit 1, and only the rows concerned."""

from __future__ import annotations

import json
import resource
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from geo_tracker.cli.doctor import _compared
from tests.cli.test_commands import geo, here, lines

__all__ = ["here"]


@pytest.fixture
def stored(here: Path) -> Path:
    assert geo(here, "import", "rows.jsonl", "--workspace", "w.yaml").returncode == 0
    return here


def bodies(here: Path) -> list[Path]:
    return sorted(path for path in here.joinpath("home").rglob("*.zst"))


def numbers(here: Path) -> list[dict[str, object]]:
    return lines(geo(here, "metrics", "--workspace", "w", "--json"))


def test_a_damaged_body_is_found_and_costs_only_its_row(stored: Path) -> None:
    before = numbers(stored)
    assert before
    whole = geo(stored, "archive", "verify", "--json")
    assert (whole.returncode, whole.stdout) == (0, "")
    assert "2 bodies verified: none missing or damaged" in whole.stderr
    damaged, lost = bodies(stored)
    damaged.write_bytes(b"rust")
    lost.unlink()
    found = geo(stored, "archive", "verify", "--json")
    assert found.returncode == 1
    assert {(row["sha256"], row["state"]) for row in lines(found)} == {
        (damaged.stem, "damaged"),
        (lost.stem, "missing"),
    }
    assert all(row["used_by"].endswith(" of w") for row in lines(found))
    again = geo(stored, "score", "--all")
    assert again.returncode == 1
    assert "Traceback" not in again.stderr
    assert damaged.stem in again.stderr
    assert lost.stem in again.stderr
    assert numbers(stored) == before


def test_a_body_that_no_row_rests_on_is_counted_apart(stored: Path) -> None:
    spare = bodies(stored)[0]
    name = "ab" + "0" * 62
    other = spare.parent.parent / "ab" / f"{name}.zst"
    other.parent.mkdir(exist_ok=True)
    other.write_bytes(spare.read_bytes())
    found = geo(stored, "archive", "verify", "--json")
    assert [(row["sha256"], row["used_by"]) for row in lines(found)] == [(name, None)]
    assert "3 bodies verified, 1 that no row rests on: 1 missing or damaged" in found.stderr


def test_a_full_disk_ends_an_import_with_a_sentence_and_the_rest_comes_later(stored: Path) -> None:
    many = [
        {"prompt": f"q{number}", "engine": "doubao", "text": f"云纱 {number} " + "好" * 3000}
        for number in range(300)
    ]
    (stored / "many.jsonl").write_text("\n".join(map(json.dumps, many)), "utf-8")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    largest = max(path.stat().st_size for path in stored.joinpath("home").rglob("*") if path.is_file())
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest + 300_000, hard))  # the child inherits it
    try:
        cut = geo(stored, "import", "many.jsonl", "--workspace", "w.yaml", "--json")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert cut.returncode == 1, cut.stderr
    assert "Traceback" not in cut.stderr
    assert "then run the command again" in cut.stderr or "look at the disk" in cut.stderr
    again = geo(stored, "import", "many.jsonl", "--workspace", "w.yaml", "--json")
    assert again.returncode == 0, again.stderr
    [row] = lines(again)
    assert row["new"] + row["known"] == 300
    [status] = lines(geo(stored, "status", "--workspace", "w", "--json"))
    assert status["answers"] == 302


def test_doctor_names_the_engines_without_a_key_in_one_line(here: Path) -> None:
    checks = lines(geo(here, "doctor", "--json", OPENAI_API_KEY="k"))
    looked_at = {
        "python",
        "database",
        "schema",
        "archive",
        "disk",
        "clock",
        "permissions",
        "fonts",
        "browser",
    }
    assert looked_at <= {check["check"] for check in checks}
    without = [check for check in checks if check["state"] == "no key"]
    assert len(without) == 1
    assert "doubao (ARK_API_KEY)" in without[0]["detail"]
    assert "openai" not in [name.partition(" ")[0] for name in without[0]["detail"].split("; ")]
    assert {"check": "engine openai", "state": "ok", "detail": "ready"} in checks


def test_doctor_tells_a_clock_that_is_wrong_and_files_that_anybody_may_change(here: Path) -> None:
    now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    told = [_compared(now, now + timedelta(seconds=apart))["state"] for apart in (-9, -4, 0, 4, 9)]
    assert told == ["broken", "ok", "ok", "ok", "broken"]
    database = here / "home" / "geo.db"
    assert geo(here, "doctor").returncode == 0
    database.chmod(0o666)
    checks = lines(geo(here, "doctor", "--json"))
    assert [check["detail"] for check in checks if check["state"] == "broken"] == [
        f"{database}: every user may change it: chmod o-w"
    ]
