"""Commands of this program as child processes that write to one log, and end with their parent."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Thread

import orjson

PROGRAM = "from geo_tracker.cli import main; main()"
GRACE = 30.0
"""Seconds that a child gets to put away what it has in hand."""


def log(name: str, message: str, *, json: bool) -> None:
    """One line of the log on stderr: when, who, what."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    line = (
        orjson.dumps({"at": now, "from": name, "message": message}).decode()
        if json
        else f"{now} {name}: {message}"
    )
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


@dataclass(slots=True)
class Child:
    """A command in a process of its own; every line that it writes is logged under its name."""

    name: str
    arguments: Sequence[str]
    json: bool = False
    logs: bool = False
    """What it writes are lines of this log already."""
    process: subprocess.Popen[str] = field(init=False)
    _reader: Thread = field(init=False)

    def __post_init__(self) -> None:
        # -P: nothing that lies where the user stands is imported. Its own session: Ctrl-C reaches the parent alone.
        command = [sys.executable, "-P", "-c", PROGRAM, *self.arguments]
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._reader = Thread(target=self._copy, daemon=True)
        self._reader.start()

    def _copy(self) -> None:
        for line in self.process.stdout or ():
            if self.logs:
                sys.stderr.write(line)
                sys.stderr.flush()
            elif line.strip():
                log(self.name, line.rstrip(), json=self.json)

    def ended(self) -> int | None:
        """Its exit code; None while it runs."""
        code = self.process.poll()
        if code is not None:
            self._reader.join(GRACE)
        return code

    def stop(self) -> None:
        """Ask it to end and to put away what it has in hand."""
        if self.process.poll() is None:
            self.process.terminate()

    def wait(self) -> int:
        """Its exit code, when it has ended; killed where that takes longer than `GRACE`."""
        try:
            self.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join(GRACE)
        return int(self.process.returncode)
