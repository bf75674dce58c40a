"""Sources: the domains and pages that answers lean on, and whom they name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from dashboard import controls, data, parts, selection
from dashboard.selection import View
from geo_tracker.citations import Level
from geo_tracker.evidence import AnswerFilters
from geo_tracker.extract.urls import domain as domain_of
from geo_tracker.reports.csv import Table, sources_table
from geo_tracker.reports.wording import engine_texts
from geo_tracker.sources import CitedSource

MOST = 1000
"""Sources on screen, the most cited; the CSV file has all."""
LEVELS: dict[str, Level] = {"domain": "domain", "page": "page"}
WIDTHS = (190, 125, 55, 55, 140, 90, 165, 85)
"""Pixels per column."""
OWNERS = ("all", "own", "competitor", "other")
CITING = 10
SCHEME = re.compile("^https?://")


def show(view: View) -> None:
    shown = controls.fixed("shown")
    if shown.isdecimal():
        _page(view, int(shown[:9]))
        return
    parts.heading(view, view.t("dashboard.sources"))
    if not parts.empty(view):
        _list(view)


def _list(view: View) -> None:
    t, site = view.t, controls.fixed("site")
    level = LEVELS["page"] if site else _level(view)
    if site:
        _site(view, site)
    everything = data.sources(view.url, view.filters, level, MOST)
    if not everything:
        parts.html("empty", title=t("dashboard.no_sources"), text=t("dashboard.no_sources_help"))
        return
    chosen = _chosen(view, [row for row in everything if not site or domain_of(row.source) == site])
    note = "dashboard.found_most" if len(everything) == MOST else "dashboard.found_sources"
    parts.html("note", text=t(note, count=f"{len(chosen):,}"))
    picked = parts.pick(_frame(view, chosen), f"sources-{level}", WIDTHS)
    if picked is not None:
        row = chosen[picked]
        controls.put(**({"site": row.source} if level == "domain" else {"shown": str(row.page_id)}))
        st.rerun()
    parts.html("note", text=t(f"dashboard.pick_{level}"))
    parts.download_table(view, f"{level}s", partial(_everything, view, level))


def _everything(view: View, level: Level) -> Table:
    rows = data.sources(view.url, view.filters, level, None)
    return sources_table(f"{level}s", rows, sandbox=view.facts.sandbox)


def _level(view: View) -> Level:
    t = view.t
    chosen = controls.one_of(
        t("dashboard.level"),
        "level",
        tuple(LEVELS),
        "domain",
        lambda name: t(f"dashboard.level_{name}"),
        st.segmented_control,
        required=True,
        label_visibility="collapsed",
    )
    return LEVELS[chosen]


def _site(view: View, site: str) -> None:
    """The head of one domain's pages, and the way to the answers that cite it."""
    t = view.t
    st.button(
        t("dashboard.back_sources"), icon=":material/arrow_back:", on_click=partial(controls.put, site="")
    )
    parts.html("section", title=site)
    _to_answers(view, domain=site)


def _to_answers(view: View, **changed: str) -> None:
    if st.button(view.t("dashboard.citing_answers"), icon=":material/forum:"):
        left = controls.address(**changed, site="", shown="", level="", source="", owner="", names="")
        st.switch_page("app_pages/answers.py", query_params=left)


def _chosen(view: View, rows: Sequence[CitedSource]) -> list[CitedSource]:
    t = view.t
    words, owner, brand = st.columns((3, 2, 2), vertical_alignment="bottom")
    with words:
        text = controls.words(t("dashboard.search_source"), "source", placeholder="example.com")
    with owner:
        kind = controls.one_of(
            t("dashboard.owner"), "owner", OWNERS, "all", lambda name: t(f"dashboard.owner_{name}")
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
        and kind in ("all", _owner(view, row.owner))
        and (not names or names in row.brands)
    ]


def _owner(view: View, owner: str | None) -> str:
    own = {brand.name for brand in view.facts.brands if brand.own}
    return "other" if owner is None else "own" if owner in own else "competitor"


def _frame(view: View, rows: Sequence[CitedSource]) -> pd.DataFrame:
    t = view.t
    engines = engine_texts({name for row in rows for name in row.engines})
    return pd.DataFrame(
        {
            t("report.source"): [SCHEME.sub("", row.source) for row in rows],
            t("dashboard.title"): ["" if row.title == row.source else row.title or "" for row in rows],
            t("report.answers"): [row.answers for row in rows],
            t("report.citations"): [row.citations for row in rows],
            t("report.engines"): [
                t("text.comma").join(engines[name] for name in row.engines) for row in rows
            ],
            t("dashboard.owner"): [_owner_text(view, row.owner) for row in rows],
            t("report.named"): [t("text.comma").join(row.brands) for row in rows],
            t("dashboard.crawl"): [
                t("text.comma").join(t(f"page_status.{name}") for name in row.statuses) for row in rows
            ],
        }
    )


def _owner_text(view: View, owner: str | None) -> str:
    kind = view.t(f"dashboard.owner_{_owner(view, owner)}")
    return kind if owner is None else f"{kind}: {owner}"


def _page(view: View, page_id: int) -> None:
    t = view.t
    st.button(
        t("dashboard.back_sources"), icon=":material/arrow_back:", on_click=partial(controls.put, shown="")
    )
    found = data.page(view.url, view.slug, page_id)
    fetched = parts.time_text(found.page.fetched_at, view.facts.timezone, t)
    owned = _owner_text(view, found.owner) if found.owner else ""
    parts.html("page", t=t, page=found.page, owned=owned, brands=found.brands, fetched=fetched)
    chosen = AnswerFilters(page_id=page_id)
    total = data.answers_count(view.url, view.filters, chosen)
    rows = data.answers(view.url, view.filters, chosen, limit=CITING)
    head = t("dashboard.cited_by", count=f"{total:,}")
    link = f"answers?workspace={view.slug}&lang={view.language}&answer="
    parts.html(
        "citing", t=t, head=head, rows=rows, link=link, engines=engine_texts(row.engine for row in rows)
    )
    _to_answers(view, cited=str(page_id))


show(selection.current())
