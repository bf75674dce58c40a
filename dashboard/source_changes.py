"""Sources that are new, lost, rising or falling against the period before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import pandas as pd

from dashboard import controls, data, elements, source_data, source_list
from dashboard.selection import View
from geo_tracker.metrics.comparing import comparability
from geo_tracker.queries.source_changes import SourceChange, State
from geo_tracker.queries.sources import UNKNOWN
from geo_tracker.reports.csv import source_changes_table
from geo_tracker.words.values import difference_text, interval_text, value_text

WIDTHS = (210, 80, 145, 145, 95, 120, 150, 70)
"""Pixels per column."""
USUAL = 6
SHARE = "citation_rate"
"""The metric as whose values these shares of answers are written."""


def show(view: View) -> None:
    """What moved, the surest first."""
    t = view.t
    if view.before is None or data.facts(view.url, view.before).empty:
        elements.html("note", text=t("sources.changes_nothing"))
        return
    level = source_list.choose_level(view)
    rows = source_data.source_changes(view.url, view.before, view.filters, level)
    elements.html("note", text=t("sources.changes_help"))
    for note in comparability(data.facts(view.url, view.before), view.facts):
        elements.html("note", text=t(note))
    if not rows:
        elements.html("empty", title=t("dashboard.nothing"), text=t("sources.changes_none"))
        return
    chosen = _chosen(view, rows)
    real = sum(row.change.real for row in chosen)
    elements.html("note", text=t("sources.changes_of", real=f"{real:,}", count=f"{len(chosen):,}"))
    picked = elements.pick(view, _frame(view, chosen), f"changes-{level}", WIDTHS, USUAL)
    if picked is not None:
        source_list.open_source(level, chosen[picked].source, chosen[picked].page_id)
    elements.html("note", text=t(f"dashboard.pick_{level}"))
    elements.download_table(
        view, "source-changes", lambda: source_changes_table(rows, sandbox=view.facts.sandbox)
    )


def _chosen(view: View, rows: Sequence[SourceChange]) -> list[SourceChange]:
    t = view.t
    state = controls.one_of(
        t("sources.state"),
        "state",
        ("", *get_args(State)),
        "",
        lambda name: t(f"sources.states.{name}") if name else t("sources.any_state"),
        width=260,
    )
    return [row for row in rows if state in ("", row.state)]


def _frame(view: View, rows: Sequence[SourceChange]) -> pd.DataFrame:
    t = view.t
    sides = {
        name: [f"{value_text(SHARE, of.value, t)} ({interval_text(SHARE, of, t)})" for of in side]
        for name, side in (
            ("before", [row.change.before for row in rows]),
            ("after", [row.change.after for row in rows]),
        )
    }
    return pd.DataFrame(
        {
            t("report.source"): [source_list.SCHEME.sub("", row.source) for row in rows],
            t("sources.state"): [t(f"sources.states.{row.state}") for row in rows],
            t("sources.before"): sides["before"],
            t("sources.after"): sides["after"],
            t("sources.difference"): [difference_text(SHARE, row.change.value, t) for row in rows],
            t("sources.verdict"): [t(f"verdict.{row.change.verdict}") for row in rows],
            t("sources.type"): [t(f"sources.kind.{row.type or UNKNOWN}") for row in rows],
            t("chart.n"): [row.change.after.n for row in rows],
        }
    )
