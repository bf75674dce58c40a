"""All cited sources: their types, and domains or pages one by one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from dashboard import controls, elements, source_data
from dashboard.selection import View
from geo_tracker.extract.pages.source_types import SOURCE_TYPES
from geo_tracker.extract.urls import domain as domain_of
from geo_tracker.queries.citations import Level
from geo_tracker.queries.sources import UNKNOWN, CitedSource
from geo_tracker.reports import charts
from geo_tracker.reports.csv import Table, sources_table, types_table
from geo_tracker.words.names import engine_texts

MOST = 1000
"""Sources on screen, the most cited; the CSV file has all."""
LEVELS: dict[str, Level] = {"domain": "domain", "page": "page"}
WIDTHS = (210, 150, 72, 75, 65, 270, 210, 230, 100)
"""Pixels per column."""
ORDER = (0, 2, 3, 4, 1, 5, 6, 7, 8)
"""Numbers stand beside the source: a phone shows two of them. An address names a column by its place in the frame."""
USUAL = 6
SCHEME = re.compile("^https?://")


def show(view: View) -> None:
    """Types, then the grid; a domain opens its pages, a page opens itself."""
    t, site = view.t, controls.fixed("site")
    level = LEVELS["page"] if site else choose_level(view)
    if site:
        _site(view, site)
    everything = source_data.sources(view.url, view.filters, level, MOST)
    if not everything:
        elements.html("empty", title=t("dashboard.no_sources"), text=t("dashboard.no_sources_help"))
        return
    if not site:
        _types(view)
    chosen = _chosen(view, [row for row in everything if not site or domain_of(row.source) == site])
    note = "dashboard.found_most" if len(everything) == MOST else "dashboard.found_sources"
    elements.html("note", text=t(note, count=f"{len(chosen):,}"))
    picked = elements.pick(view, _frame(view, chosen), f"sources-{level}", WIDTHS, USUAL, ORDER)
    if picked is not None:
        row = chosen[picked]
        open_source(level, row.source, row.page_id)
    elements.html("note", text=f"{t(f'dashboard.pick_{level}')} {t('sources.weight_help')}")
    elements.download_table(view, f"{level}s", partial(_everything, view, level))


def choose_level(view: View, key: str = "level", default: Level = "domain") -> Level:
    """Domains or pages."""
    t = view.t
    chosen = controls.one_of(
        t("dashboard.level"),
        key,
        tuple(LEVELS),
        default,
        lambda name: t(f"dashboard.level_{name}"),
        st.segmented_control,
        required=True,
        label_visibility="collapsed",
    )
    return LEVELS[chosen]


def open_source(level: Level, source: str, page_id: int | None) -> None:
    """Go to the pages of a domain, or to a page."""
    if level == "domain":
        controls.put(site=source, tab="list")
    else:
        controls.put(shown=str(page_id))
    st.rerun()


def type_text(view: View, kind: str | None, owner: str | None = None) -> str:
    """A type of source and, of a brand's own site, whose it is."""
    text = view.t(f"sources.kind.{kind or UNKNOWN}")
    named = owner and kind in ("owned", "competitor")
    return view.t("text.term", term=text, meaning=owner) if named else text


def to_answers(view: View, **changed: str) -> None:
    """A button to the answers that cite a source."""
    if st.button(view.t("dashboard.citing_answers"), icon=":material/forum:"):
        left = controls.address(**changed, site="", shown="", level="", source="", kind="", names="", tab="")
        st.switch_page("app_pages/answers.py", query_params=left)


def _everything(view: View, level: Level) -> Table:
    rows = source_data.sources(view.url, view.filters, level, None)
    return sources_table(f"{level}s", rows, sandbox=view.facts.sandbox)


def _site(view: View, site: str) -> None:
    """The head of one domain's pages, and the way to the answers that cite it."""
    t = view.t
    st.button(
        t("dashboard.back_sources"), icon=":material/arrow_back:", on_click=partial(controls.put, site="")
    )
    elements.html("section", title=site)
    to_answers(view, domain=site)


def _types(view: View) -> None:
    shares = source_data.source_types(view.url, view.filters)
    drawn = charts.types(shares, view.t, width="container", style=view.style)

    def table() -> Table:
        return types_table(shares, sandbox=view.facts.sandbox)

    elements.draw(view, drawn, view.t("sources.types_title"), "source-types", table)
    elements.html("note", text=view.t("sources.types_help"))


def _chosen(view: View, rows: Sequence[CitedSource]) -> list[CitedSource]:
    t = view.t
    with st.container(key="filters"):
        words, kind, brand = st.columns((3, 2, 2), vertical_alignment="bottom")
    with words:
        text = controls.words(t("dashboard.search_source"), "source", placeholder="example.com")
    with kind:
        kinds = ("", *SOURCE_TYPES, UNKNOWN)
        of_type = controls.one_of(
            t("sources.type"),
            "kind",
            kinds,
            "",
            lambda name: t(f"sources.kind.{name}") if name else t("sources.all_types"),
        )
    with brand:
        brands = ("", *(each.name for each in view.facts.brands))
        names = controls.one_of(
            t("dashboard.names"), "names", brands, "", lambda name: name or t("dashboard.any_brand")
        )
    found = text.casefold()
    return [
        row
        for row in rows
        if found in f"{row.source} {row.title or ''}".casefold()
        and of_type in ("", row.type or UNKNOWN)
        and (not names or names in row.brands)
    ]


def _frame(view: View, rows: Sequence[CitedSource]) -> pd.DataFrame:
    t = view.t
    engines = engine_texts({name for row in rows for name in row.engines})
    comma = t("text.comma")
    return pd.DataFrame(
        {
            t("report.source"): [SCHEME.sub("", row.source) for row in rows],
            t("sources.type"): [type_text(view, row.type, row.owner) for row in rows],
            t("report.answers"): [row.answers for row in rows],
            t("report.citations"): [row.citations for row in rows],
            t("sources.weight"): [round(row.weight, 2) for row in rows],
            t("report.named"): [elements.some(row.brands, t) for row in rows],
            t("dashboard.title"): ["" if row.title == row.source else row.title or "" for row in rows],
            t("report.engines"): [elements.some([engines[name] for name in row.engines], t) for row in rows],
            t("dashboard.crawl"): [
                comma.join(t(f"page_status.{name}") for name in row.statuses) for row in rows
            ],
        }
    )
