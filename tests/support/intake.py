"""`geo-tracker intake` as a process of its own, which can be killed and started again."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.places import ROOT

CALL = (sys.executable, "-c", "from geo_tracker.cli import main; main()")
STARTS_WITHIN = 60


@contextmanager
def intake(port: int, log: Path, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """An intake that listens; it is killed in the end, if it was not before."""
    command = [*CALL, "intake", "--port", str(port), "--rate", "100000"]
    with log.open("ab") as out:
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stderr=out)
    try:
        _wait(port, process, log)
        yield process
    finally:
        process.kill()
        process.wait(20)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while process.poll() is None and time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"the intake did not start: {log.read_text(errors='replace')[-2000:]}")
