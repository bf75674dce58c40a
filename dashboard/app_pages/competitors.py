"""Competitors: all brands side by side, over engines and over time."""

from __future__ import annotations

import streamlit as st

from dashboard import controls, data, parts, selection, tables
from dashboard.selection import View
from geo_tracker.reports import charts

COLUMNS = (
    "mention_rate",
    "share_of_voice",
    "share_of_prominence",
    "mean_rank",
    "top3_rate",
    "recommendation_rate",
    "net_sentiment",
    "citation_rate",
    "citation_share",
)

BY_ENGINE = ("engine", "surface")


def show(view: View) -> None:
    parts.heading(view, view.t("dashboard.competitors"))
    if parts.empty(view):
        return
    brand = parts.choose_brand(view)
    metric = parts.choose_metric(view, COLUMNS)
    _table(view, metric)
    _by_brand(view, metric, brand)
    _trend(view, metric, brand)


def _table(view: View, metric: str) -> None:
    rows = data.measured(view.url, view.filters, (), COLUMNS)
    changes = data.moved(view.url, view.before, view.filters) if view.before else {}
    tables.brands(view, rows, COLUMNS, metric, changes)
    if changes:
        parts.html("note", text=view.t("chart.legend"))
    parts.download(view, "brands", ())


def _by_brand(view: View, metric: str, brand: str) -> None:
    t, style = view.t, view.style
    names = [each.name for each in view.facts.brands]
    left, right = st.columns((2, 3), gap="large")
    with left:
        records = data.records(view.url, view.filters, (), metric)
        parts.draw(
            charts.shares(records, metric, brand, t, width="container", style=style), t("report.brands")
        )
    with right:
        records = data.records(view.url, view.filters, BY_ENGINE, metric)
        parts.draw(
            charts.heatmap(records, metric, names, t, width="container", style=style), t("report.engines")
        )
        parts.html("note", text=t("dashboard.pale"))
        parts.download(view, "engines", BY_ENGINE)


def _trend(view: View, metric: str, brand: str) -> None:
    t, style = view.t, view.style
    names = tuple(each.name for each in view.facts.brands if each.name != brand)
    chosen = controls.some_of(
        t("dashboard.with"),
        "with",
        names,
        max_selections=charts.LINES - 1,
        placeholder=t("dashboard.strongest"),
        width=520,
    )
    records = data.records(view.url, view.filters, (view.step,), metric)
    drawn = [record for record in records if not chosen or record["brand"] in (brand, *chosen)]
    parts.draw(
        charts.trend(drawn, metric, brand, t, width="container", height=300, style=style), t("chart.band")
    )
    parts.html("note", text=t("chart.band"))
    parts.download(view, "trend", (view.step,))


show(selection.current())
