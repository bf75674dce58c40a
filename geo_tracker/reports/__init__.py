"""Reports for people outside the dashboard: one model, one renderer per format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlmodel import Session

from geo_tracker.errors import UsageError
from geo_tracker.queries.facts import Filters
from geo_tracker.reports.csv import write_csv
from geo_tracker.reports.html import write_html
from geo_tracker.reports.report import Compare, Report, build_report

RENDERERS: dict[str, Callable[[Report, Path], list[Path]]] = {"csv": write_csv, "html": write_html}
FORMATS = tuple(RENDERERS)


def export(
    session: Session, filters: Filters, *, format: str, out: Path, compare: Compare = "previous"
) -> list[Path]:
    """Write a report of the selection and return the files written.

    `out` is a folder (made if need be), or a file ending in .zip (csv) or .html (html). Raises `UsageError`
    for an unknown format and for a selection without answers.
    """
    if format not in RENDERERS:
        raise UsageError(f"no format {format!r}: there are {', '.join(FORMATS)}")
    return RENDERERS[format](build_report(session, filters, compare), out)
