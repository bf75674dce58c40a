"""Shelf: whether answers offer the brand's products, where, in whose store, at what price, how near to paying."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard import caching, controls, data, elements, gallery, selection, shelf_data, shelf_lists, tables
from dashboard.selection import ALL, View
from geo_tracker.metrics.records import Estimate
from geo_tracker.metrics.shelf import SHELF_METRICS, Shelf, flows, funnel, ladder
from geo_tracker.metrics.surfaces import shows_shelf
from geo_tracker.reports import shelf_charts
from geo_tracker.reports.csv import Table, shares_table, shelf_tables
from geo_tracker.reports.flow_chart import flow
from geo_tracker.reports.shelf import build_shelf
from geo_tracker.reports.shelf_charts import engine_names
from geo_tracker.storage.database import reading
from geo_tracker.words.names import surface_text

CARDS, RUNGS, PRICES, BROKEN = 12, 12, 12, 12
"""Rows on screen; the CSV files have all."""
TABLES = ("shelf_merchant", "shelf_prices", "shelf_checkout", "shelf_offers")
BY_ENGINE = ("engine", "surface")
BY_PLACEMENT = {"brand": ("placement",), "engine": (*BY_ENGINE, "placement")}
EVERYONE = "*"


def show(view: View) -> None:
    elements.heading(view, view.t("dashboard.shelf"))
    if elements.empty(view):
        return
    shelf = shelf_data.shelf(view.url, view.filters)
    if _silent(view):
        _api_only(view, offered=not shelf.empty)
    brand = elements.choose_brand(view)
    _tiles(view, brand)
    if shelf.empty:
        _nothing(view)
        return
    _engines(view, brand)
    _flow(view, shelf)
    _nearness(view, shelf, brand)
    _ladder(view, shelf)
    _gallery(view, shelf)
    _prices(view, shelf)
    _broken(view, shelf)
    _downloads(view)


def _silent(view: View) -> bool:
    """Whether no surface of the selection tells of the app's shelf."""
    return bool(view.facts.surfaces) and not any(map(shows_shelf, view.facts.surfaces))


def _api_only(view: View, *, offered: bool) -> None:
    """Say that the selection tells nothing of the app's shelf, and offer the surfaces that do."""
    t = view.t
    if offered:
        elements.html("note", text=t("shelf.api_only"))
    if any(map(shows_shelf, view.choices.values["surface"])):
        st.button(
            t("shelf.other_surfaces"),
            icon=":material/storefront:",
            on_click=partial(controls.put, surface=ALL),
        )


def _nothing(view: View) -> None:
    api = _silent(view)
    text = view.t("shelf.none_api_help" if api else "shelf.none_help")
    elements.html("empty", title=view.t("shelf.none"), text=text)


def _tiles(view: View, brand: str) -> None:
    found = {row.metric: row for row in data.measured(view.url, view.filters, (), SHELF_METRICS, (brand,))}
    changes = data.moved(view.url, view.before, view.filters, view.own_names) if view.before else {}
    elements.tiles(view, [found[name] for name in SHELF_METRICS], changes)
    if view.before and not changes:
        elements.html("note", text=view.t("dashboard.nothing_before"))


def _engines(view: View, brand: str) -> None:
    """Trigger rate by engine, and what stands where."""
    t, style = view.t, view.style
    left, right = st.columns((2, 3), gap="large")
    with left:
        rows = data.measured(view.url, view.filters, BY_ENGINE, ("trigger_rate",))
        drawn = shelf_charts.triggers(rows, t, width="container", style=style)
        by_engine = elements.all_metrics(view, "shelf-engines", BY_ENGINE)
        elements.draw(view, drawn, t("shelf.triggers"), "shelf-engines", by_engine)
    with right:
        by = controls.one_of(
            t("shelf.placements"),
            "stack",
            tuple(BY_PLACEMENT),
            "brand",
            lambda name: t(f"shelf.by_{name}"),
            st.segmented_control,
            required=True,
            label_visibility="collapsed",
        )
        shares = shelf_data.shelf_shares(view.url, view.filters, BY_PLACEMENT[by])
        name, sandbox = f"shelf-{by}", view.facts.sandbox
        drawn = shelf_charts.placements(shares, by, brand, t, width="container", style=style)

        def table() -> Table:
            return shares_table(name, BY_PLACEMENT[by], shares, sandbox=sandbox)

        elements.draw(view, drawn, t("shelf.placements"), name, table)


