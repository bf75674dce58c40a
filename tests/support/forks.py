"""Spiders as processes that start in no time: one that has loaded everything forks one for each crawl.

Speaks JSON lines: {environment, options, fault} starts a crawl and gives its pid, {wait: pid} gives its exit code.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import IO, Any

from tests.support.places import ROOT


class Forks:
    """The process that forks, seen from the one that gives orders."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        settings = {"SCRAPY_SETTINGS_MODULE": "spiders.settings"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.forks"],
            env={**environment, **settings},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(
        self, environment: Mapping[str, str], options: Mapping[str, Any], fault: Mapping[str, Any]
    ) -> int:
        """Begin a crawl of answers; its process id."""
        return self._ask({"environment": dict(environment), "options": dict(options), "fault": dict(fault)})

    def wait(self, pid: int) -> int:
        """The exit code of a crawl, when it has ended; -9 where it was killed."""
        return self._ask({"wait": pid})

    def _ask(self, order: dict[str, Any]) -> int:
        into, out = self._process.stdin, self._process.stdout
        assert into and out
        into.write(json.dumps(order) + "\n")
        into.flush()
        return int(out.readline())

    def close(self) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait(30)
        if self._process.stdout:
            self._process.stdout.close()


def _serve(orders: IO[str]) -> None:
    from scrapy import cmdline  # loaded once, for all crawls

    import spiders.answers
    import spiders.references  # noqa: F401
    from geo_tracker.engines import engines

    engines()
    for line in orders:
        order = json.loads(line)
        if "wait" in order:
            _, status = os.waitpid(order["wait"], 0)
            print(os.waitstatus_to_exitcode(status), flush=True)
            continue
        pid = os.fork()
        if not pid:
            _become(order, cmdline.execute)
        print(pid, flush=True)


def _become(order: dict[str, Any], execute: Any) -> None:
    """Turn this copy into a crawl; never returns."""
    silent = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1) if os.environ.get("FORKS_LOUD") else (0, 1, 2):
        os.dup2(silent, stream)
    os.environ.update(order["environment"])
    _break(order["fault"])
    options = [part for name, value in order["options"].items() for part in ("-s", f"{name}={value}")]
    try:
        execute(["scrapy", "crawl", "answers", "-a", "workspace=w", *options])
    except SystemExit as done:
        os._exit(int(done.code or 0))
    os._exit(0)


def _break(fault: dict[str, Any]) -> None:
    """Have the disk fill up after so many bodies, or the clock be wrong."""
    from datetime import timedelta

    from geo_tracker.storage import archive
    from spiders.rows import RowSpider

    if "bodies" in fault:
        begin, left = archive._Partial.begin, [int(fault["bodies"])]

        def full(path: Any, packed: bytes) -> archive._Partial:
            left[0] -= 1
            if left[0] < 0:
                raise OSError(fault["errno"], os.strerror(fault["errno"]))
            return begin(path, packed)

        archive._Partial.begin = full  # type: ignore[method-assign,assignment]
    if "clock" in fault:
        now = RowSpider.now
        RowSpider.now = lambda self: now(self) + timedelta(seconds=fault["clock"])  # type: ignore[method-assign]


if __name__ == "__main__":
    _serve(sys.stdin)
