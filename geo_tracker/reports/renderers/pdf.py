"""The report as a tagged PDF, set by Typst from data: no text of an answer is ever read as markup."""

from __future__ import annotations

import base64
import json
import shutil
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst

from geo_tracker.errors import GeoTrackerError
from geo_tracker.reports.model import Report
from geo_tracker.reports.renderers.drawing import FONT, LATIN_FONT, font_folder
from geo_tracker.reports.renderers.page import page

SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/svg+xml": "svg"}


def render(report: Report) -> bytes:
    """The file's bytes; raises `GeoTrackerError` with what Typst says where it cannot set the page."""
    with tempfile.TemporaryDirectory(prefix="geo-report-") as folder:
        root = Path(folder)
        (root / "report.json").write_text(json.dumps(_page(report, root), ensure_ascii=False), "utf-8")
        (root / "report.typ").write_text(_template(), "utf-8")
        for path in report.branding.font_files:
            shutil.copy(path, root)
        try:
            data: bytes = typst.compile(
                root / "report.typ",
                root=root,
                font_paths=[font_folder(), root],
                ignore_system_fonts=True,
            )
        except typst.TypstError as error:
            raise GeoTrackerError(f"the PDF could not be set: {error}") from error
    return data


def _template() -> str:
    return (files("geo_tracker.reports") / "templates" / "report.typ").read_text("utf-8")


def _page(report: Report, root: Path) -> dict[str, Any]:
    laid = page(report)
    laid["fonts"] = [report.branding.font, FONT] if report.branding.font else [FONT]
    laid["latin_font"] = LATIN_FONT
    for side in ("agency", "client"):
        laid["branding"][side]["logo"] = _picture(laid["branding"][side]["logo"], root / side)
    return laid


def _picture(address: str, path: Path) -> str:
    """A data address as a file; its name, empty where there is none."""
    if not address:
        return ""
    kind, _, data = address.removeprefix("data:").partition(";base64,")
    path = path.with_suffix(f".{SUFFIXES[kind]}")
    path.write_bytes(base64.b64decode(data))
    return path.name
