"""Overview: how the own brand stands, whether that changed, and on which engines."""

from __future__ import annotations

import streamlit as st

from dashboard import data, elements, selection, signal_card, signal_data, tables, weighing
from dashboard.selection import View
from geo_tracker.metrics.families import HEADLINE
from geo_tracker.metrics.grades import grade
from geo_tracker.reports import charts
from geo_tracker.reports.words import grade_text, headline
from geo_tracker.signals.listing import most_pressing

TILES = ("mention_rate", "share_of_voice", "share_of_prominence", "mean_rank", "citation_rate", "coverage")
CHARTED = TILES[:-1]
MOVED = tuple(dict.fromkeys((*TILES, *HEADLINE)))
"""The whole family of headlines, whatever of it is shown."""
SIGNALS = 3
BY_ENGINE = ("engine", "surface")


def show(view: View) -> None:
    elements.heading(view, view.t("dashboard.overview"))
    if elements.empty(view):
        return
    brand = elements.choose_brand(view)
    view = weighing.choose(view)
    _tiles(view, brand)
    _signals(view)
    metric = elements.choose_metric(view, CHARTED)
    _charts(view, metric, brand)
    _table(view, brand)


def _tiles(view: View, brand: str) -> None:
    found = {row.metric: row for row in data.measured(view.url, view.filters, metrics=TILES, brands=(brand,))}
    changes = data.moved(view.url, view.before, view.filters, view.own_names) if view.before else {}
    rates = data.measured(view.url, view.filters, metrics=("mention_rate",))
    of = {row.brand or "": row.estimate for row in rates}
    elements.html("headline", text=headline(brand, of, changes.get(("mention_rate", brand)), view.t))
    elements.html("note", text=grade_text(grade(view.facts), view.t))
    elements.tiles(view, [found[name] for name in TILES], changes)
    if view.before and not changes:
        elements.html("note", text=view.t("dashboard.nothing_before"))
    for note in next(iter(changes.values())).notes if changes else ():
        elements.html("note", text=view.t(note))


def _signals(view: View) -> None:
    """The most pressing of what is open; nothing where nothing is."""
    t = view.t
    pressing = most_pressing(signal_data.signals(view.url, view.slug), SIGNALS)
    if not pressing:
        return
    elements.html("section", title=t("dashboard.signals"))
    for row in pressing:
        with st.container(border=True):
            signal_card.show(view, row)
    elements.html(
        "more",
        text=t("dashboard.signals_all"),
        address=f"signals?{elements.query(workspace=view.slug, lang=view.language)}",
    )


def _charts(view: View, metric: str, brand: str) -> None:
    t, style = view.t, view.style
    over_time = data.records(view.url, view.filters, (view.step,), metric)
    marks = elements.marks(view)
    colours = view.colours
    drawn = charts.trend(
        over_time, metric, brand, t, width="container", style=style, events=marks, colours=colours
    )
    by_step = elements.all_metrics(view, "trend", (view.step,))
    elements.draw(view, drawn, t("chart.band"), "trend", by_step)
    elements.html("note", text=t("chart.band"))
    left, right = st.columns(2, gap="large")
    with left:
        records = data.records(view.url, view.filters, BY_ENGINE, metric)
        drawn = charts.engines(records, metric, brand, t, width="container", style=style)
        elements.draw(view, drawn, t("report.engines"), "by-engine")
    with right:
        records = data.records(view.url, view.filters, (), metric)
        drawn = charts.shares(records, metric, brand, t, width="container", style=style, colours=colours)
        all_brands = elements.all_metrics(view, "brands", ())
        elements.draw(view, drawn, t("report.brands"), "brands", all_brands)


def _table(view: View, brand: str) -> None:
    rows = data.measured(view.url, view.filters, BY_ENGINE, TILES, (brand,))
    moved = (
        data.moved_by(view.url, view.before, view.filters, BY_ENGINE, MOVED, (brand,)) if view.before else []
    )
    tables.engines(view, rows, brand, TILES, moved)
    elements.coverage_note(view)
    elements.download(view, "engines", BY_ENGINE)


show(selection.current())
