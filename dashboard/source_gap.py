"""The source gap on screen: where rivals are named and the own brand is not, and what to do there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import pandas as pd

from dashboard import controls, elements, source_data, source_list
from dashboard.selection import View
from geo_tracker.queries.gap import Action, GapSource
from geo_tracker.queries.sources import UNKNOWN
from geo_tracker.reports.csv import gap_table
from geo_tracker.reports.words import todo_text
from geo_tracker.words.names import engine_texts

TOP = 6
"""Gaps that are written out."""
ASKED = 2
"""Questions that are named with a gap."""
MOST = 1000
WIDTHS = (210, 130, 90, 70, 65, 290, 210, 230, 100)
"""Pixels per column."""
USUAL = 6


def show(view: View) -> None:
    """What to do at the largest gaps, then all of them."""
    t = view.t
    if not any(brand.own and not brand.archived for brand in view.facts.brands):
        elements.html("note", text=t("sources.gap_no_own"))
        return
    level = source_list.choose_level(
        view, "gaps", "page"
    )  # few domains have no page at all that names the brand
    found = source_data.gap(view.url, view.filters, level)
    elements.html("note", text=t("sources.gap_help"))
    if found.unread:
        elements.html("note", text=t("sources.gap_unread", count=f"{found.unread:,}"))
    if not found.sources:
        elements.html("empty", title=t("sources.gap_none"), text=t("sources.gap_none_help"))
        return
    chosen = _chosen(view, found.sources)
    _top(view, chosen[:TOP])
    elements.html("section", title=t("sources.gap_all"))
    picked = elements.pick(view, _frame(view, chosen[:MOST]), f"gap-{level}", WIDTHS, USUAL)
    if picked is not None:
        source_list.open_source(level, chosen[picked].source, chosen[picked].page_id)
    elements.html("note", text=f"{t(f'dashboard.pick_{level}')} {t('sources.weight_help')}")
    name = f"gap-{level}s"
    elements.download_table(view, name, lambda: gap_table(name, found.sources, sandbox=view.facts.sandbox))


def _chosen(view: View, rows: Sequence[GapSource]) -> list[GapSource]:
    t = view.t
    wanted = controls.one_of(
        t("sources.what"),
        "do",
        ("", *get_args(Action)),
        "",
        lambda name: t(f"sources.action.{name}") if name else t("sources.any_action"),
        width=260,
    )
    return [row for row in rows if wanted in ("", row.action)]


def _top(view: View, rows: Sequence[GapSource]) -> None:
    t = view.t
    engines = engine_texts({name for row in rows for name in row.engines})
    numbers = [
        t(
            "sources.numbers",
            answers=f"{row.answers:,}",
            weight=_weight(row),
            engines=t("text.comma").join(engines[name] for name in row.engines),
        )
        for row in rows
    ]
    lines: list[dict[str, Any]] = [
        {
            "row": row,
            "type": t(f"sources.kind.{row.type or UNKNOWN}"),
            "todo": todo_text(row, t),
            "asked": t("sources.asked", prompts=t("sources.or").join(row.prompts[:ASKED])),
            "numbers": each,
            "link": address(view, row),
        }
        for row, each in zip(rows, numbers, strict=True)
    ]
    elements.html("gap", t=t, lines=lines, estimated=any(row.weight_estimated for row in rows))


def address(view: View, row: GapSource) -> str:
    """Where a click on a gap leads: its page, or the pages of its domain; for a template, which escapes it."""
    of = elements.query(shown=str(row.page_id)) if row.page_id else elements.query(site=row.source)
    return f"sources?{elements.query(workspace=view.slug, lang=view.language)}&{of}"


def _weight(row: GapSource) -> str:
    return f"{row.weight:.2f}{'*' if row.weight_estimated else ''}"


def _frame(view: View, rows: Sequence[GapSource]) -> pd.DataFrame:
    t = view.t
    engines = engine_texts({name for row in rows for name in row.engines})
    return pd.DataFrame(
        {
            t("report.source"): [source_list.SCHEME.sub("", row.source) for row in rows],
            t("sources.type"): [t(f"sources.kind.{row.type or UNKNOWN}") for row in rows],
            t("sources.what"): [t(f"sources.action.{row.action}") for row in rows],
            t("report.answers"): [row.answers for row in rows],
            t("sources.weight"): [_weight(row) for row in rows],
            t("sources.rivals"): [
                elements.some([f"{name} {n}" for name, n in row.rivals], t) for row in rows
            ],
            t("dashboard.title"): [row.title or "" for row in rows],
            t("report.engines"): [elements.some([engines[name] for name in row.engines], t) for row in rows],
            t("sources.pages_read"): [row.pages for row in rows],
        }
    )
