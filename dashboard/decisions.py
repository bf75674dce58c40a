"""Unsure mentions, two buttons each, and the rules that decisions have taught."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import discover_data, elements, gated
from dashboard.selection import View
from geo_tracker.queries.unsure import Unsure
from geo_tracker.score.answers import Progress
from geo_tracker.workspaces.lessons import Lesson
from geo_tracker.workspaces.priors import Prior

SHOWN = 20


def show(view: View) -> None:
    """What is unsure in the selection, and what was decided before."""
    found, taught = (
        discover_data.unsure(view.url, view.filters, SHOWN),
        discover_data.rules(view.url, view.slug),
    )
    if found:
        st.subheader(view.t("dashboard.unsure_heading"))
        elements.html("note", text=view.t("dashboard.unsure_help"))
        for each in found:
            _mention(view, each)
    if taught:
        st.subheader(view.t("dashboard.rules_heading"))
        for number, lesson in enumerate(taught, 1):
            _rule(view, lesson, number)
    known = discover_data.learnt(view.url, view.slug)
    if found or known:
        _learning(view, known)


def advancing(view: View) -> Progress:
    """A bar that shows how far the scoring has come."""
    bar = st.progress(0.0, view.t("dashboard.tracking"))

    def advance(done: int, total: int) -> None:
        bar.progress(done / max(total, 1), view.t("dashboard.tracking"))

    return advance


def _mention(view: View, each: Unsure) -> None:
    t = view.t
    with st.container(border=True):
        about, yes, no = st.columns((5, 1, 1), vertical_alignment="center")
        with about:
            said = t(
                "dashboard.unsure_said", brand=each.brand, confidence=each.confidence, reason=each.reason
            )
            word = t("dashboard.unsure_word", word=each.word) if each.word else t("dashboard.unsure_no_word")
            elements.html(
                "unsure", said=said, word=word, sentence=each.sentence, t=t, answer=_address(view, each)
            )
        for column, label, brand in ((yes, "is_brand", True), (no, "not_brand", False)):
            with column:
                pressed = gated.button(
                    view,
                    "mark",
                    t(f"dashboard.{label}"),
                    key=f"{label}-{each.place}",
                    width="stretch",
                    disabled=not each.word,
                )
            if pressed:
                discover_data.decide(view.url, view.slug, each.place, advancing(view), brand=brand)
                st.rerun()


def _learning(view: View, known: Sequence[Prior]) -> None:
    """How the answers use each name, taken together, and the buttons that learn it and drop it."""
    t = view.t
    st.subheader(t("dashboard.learnt_heading"))
    elements.html("note", text=t("dashboard.learnt_help"))
    for each in known:
        values = {"alias": each.alias, "name": each.name, "brand": each.brand, "other": each.other}
        elements.html("note", text=t("dashboard.learnt_of", **values))
    if known:
        said = t(
            "dashboard.learnt_from", answers=known[0].answers, day=known[0].at[:10], rules=known[0].rules
        )
        elements.html("note", text=said)
    learn, drop, _ = st.columns((2, 2, 3))
    with learn:
        learning = gated.button(view, "mark", t("dashboard.learn"), key="learn", width="stretch")
    with drop:
        dropping = bool(known) and gated.button(
            view, "mark", t("dashboard.forget_learnt"), key="forget-learnt", width="stretch"
        )
    if learning or dropping:
        discover_data.learn_uses(view.url, view.slug, advancing(view), drop=dropping)
        st.rerun()


def _rule(view: View, lesson: Lesson, number: int) -> None:
    about, action = st.columns((6, 1), vertical_alignment="center")
    key = "dashboard.rule_is" if lesson.brand else "dashboard.rule_is_not"
    with about:
        elements.html("note", text=view.t(key, alias=lesson.alias, word=lesson.word, brand=lesson.name))
    with action:
        pressed = gated.button(view, "mark", view.t("dashboard.undo"), key=f"undo-{number}", width="stretch")
    if pressed:
        discover_data.undo(view.url, view.slug, number, advancing(view))
        st.rerun()


def _address(view: View, each: Unsure) -> str:
    return f"answers?workspace={view.slug}&lang={view.language}&answer={each.answer}"
