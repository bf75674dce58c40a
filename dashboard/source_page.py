"""One cited page: what it says, whom it names, how it was reached, and the answers that rest on it."""

from __future__ import annotations

from collections import defaultdict
from functools import partial

import streamlit as st

from dashboard import controls, data, elements, highlight, source_data, source_list
from dashboard.place_names import language_text
from dashboard.selection import View
from geo_tracker.errors import UsageError
from geo_tracker.queries.answers import AnswerFilters
from geo_tracker.queries.pages import PageDetail
from geo_tracker.queries.support import CheckedSentence
from geo_tracker.words.names import engine_texts

CITING = 10
"""Answers that are shown with what rests on the page."""


def show(view: View, page_id: int) -> None:
    """The page on the left, the answers that cite it on the right."""
    st.button(
        view.t("dashboard.back_sources"),
        icon=":material/arrow_back:",
        on_click=partial(controls.put, shown=""),
    )
    try:
        found = source_data.page(view.url, view.slug, page_id)
    except UsageError:
        elements.elsewhere(view)
        return
    _head(view, found)
    text, side = st.columns((3, 2), gap="large")
    with text:
        _text(view, found)
    with side:
        _citing(view, page_id)


def _head(view: View, found: PageDetail) -> None:
    t, page = view.t, found.page
    facts = [
        (t("dashboard.site"), page.site or page.domain),
        (t("dashboard.author"), page.author or t("number.none")),
        (t("dashboard.published"), page.published or t("number.none")),
        (t("dimension.language"), language_text(page.language or "", view.language) or t("number.none")),
        (t("dashboard.fetched"), elements.time_text(page.fetched_at, view.facts.timezone, t)),
        ("HTTP", str(page.http_status or t("number.none"))),
    ]
    why = t("sources.why_type", reason=t(f"sources.reason.{found.reason}")) if found.reason else ""
    kind = source_list.type_text(view, found.type, found.owner)
    times = {
        row.version: elements.time_text(row.fetched_at, view.facts.timezone, t) for row in found.versions
    }
    elements.html(
        "page",
        t=t,
        language=view.language,
        found=found,
        page=page,
        kind=kind,
        why=why,
        facts=facts,
        ways=_paths(found),
        times=times,
    )


def _paths(found: PageDetail) -> list[list[str]]:
    """Each way to the page: the addresses passed, and where they led; empty where nobody had to jump."""
    ways = []
    for page in (found.page, *found.moved):
        passed = [f"{hop.get('url', '')} ({hop.get('status', '')})" for hop in page.hops]
        end = found.page.final_url or found.page.url
        if passed or page.id != found.page.id or page.url != end:
            ways.append([*(passed or [page.url]), end])
    return ways


def _text(view: View, found: PageDetail) -> None:
    t = view.t
    colours = view.colours
    cut = list(highlight.pieces(found.text, found.mentions))
    total = len(found.page.text or "")
    shown = ""
    if total > len(found.text):
        shown = t("sources.cut", shown=f"{len(found.text):,}", all=f"{total:,}")
    elements.html(
        "page_text", t=t, found=found, pieces=cut, colours=colours, other=view.style.other, shown=shown
    )
    elements.html("page_offers", t=t, offers=found.offers, platforms=found.platforms)


def _citing(view: View, page_id: int) -> None:
    t = view.t
    chosen = AnswerFilters(page_id=page_id)
    total = data.answers_count(view.url, view.filters, chosen)
    rows = data.answers(view.url, view.filters, chosen, limit=CITING)
    checked = source_data.page_support(view.url, view.slug, page_id, tuple(row.id for row in rows))
    sentences: dict[int, list[CheckedSentence]] = defaultdict(list)
    for each in checked:
        sentences[each.answer_id].append(each)
    elements.html(
        "citing",
        t=t,
        head=t("sources.cited_with", count=f"{total:,}"),
        rows=rows,
        link=f"answers?{elements.query(workspace=view.slug, lang=view.language)}&answer=",
        engines=engine_texts(row.engine for row in rows),
        sentences=sentences,
    )
    source_list.to_answers(view, cited=str(page_id))
