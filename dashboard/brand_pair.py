"""Two brands head to head: where each is named and the other is not."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard import controls, data, elements, prompt_list, tables
from dashboard.selection import View
from geo_tracker.queries.head_to_head import OUTCOMES, HeadToHead, OfPrompt
from geo_tracker.reports.csv import head_to_head_table

ROWS = 20
METRIC = "mention_rate"
"""The metric as whose values these shares of answers are written."""


def show(view: View) -> None:
    """Choose the two, the four kinds of answers, and the prompts on which the two lie furthest apart."""
    t = view.t
    names = tuple(brand.name for brand in view.facts.brands if not brand.archived)
    if len(names) < 2:
        elements.html("empty", title=t("competitors.one_brand"), text=t("competitors.one_brand_help"))
        return
    left, right = st.columns(2)
    with left:
        first = controls.one_of(t("report.brand"), "first", names, names[0])
    with right:
        others = tuple(name for name in names if name != first)
        second = controls.one_of(t("competitors.against"), "second", others, others[0])
    found = data.head_to_head(view.url, view.filters, first, second)
    if not found.prompts:
        elements.html("empty", title=t("dashboard.nothing"), text=t("dashboard.nothing_help"))
        return
    _shares(view, found, first, second)
    _prompts(view, found, first, second)


def _address(view: View, outcome: str, first: str, second: str, **more: str) -> str:
    """The answers of an outcome."""
    chosen = {
        "both": {"named": first, "naming": "yes", "beside": second},
        "first": {"named": first, "naming": "yes", "without": second},
        "second": {"named": second, "naming": "yes", "without": first},
        "neither": {"named": first, "naming": "no", "without": second},
    }[outcome]
    return elements.answers_address(view, status="captured", **chosen, **more)


def _shares(view: View, found: HeadToHead, first: str, second: str) -> None:
    t = view.t
    lines = []
    for name in OUTCOMES:
        said = t(f"competitors.{name}", first=first, second=second)
        measured = tables.measured(view, METRIC, found.shares[name])
        count = f"{sum(getattr(row, name) for row in found.prompts):,}"
        link = _address(view, name, first, second)
        lines.append(
            tables.Row([tables.Cell(said), tables.Cell(count, link=link), replace(measured, link="")])
        )
    heads = (t("competitors.outcome"), t("report.answers"), t("competitors.share"))
    tables.grid(heads, lines, (0,))


def _prompts(view: View, found: HeadToHead, first: str, second: str) -> None:
    t = view.t
    elements.html("section", title=t("competitors.pair_prompts"))
    heads = (
        t("dashboard.prompt"),
        t("competitors.first_short", brand=first),
        t("competitors.first_short", brand=second),
        t("competitors.both_short"),
        t("competitors.neither_short"),
    )
    page = controls.page("page", -(-len(found.prompts) // ROWS))
    shown = found.prompts[ROWS * (page - 1) : ROWS * page]
    tables.grid(heads, [_row(view, row, first, second) for row in shown], (0,))
    elements.html("note", text=t("competitors.pair_help"))
    sandbox = view.facts.sandbox
    elements.download_table(
        view, "head-to-head", lambda: head_to_head_table(found.prompts, first, second, sandbox=sandbox)
    )


def _row(view: View, row: OfPrompt, first: str, second: str) -> tables.Row:
    cells = [tables.Cell(row.prompt, row.topic, link=prompt_list.address(view, row.prompt_id))]
    for name in ("first", "second", "both", "neither"):
        count = getattr(row, name)
        link = _address(view, name, first, second, question=str(row.prompt_id)) if count else ""
        cells.append(tables.Cell(f"{count:,}", view.t("competitors.of", n=f"{row.answers:,}"), link=link))
    return tables.Row(cells)
