"""Every table of a selection and its raw answers in one zip, as `geo-tracker export` writes them."""

from __future__ import annotations

import tempfile
from pathlib import Path

from sqlmodel import Session

from geo_tracker.exports.export import export
from geo_tracker.metrics.records import Selection

BUNDLES = ("csv", "parquet", "jsonl")


def bundle(session: Session, selection: Selection, format: str) -> bytes:
    """The zip's bytes, with a datapackage.json that says what every column is."""
    with tempfile.TemporaryDirectory(prefix="geo-bundle-") as folder:
        (packed,) = export(session, selection, format=format, out=Path(folder) / "bundle.zip")
        return packed.read_bytes()
