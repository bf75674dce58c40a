"""A run started from the dashboard: a process of its own, which goes on when the reader leaves."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

TAIL = 2_000
"""Characters of a run's messages that are shown, the newest."""
COMMAND = (sys.executable, "-P", "-c", "from geo_tracker.cli import main; main()")


@dataclass(frozen=True, slots=True)
class Running:
    """A process and where its messages go."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    @property
    def messages(self) -> str:
        """The end of what it said."""
        return self.log.read_bytes()[-4 * TAIL :].decode("utf-8", "replace")[-TAIL:]


@st.cache_resource(show_spinner=False)
def _started() -> dict[str, Running]:
    return {}


def last(slug: str) -> Running | None:
    """The run of a workspace that was started last here, ended or not."""
    return _started().get(slug)


def start(slug: str, who: str, *options: str) -> None:
    """Run `geo-tracker run` for a workspace in the name of `who`, unless it runs already."""
    known = last(slug)
    if known and known.alive:
        return
    log = Path(tempfile.mkdtemp(prefix="geo-run-"), "log")
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - the command is ours, the slug one argument of it
            [*COMMAND, "run", "--workspace", slug, *options],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "GEO_ACTING": who},
        )
    _started()[slug] = Running(process, log)


def stop(slug: str) -> None:
    """Ask it to end: what it has in hand is put away, the rest stays planned."""
    known = last(slug)
    if known and known.alive:
        known.process.terminate()
