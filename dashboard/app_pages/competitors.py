"""Competitors: all brands side by side, over engines, topics and time, and two of them head to head."""

from __future__ import annotations

import streamlit as st

from dashboard import brand_pair, controls, data, elements, selection, tables, topic_matrix, weighing
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
TABS = ("brands", "topics", "pair")


def show(view: View) -> None:
    t = view.t
    elements.heading(view, t("dashboard.competitors"))
    if elements.empty(view):
        return
    tab = controls.one_of(
        t("dashboard.competitors"),
        "tab",
        TABS,
        TABS[0],
        lambda name: t(f"competitors.tab_{name}"),
        st.segmented_control,
        required=True,
        label_visibility="collapsed",
    )
    if tab == "pair":
        brand_pair.show(view)
        return
    metric = elements.choose_metric(view, COLUMNS)
    if tab == "topics":
        topic_matrix.show(view, metric)
        return
    brand = elements.choose_brand(view)
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


def _by_brand(view: View, metric: str, brand: str) -> None:
    t, style = view.t, view.style
    names = [each.name for each in view.facts.brands]
    left, right = st.columns((2, 3), gap="large")
    with left:
        records = data.records(view.url, view.filters, (), metric)
        drawn = charts.shares(records, metric, brand, t, width="container", style=style, colours=view.colours)
        all_brands = elements.all_metrics(view, "brands", ())
        elements.draw(view, drawn, t("report.brands"), "brands", all_brands)
    with right:
        records = data.records(view.url, view.filters, BY_ENGINE, metric)
        drawn = charts.heatmap(records, metric, names, t, width="container", style=style)
        by_engine = elements.all_metrics(view, "engines", BY_ENGINE)
        elements.draw(view, drawn, t("report.engines"), "engines", by_engine)
        elements.html("note", text=t("dashboard.pale"))


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
    chart = charts.trend(
        drawn,
        metric,
        brand,
        t,
        width="container",
        height=300,
        style=style,
        events=marks,
        colours=view.colours,
    )
    by_step = elements.all_metrics(view, "trend", (view.step,))
    elements.draw(view, chart, t("chart.band"), "trend", by_step)
    elements.html("note", text=t("chart.band"))


show(selection.current())
