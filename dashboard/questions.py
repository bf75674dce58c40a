"""The engines' own searches, folded and counted; one click makes one a prompt."""

from __future__ import annotations

import streamlit as st

from dashboard import elements, gated, reads
from dashboard.selection import View
from geo_tracker.errors import UsageError
from geo_tracker.queries.searches import Search
from geo_tracker.reports.csv import listed_table
from geo_tracker.words.names import engine_texts
from geo_tracker.workspaces.edits import Difference, key_of
from geo_tracker.workspaces.entries import PromptEntry

SHOWN = 30
SAID = "questions.said"


def show(view: View) -> None:
    """Searches that are no prompts yet, those in most answers first."""
    t = view.t
    if said := st.session_state.pop(SAID, None):
        st.success(said, icon=":material/check:")
    found = reads.searches(view.url, view.filters, 2 * SHOWN)
    new = [each for each in found if not each.asked][:SHOWN]
    if not new:
        elements.html("empty", title=t("questions.none"), text=t("questions.none_help"))
        return
    elements.html("note", text=t("questions.help"))
    for place, each in enumerate(new):
        _question(view, each, place)
    elements.download_table(
        view, "searches", lambda: listed_table("searches", Search, found, sandbox=view.facts.sandbox)
    )


def _question(view: View, of: Search, place: int) -> None:
    t = view.t
    names = engine_texts(of.engines)
    said = t(
        "questions.said",
        answers=f"{of.answers:,}",
        engines=t("text.comma").join(names.values()),
        day=elements.day_text(of.last, t),
    )
    with st.container(border=True):
        about, action = st.columns((5, 1), vertical_alignment="center")
        with about:
            elements.html("search", text=of.text, said=said, prompt=t("questions.made_for", prompt=of.prompt))
        with action:
            pressed = gated.button(
                view, "edit", t("questions.ask"), key=f"ask-{place}", icon=":material/add:", width="stretch"
            )
    if pressed:
        _ask(view, of)


def _ask(view: View, of: Search) -> None:
    """Make it a prompt of the language, country and topic of the question it was made for."""
    t = view.t
    try:
        entry = PromptEntry(text=of.text, language=of.language, country=of.country, topic=of.topic)
        item = entry.model_dump(mode="json")
        new = Difference("prompts", key_of("prompts", item), None, item)
        reason = t("questions.reason", answers=f"{of.answers:,}", prompt=of.prompt)
        reads.change(view.url, view.slug, [new], reason)
    except (UsageError, ValueError) as error:
        elements.mistake(error, view.language)
        return
    reads.forget()
    st.session_state[SAID] = t("questions.asked", text=of.text)
    st.rerun()
