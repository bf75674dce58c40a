"""Offline stand-ins: engines that speak the real wire formats, and a fictional web to crawl.

Everything here is invented, and everything it produces is labelled as sandbox data.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from geo_tracker.errors import GeoTrackerError


@contextmanager
def running(
    *,
    seed: int = 1,
    faults: float = 0.0,
    fault: str | None = None,
    start: date | None = None,
    hang: float = 3.0,
    port: int = 0,
) -> Iterator[str]:
    """Run the server as a process of its own; yields its address and always stops it.

    It also ends by itself when this process does, even if that is killed. The options are those of
    `geo_tracker.sandbox.server.Options`. Raises `GeoTrackerError` if it does not start.
    """
    command = [sys.executable, "-P", "-m", __name__, "--with-parent", f"--port={port}", f"--seed={seed}"]
    command += [f"--faults={faults}", f"--hang={hang}", *([f"--start={start}"] if start else [])]
    command += [f"--fault={fault}"] if fault else []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own module
        try:
            yield _address(process)
        finally:
            process.terminate()


def _address(process: subprocess.Popen[bytes]) -> str:
    """What the server prints once it can be reached."""
    line = process.stdout.readline() if process.stdout else b""
    if not line:
        raise GeoTrackerError(
            f"the sandbox did not start (exit code {process.wait()}); see the message above"
        )
    url: str = json.loads(line)["url"]
    return url
