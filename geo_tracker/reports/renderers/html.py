"""The report as one HTML file that needs nothing else, reads on a phone and prints."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from geo_tracker.reports.model import Report
from geo_tracker.reports.renderers.page import page


def render(report: Report) -> bytes:
    """The file's bytes, UTF-8."""
    environment = Environment(
        loader=PackageLoader("geo_tracker.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html").render(**_page(report)).encode()


def _page(report: Report) -> dict[str, Any]:
    laid = page(report)
    for block in (block for section in laid["sections"] for block in section["blocks"]):
        if block["type"] == "chart":
            # drawn by Vega from specs of ours: it escapes the text in them, and nothing else goes in
            block["svg"] = Markup(block["svg"])  # noqa: S704
    return laid
