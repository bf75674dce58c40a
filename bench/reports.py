"""How long a report takes, reading apart from rendering: `python -m bench.reports DATABASE_URL WORKSPACE`.

Each format is made in a process of its own. Seconds are those of the processor, with those that passed in brackets.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time

from geo_tracker.metrics.records import Selection
from geo_tracker.reports.build import build_report
from geo_tracker.reports.renderers import FORMATS, render
from geo_tracker.storage.database import open_engine, reading

AIMS = {"pdf": 10.0, "pptx": 10.0, "xlsx": 15.0}
"""Seconds at 10^5 answers, with at most 500 MB."""


def main(url: str, slug: str) -> None:
    """Print seconds and the peak of memory of each format."""
    for format in FORMATS:
        command = [sys.executable, "-m", "bench.reports", url, slug, format]
        subprocess.run(command, check=True)  # noqa: S603


def measure(url: str, slug: str, format: str) -> None:
    """One format, from the database to the bytes."""
    began, passed = time.process_time(), time.perf_counter()
    with reading(open_engine(url)) as session:
        report, figures = build_report(session, Selection(slug))
    read = time.process_time() - began
    size = len(render(report, format))
    seconds, wall = time.process_time() - began, time.perf_counter() - passed
    answers = int(figures.facts.cells["answers"].sum())
    aim = f" (aim {AIMS[format]:.0f} s)" if format in AIMS else ""
    print(
        f"{format} of {answers:,} answers: {seconds:.1f} s{aim} [{wall:.1f} s], of them read {read:.1f} s; "
        f"{size / 1000:.0f} kB, peak {_peak():.0f} MB",
        flush=True,
    )


def _peak() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (1024 * (1024 if sys.platform == "darwin" else 1))


if __name__ == "__main__":
    main(*sys.argv[1:3]) if len(sys.argv) == 3 else measure(*sys.argv[1:4])
