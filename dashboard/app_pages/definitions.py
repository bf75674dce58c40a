"""Definitions: what every number means, how far to trust it, and which models and rules stand behind it since when."""

from __future__ import annotations

from dashboard import elements, reads, selection, tables
from geo_tracker.config import Settings
from geo_tracker.i18n import Translate
from geo_tracker.metrics.definitions import METRICS
from geo_tracker.words.certainty import CHANGES
from geo_tracker.words.names import engine_texts, surface_text

RULES = {
    "dashboard.intervals": "report.intervals",
    **{f"verdict.{name}": f"verdict_help.{name}" for name in (*CHANGES, "not computed")},
    "dimension.surface": "dashboard.surface_help",
    "dashboard.branded": "dashboard.branded_help",
}


def show(t: Translate, slug: str) -> None:
    elements.html("definitions", t=t, metrics=METRICS, rules=RULES, docs=elements.DOCS)
    if slug:
        _models(t, slug)
        _rules(t, slug)


def _models(t: Translate, slug: str) -> None:
    """Which model each engine named, from when to when."""
    found = reads.models(Settings.from_environment().database_url, slug)
    if not found:
        return
    names = engine_texts(row.engine for row in found)
    heads = (t("report.engine"), t("doc.model"), t("doc.first_day"), t("doc.last_day"), t("report.answers"))
    rows = [
        tables.Row(
            (
                tables.Cell(names[row.engine], surface_text(row.surface, t)),
                tables.Cell(row.model or t("number.none")),
                tables.Cell(elements.day_text(row.first, t)),
                tables.Cell(elements.day_text(row.last, t)),
                tables.Cell(f"{row.answers:,}"),
            )
        )
        for row in found
    ]
    elements.html("section", title=t("doc.models"))
    tables.grid(heads, rows, (0, 1, 2, 3))
    elements.html("note", text=t("doc.models_note"))


def _rules(t: Translate, slug: str) -> None:
    """Which version of the extraction rules scored which days."""
    found = reads.rules(Settings.from_environment().database_url, slug)
    if not found:
        return
    heads = (t("doc.rules_version"), t("doc.first_day"), t("doc.last_day"))
    rows = [
        tables.Row(
            [
                tables.Cell(row.rules),
                *(tables.Cell(elements.day_text(day, t)) for day in (row.first, row.last)),
            ]
        )
        for row in found
    ]
    elements.html("section", title=t("doc.rules_changed"))
    tables.grid(heads, rows, (0, 1, 2))


show(selection.words_of_run(), selection.workspace_of_run())
