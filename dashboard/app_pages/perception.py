"""Perception: how answers speak of the brand, in which words, and what somebody should look at."""

from __future__ import annotations

import streamlit as st

from dashboard import attribute_table, controls, data, elements, selection, statement_queue
from dashboard.selection import View
from geo_tracker.metrics.sentiment_quality import qualities
from geo_tracker.reports import charts

METRIC = "net_sentiment"
TABS = {"words": attribute_table.show, "queue": statement_queue.show}


def show(view: View) -> None:
    t = view.t
    elements.heading(view, t("dashboard.perception"))
    if elements.empty(view):
        return
    brand = elements.choose_brand(view)
    tab = controls.one_of(
        t("dashboard.perception"),
        "tab",
        ("time", *TABS),
        "time",
        lambda name: t(f"perception.{name}"),
        st.segmented_control,
        required=True,
        label_visibility="collapsed",
    )
    if tab == "time":
        _over_time(view, brand)
    else:
        TABS[tab](view, brand)
    _quality(view)


def _over_time(view: View, brand: str) -> None:
    """Net sentiment by day, week or month, with the coverage of its newest value."""
    t = view.t
    records = data.records(view.url, view.filters, (view.step,), METRIC)
    drawn = charts.trend(
        records, METRIC, brand, t, width="container", height=300, style=view.style, colours=view.colours
    )
    by_step = elements.all_metrics(view, "sentiment", (view.step,))
    elements.draw(view, drawn, t(f"metric.{METRIC}.label"), "sentiment", by_step)
    elements.html("note", text=t("chart.band"))
    (whole,) = data.measured(view.url, view.filters, (), (METRIC,), (brand,)) or (None,)
    changes = data.moved(view.url, view.before, view.filters, view.own_names) if view.before else {}
    if whole is not None:
        with st.columns((1, 2))[0]:
            elements.tile(view, whole, changes.get((METRIC, brand)))
        covered = whole.estimate.coverage
        if covered is not None:
            elements.html("note", text=t("perception.covered", share=f"{covered:.0%}", brand=brand))


def _quality(view: View) -> None:
    """How far sentiment can be trusted, as it was measured."""
    t = view.t
    lines = [
        t(
            "perception.quality_line",
            texts=t(f"perception.texts_{each.texts}"),
            language=t(f"perception.language_{each.language}"),
            right=each.right,
            clear=each.clear,
            share=f"{each.share:.0%}",
            low=f"{each.interval[0]:.0%}",
            high=f"{each.interval[1]:.0%}",
        )
        for each in qualities()
    ]
    with st.expander(t("perception.quality"), icon=":material/rule:"):
        elements.html("lines", lines=lines)
        elements.html("note", text=t("perception.quality_help", day=qualities()[0].measured))


show(selection.current())
