"""A report as plain records with all cells as text and all charts as pictures: what HTML and PDF are set from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from geo_tracker.i18n import Translate, translate
from geo_tracker.reports.cells import NUMBERS, shown
from geo_tracker.reports.model import Block, Chart, Paragraph, Quotes, Report, Table
from geo_tracker.reports.renderers.drawing import svg


def page(report: Report) -> dict[str, Any]:
    """The whole report; blocks say their `type`."""
    t = translate(report.language)
    return {
        "language": report.language,
        "title": report.title,
        "subtitle": report.subtitle,
        "period": report.period,
        "made": report.made,
        "sandbox": report.sandbox,
        "notices": list(report.notices),
        "labels": dict(report.labels),
        "branding": asdict(report.branding),
        "sections": [
            {
                "name": each.name,
                "title": each.title,
                "blocks": list(_blocks(each.blocks, t, report.branding.font)),
            }
            for each in report.sections
        ],
    }


def _blocks(blocks: tuple[Block, ...], t: Translate, font: str) -> Iterator[dict[str, Any]]:
    for block in blocks:
        match block:
            case Paragraph():
                yield {"type": "paragraph", **asdict(block)}
            case Chart():
                yield {
                    "type": "chart",
                    "title": block.title,
                    "alt": block.alt,
                    "form": block.form,
                    "svg": svg(block, font),
                }
            case Quotes():
                yield {"type": "quotes", **asdict(block)}
            case Table():
                yield _table(block, t)


def _table(table: Table, t: Translate) -> dict[str, Any]:
    return {
        "type": "tiles" if table.tiles else "table",
        "title": table.title,
        "note": table.note,
        "marked": list(table.marked),
        "empty": "" if table.rows else t("doc.empty_table"),
        "columns": [
            {"title": each.title, "kind": each.kind, "number": each.kind in NUMBERS, "wide": each.wide}
            for each in table.columns
        ],
        "rows": [
            [asdict(shown(cell, column, t)) for cell, column in zip(row, table.columns, strict=True)]
            for row in table.rows
        ],
    }
