"""Reports for people outside the dashboard: one model, one renderer per format."""

from __future__ import annotations

from pathlib import Path
from pkgutil import resolve_name

from sqlmodel import Session

from geo_tracker.errors import UsageError
from geo_tracker.queries.facts import Selection
from geo_tracker.reports.figures import Compare, read_figures

RENDERERS = {"csv": "geo_tracker.reports.csv:write_csv", "html": "geo_tracker.reports.html:write_html"}
"""Format -> function from figures and a place to the files written; imported when asked for, for its libraries."""
FORMATS = tuple(RENDERERS)


def export(
    session: Session, filters: Selection, *, format: str, out: Path, compare: Compare = "previous"
) -> list[Path]:
    """Write a report of the selection and return the files written.

    `out` is a folder (made if need be), or a file ending in .zip (csv) or .html (html). Raises `UsageError`
    for an unknown format and for a selection without answers.
    """
    if format not in RENDERERS:
        raise UsageError(f"no format {format!r}: there are {', '.join(FORMATS)}")
    figures = read_figures(session, filters, compare)
    if figures.facts.empty:
        raise UsageError("nothing to report: no answers in this selection - widen the dates or the filters")
    written: list[Path] = resolve_name(RENDERERS[format])(figures, out)
    return written
