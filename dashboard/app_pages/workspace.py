"""Workspace: brands, prompts and panels changed with a preview, undone, and who changed what."""

from __future__ import annotations

import streamlit as st

from dashboard import (
    change_history,
    controls,
    edit_brands,
    edit_draft,
    edit_panels,
    edit_prompts,
    edit_settings,
    edit_shops,
    elements,
    selection,
)
from dashboard.selection import View

TABS = {
    "brands": edit_brands.show,
    "prompts": edit_prompts.show,
    "shops": edit_shops.show,
    "settings": edit_settings.show,
    "panels": edit_panels.show,
    "engines": edit_panels.engines,
    "history": change_history.show,
}


def show(view: View) -> None:
    t = view.t
    elements.html("heading", t=t, title=t("dashboard.workspace"), workspace=view.facts.name, **NO_NUMBERS)
    tab = controls.one_of(
        t("dashboard.workspace"),
        "part",
        tuple(TABS),
        "brands",
        lambda name: t(f"workspace.{name}"),
        st.segmented_control,
        required=True,
        label_visibility="collapsed",
    )
    if edit_draft.waiting(view):
        edit_draft.show(view)
    else:
        TABS[tab](view)


NO_NUMBERS = {"period": "", "before": "", "sandbox": False, "notes": ()}

show(selection.current())
