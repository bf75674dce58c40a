"""Commands and spiders as processes that start in no time: one that has loaded the program forks one for each.

Most of what a short command takes is loading: 0.6 s of 0.7, of a spider 1.3 of 1.6. Speaks JSON lines: {program,
arguments, folder, environment, files} runs it with those files as its streams and gives its exit code.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import resource
import select
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any

from tests.support.places import ROOT

PLAIN = {
    "geo-tracker": "from geo_tracker.cli import main; main()",
    "scrapy": "from scrapy.cmdline import execute; execute()",
}
STREAMS = ("stdin", "stdout", "stderr")
LONGEST = 120
"""Seconds that a command may take."""


def run(
    arguments: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    stdin: bytes = b"",
    *,
    program: str = "geo-tracker",
) -> subprocess.CompletedProcess[str]:
    """Run `geo-tracker` or `scrapy` in a process of its own, which inherits nothing but what is given here."""
    if _is_limited():
        command = [sys.executable, "-c", PLAIN[program], *arguments]
        done = subprocess.run(
            command,
            input=stdin,
            capture_output=True,
            cwd=folder,
            env=environment,
            timeout=LONGEST,
            check=False,
        )
        return subprocess.CompletedProcess(
            command, done.returncode, done.stdout.decode(), done.stderr.decode()
        )
    with tempfile.TemporaryDirectory() as streams:
        files = [str(Path(streams) / name) for name in STREAMS]
        Path(files[0]).write_bytes(stdin)
        order = {"program": program, "arguments": [*arguments], "folder": str(folder)}
        code = _forks(_start(environment)).run({**order, "environment": {**environment}, "files": files})
        out, err = (Path(file).read_bytes().decode() for file in files[1:])
    return subprocess.CompletedProcess([program, *arguments], code, out, err)


def _is_limited() -> bool:
    """Whether the caller has set a limit, which what it starts is to inherit."""
    return resource.getrlimit(resource.RLIMIT_FSIZE) != (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def _start(environment: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """What of an environment takes effect when Python starts: each such set has a process that forks."""
    return frozenset(
        (name, value) for name, value in environment.items() if name.startswith(("PYTHON", "LD_"))
    )


class _Forks:
    """The process that forks, seen from the one that gives orders."""

    def __init__(self, start: frozenset[tuple[str, str]]) -> None:
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LD_"))}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.commands"],
            cwd=ROOT,
            env={**plain, **dict(start), "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        atexit.register(self._process.kill)

    def run(self, order: Mapping[str, Any]) -> int:
        into, out = self._process.stdin, self._process.stdout
        assert into and out
        into.write(json.dumps(order) + "\n")
        into.flush()
        pid = int(out.readline())
        if not select.select([out], [], [], LONGEST)[0]:
            os.kill(pid, 9)
            raise subprocess.TimeoutExpired([order["program"], *order["arguments"]], LONGEST)
        return int(out.readline())


@cache
def _forks(start: frozenset[tuple[str, str]]) -> _Forks:
    return _Forks(start)


def _serve(orders: IO[str]) -> None:
    _load()
    for line in orders:
        order = json.loads(line)
        pid = os.fork()
        if not pid:
            _become(order)
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _load() -> None:
    """What commands load when they are called: the heaviest of it, once for all."""
    from importlib import import_module
    from pkgutil import walk_packages

    import scrapy.cmdline
    import scrapy.commands.crawl  # noqa: F401
    from typer.main import get_command
    from typer.testing import CliRunner

    import geo_tracker
    import spiders
    from geo_tracker.cli import app
    from geo_tracker.engines import engines
    from geo_tracker.i18n import languages, read_strings

    get_command(app)
    for package in (geo_tracker, spiders):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                import_module(module.name)
    engines()
    for language in languages():
        read_strings(language)
    with (
        tempfile.TemporaryDirectory() as folder
    ):  # dictionaries and lists, which are read with the first text
        (Path(folder) / "w.yaml").write_text(
            "workspace: {slug: w}\nbrands: [{name: 云纱}, {name: Aurora}]", "utf-8"
        )
        given = ["analyse", "-", "-w", f"{folder}/w.yaml", "--json"]
        assert CliRunner().invoke(app, given, input="首选云纱,不错。\nAurora is good.").exit_code == 0
    gc.freeze()


def _become(order: dict[str, Any]) -> None:
    """Turn this copy into a command; never returns."""
    for number, (file, how) in enumerate(
        zip(order["files"], (os.O_RDONLY, *[os.O_WRONLY | os.O_CREAT] * 2), strict=True)
    ):
        os.dup2(os.open(file, how), number)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - its own, without what was read ahead
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = [order["program"], *order["arguments"]]
    code = 1
    try:
        exec(PLAIN[order["program"]], {})
        code = 0
    except SystemExit as done:
        code = done.code if isinstance(done.code, int) else int(bool(done.code))
    except BaseException:  # noqa: BLE001 - as Python itself ends
        import traceback

        traceback.print_exc()
    finally:
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            if not stream.closed:
                stream.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve(sys.stdin)
