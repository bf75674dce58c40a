"""Sources: the pages behind the answers, whom they name, what moved and what to do about it."""

from __future__ import annotations

import streamlit as st

from dashboard import (
    controls,
    elements,
    selection,
    source_changes,
    source_flags,
    source_gap,
    source_list,
    source_page,
)
from dashboard.selection import View

TABS = {
    "list": source_list.show,
    "gap": source_gap.show,
    "changes": source_changes.show,
    "flags": source_flags.show,
}


def show(view: View) -> None:
    shown = controls.fixed("shown")
    if shown.isdecimal():
        source_page.show(view, int(shown[:9]))
        return
    elements.heading(view, view.t("dashboard.sources"))
    if not elements.empty(view):
        TABS[_tab(view)](view)


def _tab(view: View) -> str:
    return controls.one_of(
        view.t("dashboard.sources"),
        "tab",
        tuple(TABS),
        "list",
        lambda name: view.t(f"sources.tab_{name}"),
        st.segmented_control,
        required=True,
        label_visibility="collapsed",
    )


show(selection.current())
