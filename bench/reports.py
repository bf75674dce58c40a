"""How long a report takes, reading apart from rendering: `python -m bench.reports DATABASE_URL WORKSPACE`."""

from __future__ import annotations

import resource
import sys
import time

from geo_tracker.metrics.records import Selection
from geo_tracker.reports.build import build_report
from geo_tracker.reports.renderers import FORMATS, render
from geo_tracker.storage.database import open_engine, reading

AIMS = {"pdf": 10.0, "pptx": 10.0, "xlsx": 15.0}
"""Seconds at 10^5 answers, with at most 500 MB."""


def main(url: str, slug: str) -> None:
    """Print seconds and the peak of memory of each part."""
    start = time.perf_counter()
    with reading(open_engine(url)) as session:
        report, figures = build_report(session, Selection(slug))
    answers = int(figures.facts.cells["answers"].sum())
    print(f"read {answers:,} answers: {time.perf_counter() - start:.1f} s, peak {_peak():.0f} MB")
    for format in FORMATS:
        start = time.perf_counter()
        size = len(render(report, format))
        aim = f" (aim {AIMS[format]:.0f} s)" if format in AIMS else ""
        seconds = time.perf_counter() - start
        print(f"render {format}: {seconds:.1f} s{aim}, {size / 1000:.0f} kB, peak {_peak():.0f} MB")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    main(*sys.argv[1:3])