def _concentration(view: View) -> None:
    t, rows = view.t, shelf_data.shelf_concentration(view.url, view.filters)
    if not rows:
        return
    names = engine_names([row.group for row in rows], t)
    lines = [
        tables.Row((tables.Cell(name), _index(view, row.estimate)))
        for name, row in zip(names, rows, strict=True)
    ]
    elements.html("section", title=t("shelf.hhi"))
    tables.grid((t("report.engine"), t("shelf.index")), lines, (0,))
    elements.html("note", text=t("shelf.hhi_help"))


def _index(view: View, estimate: Estimate) -> tables.Cell:
    """A concentration, with two digits."""
    low, high = (
        view.t("number.none") if bound is None else f"{bound:.2f}" for bound in (estimate.low, estimate.high)
    )
    note = f"{low}–{high} · {view.t('report.n', n=f'{estimate.n:,}')}"
    return tables.Cell(f"{estimate.value:.2f}", note, view.t(f"verdict.{estimate.verdict}"))


def _flow(view: View, shelf: Shelf) -> None:
    t = view.t
    drawn = flow(flows(shelf), shelf.labels, t, width="container", style=view.style)
    elements.draw(view, drawn, t("shelf.flow"), "shelf-flow", partial(_table, view, "shelf_flow"))
    elements.html("note", text=t("shelf.flow_help"))


def _nearness(view: View, shelf: Shelf, brand: str) -> None:
    """The funnel of the brand, and on how many platforms the products stand."""
    t = view.t
    left, right = st.columns(2, gap="large")
    with left:
        steps = funnel(view.facts, brand)
        drawn = shelf_charts.funnel(steps, t, width="container", style=view.style)
        table = partial(_table, view, "shelf_funnel")
        elements.draw(view, drawn, t("shelf.funnel", brand=brand), "shelf-funnel", table)
        surfaces = t("text.comma").join(surface_text(name, t) for name in steps[0].surfaces)
        elements.html("note", text=t("shelf.funnel_help", surfaces=surfaces))
    with right:
        _concentration(view)


def _ladder(view: View, shelf: Shelf) -> None:
    elements.html("section", title=view.t("shelf.ladder"))
    shelf_lists.rungs(view, ladder(shelf)[:RUNGS], shelf.labels)
    elements.html("note", text=view.t("shelf.ladder_help"))


def _gallery(view: View, shelf: Shelf) -> None:
    t = view.t
    elements.html("section", title=t("shelf.cards"))
    whose, pictures = st.columns((2, 3), vertical_alignment="bottom")
    with whose:
        names = (EVERYONE, *(each.name for each in view.facts.brands), "")
        texts = {EVERYONE: t("shelf.everyone"), "": t("shelf.untracked")}
        chosen = controls.one_of(
            t("shelf.whose"), "whose", names, EVERYONE, lambda name: texts.get(name, name)
        )
    with pictures:
        loaded = controls.switch(t("shelf.pictures"), "pictures", help=t("shelf.pictures_help"))
    of = None if chosen == EVERYONE else chosen
    found = shelf_data.offers(view.url, view.filters, brand=of, limit=CARDS)
    if not found:
        elements.html("note", text=t("shelf.no_cards"))
        return
    gallery.show(view, found, shelf.labels, pictures=loaded)
    elements.html("note", text=t("shelf.cards_help", count=len(found)))


def _prices(view: View, shelf: Shelf) -> None:
    t, style = view.t, view.style
    found = shelf_data.prices(view.url, view.filters)
    if any(row.spread is not None for row in found):
        drawn = shelf_charts.price_spreads(found, shelf.labels, t, width="container", style=style)
        elements.draw(view, drawn, t("shelf.prices"), "shelf-spreads", partial(_table, view, "shelf_prices"))
        elements.html("note", text=t("shelf.prices_help"))
    else:
        elements.html("section", title=t("shelf.prices"))
        elements.html("note", text=t("shelf.no_prices"))
    shelf_lists.prices(view, found[:PRICES], shelf.labels)


def _broken(view: View, shelf: Shelf) -> None:
    t = view.t
    elements.html("section", title=t("shelf.broken"))
    found = shelf_data.offers(view.url, view.filters, broken=True, limit=BROKEN)
    if not found:
        elements.html("note", text=t("shelf.no_broken"))
        return
    shelf_lists.broken(view, found, shelf.labels)
    elements.html("note", text=t("shelf.broken_help"))


def _downloads(view: View) -> None:
    """Every table of the shelf as one file each, read when it is asked for."""
    t = view.t
    columns = st.columns(len(TABLES))
    for column, name in zip(columns, TABLES, strict=True):
        with column:
            elements.download_table(view, name, partial(_table, view, name), t(f"shelf.tables.{name}"))


def _table(view: View, name: str) -> Table:
    with reading(caching.database(view.url)) as session:
        report = build_shelf(session, view.facts)
    return next(table for table in shelf_tables(report) if table.name == name)


show(selection.current())
