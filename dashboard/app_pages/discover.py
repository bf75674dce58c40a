"""Discover: names that are not tracked and questions that are not asked, with evidence; one click takes one up."""

from __future__ import annotations

import streamlit as st

from dashboard import controls, decisions, discover_data, elements, gated, questions, selection
from dashboard.selection import View
from geo_tracker.queries.candidates import Candidate
from geo_tracker.reports.csv import candidates_table
from geo_tracker.reports.words import figure
from geo_tracker.words.names import engine_texts

SHOWN = 30


def show(view: View) -> None:
    t = view.t
    elements.heading(view, t("dashboard.discover"))
    if elements.empty(view):
        return
    chosen = controls.one_of(
        t("dashboard.discover"),
        "what",
        ("names", "questions"),
        "names",
        lambda name: t(f"questions.tab_{name}"),
        st.segmented_control,
        required=True,
        label_visibility="collapsed",
    )
    if chosen == "questions":
        questions.show(view)
        return
    _new_names(view)
    decisions.show(view)


def _new_names(view: View) -> None:
    t = view.t
    found = discover_data.candidates(view.url, view.filters, SHOWN)
    if not found:
        elements.html("empty", title=t("dashboard.no_candidates"), text=t("dashboard.no_candidates_help"))
        return
    elements.html("note", text=t("dashboard.candidates_help"))
    for place, candidate in enumerate(found):
        _candidate(view, candidate, place)
    sandbox = view.facts.sandbox
    elements.download_table(view, "candidates", lambda: candidates_table(found, sandbox=sandbox))


def _candidate(view: View, candidate: Candidate, place: int) -> None:
    t = view.t
    names = engine_texts({*candidate.engines, *(each.engine for each in candidate.evidence)})
    evidence = [
        {
            "text": each.text,
            "engine": names[each.engine],
            "day": elements.day_text(each.day, t),
            "id": each.answer,
        }
        for each in candidate.evidence
    ]
    with st.container(border=True):
        about, action = st.columns((5, 1), vertical_alignment="center")
        with about:
            elements.html(
                "candidate",
                t=t,
                name=candidate.name,
                share=figure("mention_rate", candidate.share, None, t),
                engines={names[engine]: count for engine, count in candidate.engines.items()},
                evidence=evidence,
                answer=f"answers?workspace={view.slug}&lang={view.language}&answer=",
            )
        with action:
            if gated.button(
                view,
                "edit",
                t("dashboard.track"),
                key=f"track-{place}",
                icon=":material/add:",
                width="stretch",
            ):
                _track(view, candidate.name)


def _track(view: View, name: str) -> None:
    discover_data.track_brand(view.url, view.slug, name, decisions.advancing(view))
    st.rerun()


show(selection.current())
