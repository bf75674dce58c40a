"""Negative and doubtful statements to be looked at: seen, not true, or dealt with."""

from __future__ import annotations

import streamlit as st

from dashboard import controls, elements, gated, reads
from dashboard.selection import View
from geo_tracker.queries.concerns import STATES, Statement
from geo_tracker.words.names import engine_text, surface_text

ROWS = 10


def show(view: View, brand: str) -> None:
    """The statements in one state, each with the buttons that move it to another."""
    t = view.t
    chosen = controls.one_of(
        t("perception.state"),
        "state",
        STATES,
        STATES[0],
        lambda name: t(f"perception.state_{name}"),
        st.segmented_control,
        required=True,
        label_visibility="collapsed",
    )
    state = next(each for each in STATES if each == chosen)
    total = reads.statements_count(view.url, view.filters, brand, state)
    elements.html("note", text=t("perception.queue_help", count=f"{total:,}", brand=brand))
    if not total:
        elements.html("empty", title=t("perception.queue_empty"), text=t("perception.queue_empty_help"))
        return
    page = controls.page("page", -(-total // ROWS))
    for each in reads.statements(view.url, view.filters, brand, state, ROWS * (page - 1), ROWS):
        _statement(view, each)


def _statement(view: View, of: Statement) -> None:
    t = view.t
    with st.container(border=True):
        elements.html(
            "statement",
            t=t,
            of=of,
            note=" · ".join(
                (engine_text(of.engine), surface_text(of.surface, t), elements.day_text(of.day, t), of.prompt)
            ),
            marked=_marked(view, of),
            link=elements.answer_address(view, of.answer),
        )
        others = [state for state in STATES if state != of.state]
        actions = st.container(key=f"actions-{of.answer}-{of.brand_id}")
        for column, state in zip(actions.columns(len(others)), others, strict=True):
            with column:
                pressed = gated.button(
                    view,
                    "mark",
                    t(f"perception.mark_{state}"),
                    key=f"{state}-{of.answer}-{of.brand_id}",
                    width="stretch",
                )
            if pressed:
                reads.mark(view.url, view.slug, of, state)
                st.rerun()


def _marked(view: View, of: Statement) -> str:
    """Who decided and when; empty while nobody has."""
    if of.state == "open":
        return ""
    at = elements.time_text(of.at, view.facts.timezone, view.t)
    return view.t("perception.marked", who=elements.who_text(of.who, view.t), at=at)
