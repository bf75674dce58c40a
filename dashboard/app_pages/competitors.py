"""Competitors: all brands side by side, over engines and over time."""

from __future__ import annotations

import streamlit as st

from dashboard import controls, data, elements, selection, tables, weighing
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
    elements.heading(view, view.t("dashboard.competitors"))
    if elements.empty(view):
        return
    brand = elements.choose_brand(view)
    metric = elements.choose_metric(view, COLUMNS)
    view = weighing.choose(view)
    _table(view, metric)
    _by_brand(view, metric, brand)
    _trend(view, metric, brand)


def _table(view: View, metric: str) -> None:
    rows = data.measured(view.url, view.filters, (), COLUMNS)
    changes = data.moved(view.url, view.before, view.filters) if view.before else {}
    tables.brands(view, rows, COLUMNS, metric, changes)
    if changes:
        elements.html("note", text=view.t("chart.legend"))
    elements.download(view, "brands", ())


def _by_brand(view: View, metric: str, brand: str) -> None:
    t, style = view.t, view.style
    names = [each.name for each in view.facts.brands]
    left, right = st.columns((2, 3), gap="large")
    with left:
        records = data.records(view.url, view.filters, (), metric)
        elements.draw(
            charts.shares(records, metric, brand, t, width="container", style=style), t("report.brands")
        )
    with right:
        records = data.records(view.url, view.filters, BY_ENGINE, metric)
        elements.draw(
            charts.heatmap(records, metric, names, t, width="container", style=style), t("report.engines")
        )
        elements.html("note", text=t("dashboard.pale"))
        elements.download(view, "engines", BY_ENGINE)


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
    marks = elements.marks(view)
    chart = charts.trend(drawn, metric, brand, t, width="container", height=300, style=style, events=marks)
    elements.draw(chart, t("chart.band"))
    elements.html("note", text=t("chart.band"))
    elements.download(view, "trend", (view.step,))


show(selection.current())
