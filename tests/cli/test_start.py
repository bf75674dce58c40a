"""What a command loads before it begins: nothing that another command needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("pandas", "trafilatura", "altair", "alembic", "scrapy", "streamlit", "rjieba")
PROGRAM = """
import sys
from geo_tracker.cli import main
try:
    main()
except SystemExit as end:
    print("code", end.code)
print("loaded", *(name for name in sys.argv[-1].split(",") if name in sys.modules))
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = PROGRAM.replace("sys.argv[-1]", repr(",".join(HEAVY)))
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True
    )


def test_help_lists_every_command_and_loads_none() -> None:
    out = run("--help").stdout
    assert "loaded\n" in out + "\n"
    assert "Take real answers from files" in out  # of a command's function
    assert "The answer engines: what there is" in out  # of a group's `help`
    assert "status" in out


def test_status_loads_no_charts_or_readers() -> None:
    run("status")  # makes the database, for which Alembic is needed
    # The daily tables take their columns from `geo_tracker.metrics`, which still brings pandas along.
    assert set(run("status").stdout.splitlines()[-1].split()) <= {"loaded", "pandas"}


@pytest.mark.parametrize("name", ["import", "status", "engines"])
def test_a_command_that_is_called_is_the_real_one(name: str) -> None:
    assert "--json" in run(name, "--help").stdout


def test_an_unknown_command_is_refused() -> None:
    assert "code 2" in run("nonsense").stdout
