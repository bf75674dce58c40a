"""One module a format: each turns a report into the bytes of a file, and knows nothing but the shapes of blocks."""

from __future__ import annotations

from importlib import import_module

from geo_tracker.errors import UsageError
from geo_tracker.reports.model import Report

FORMATS = ("pdf", "pptx", "xlsx", "html")


def render(report: Report, format: str) -> bytes:
    """The report as a file of that format; raises `UsageError` for an unknown one."""
    if format not in FORMATS:
        raise UsageError(f"no format {format!r}: there are {', '.join(FORMATS)}")
    data: bytes = import_module(f"{__name__}.{format}").render(report)
    return data
