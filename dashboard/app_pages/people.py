"""People: members and their roles, tokens of programs, and who did what; for admins of the workspace."""

from __future__ import annotations

import streamlit as st

from dashboard import audit_list, controls, elements, member_list, person, selection, token_list
from dashboard.selection import View

PARTS = {"members": member_list.show, "tokens": token_list.show, "audit": audit_list.show}
NO_NUMBERS = {"period": "", "before": "", "sandbox": False, "notes": ()}


def show(view: View) -> None:
    t = view.t
    elements.html("heading", t=t, title=t("dashboard.people"), workspace=view.facts.name, **NO_NUMBERS)
    if not person.allowed("administer", view.slug):
        elements.html("empty", title=t("people.no_admin"), text=t("people.no_admin_help"))
        return
    part = controls.one_of(
        t("dashboard.people"),
        "people",
        tuple(PARTS),
        "members",
        lambda name: t(f"people.{name}"),
        st.segmented_control,
        required=True,
        label_visibility="collapsed",
    )
    PARTS[part](view)


show(selection.current())
