"""What the workspace is called, which day it counts by, and what is looked for in answers beside brands."""

from __future__ import annotations

import streamlit as st

from dashboard import edit_draft
from dashboard.edit_draft import lines
from dashboard.selection import View


def show(view: View) -> None:
    """One form."""
    t = view.t
    _, data = edit_draft.data_of(view)
    own = data["workspace"]
    with st.form("settings", enter_to_submit=False):
        left, right = st.columns(2)
        with left:
            name = st.text_input(t("workspace.field.name"), own["name"])
            locale = st.text_input(t("workspace.field.locale"), own["locale"])
            timezone = st.text_input(t("workspace.field.timezone"), own["timezone"])
            days = st.number_input(t("workspace.field.recrawl_days"), 0, 3650, own["recrawl_days"])
        with right:
            topics = st.text_area(t("workspace.field.topics"), "\n".join(data["topics"]))
            attributes = st.text_area(t("workspace.field.attributes"), "\n".join(data["attributes"]))
        pressed = st.form_submit_button(t("workspace.see"), type="primary", icon=":material/visibility:")
    if pressed:
        changed = {"name": name, "locale": locale, "timezone": timezone, "recrawl_days": int(days)}
        lists = {"topics": lines(topics), "attributes": lines(attributes)}
        edit_draft.propose(view, {**data, "workspace": {**own, **changed}, **lists})
