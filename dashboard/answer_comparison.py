"""Two answers to one prompt, word by word."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard import controls, data, elements, reads
from dashboard.selection import View
from geo_tracker.errors import UsageError
from geo_tracker.extract.text.word_differences import differences, prose
from geo_tracker.queries.answers import AnswerRow
from geo_tracker.words.names import engine_text, surface_text

CHOICE = 30
"""Answers that can be compared with: the newest of the prompt."""


def choose(view: View, row: AnswerRow) -> None:
    """A list of the other answers to the prompt; choosing one compares."""
    t = view.t
    if not row.text:
        return
    others = [each for each in reads.answers_to(view.url, view.slug, row.id, CHOICE) if each.id != row.id]
    if not others:
        return
    names = {str(each.id): _name(view, each) for each in others}
    with st.expander(t("answer.compare"), icon=":material/compare_arrows:"):
        chosen = st.selectbox(t("answer.compare_with"), list(names), format_func=names.__getitem__)
        st.button(t("answer.compare_now"), on_click=partial(controls.put, against=chosen))


def show(view: View, answer_id: int, other_id: int) -> None:
    """Both texts with what only one of them says marked, and how much they share."""
    t = view.t
    st.button(t("answer.back"), icon=":material/arrow_back:", on_click=partial(controls.put, against=""))
    try:
        one, two = (data.answer(view.url, view.slug, each).row for each in (answer_id, other_id))
    except UsageError:
        elements.elsewhere(view)
        return
    parts = differences(prose(one.text or ""), prose(two.text or ""))
    common = sum(len(part.text) for part in parts if part.where == "both")
    longest = max(len(prose(row.text or "")) for row in (one, two))
    elements.html(
        "comparison",
        t=t,
        title=one.prompt,
        sandbox=one.sandbox or two.sandbox,
        other=two.prompt if two.prompt != one.prompt else "",
        share=t("answer.common", share=f"{common / longest:.0%}") if longest else "",
        first=_name(view, one),
        second=_name(view, two),
        parts=parts,
        links=[elements.answer_address(view, each) for each in (answer_id, other_id)],
    )


def _name(view: View, row: AnswerRow) -> str:
    t = view.t
    words = (elements.day_text(row.day, t), engine_text(row.engine), surface_text(row.surface, t))
    return t("answer.name", repeat=row.repeat, where=" · ".join(words))
