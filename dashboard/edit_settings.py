"""What the workspace is called, which day it counts by, and what is looked for in answers beside brands."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import edit_draft, gated
from dashboard.edit_draft import lines
from dashboard.selection import View
from geo_tracker.i18n import Translate
from geo_tracker.workspaces.budget import RetentionEntry, WorkspaceBudgetEntry


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
        bounds = _bounds(t, data)
        pressed = gated.submit(view, "edit", t("workspace.see"), type="primary", icon=":material/visibility:")
    if pressed:
        changed = {"name": name, "locale": locale, "timezone": timezone, "recrawl_days": int(days)}
        lists = {"topics": lines(topics), "attributes": lines(attributes)}
        edit_draft.propose(view, {**data, "workspace": {**own, **changed}, **lists, **bounds})


def _bounds(t: Translate, data: dict[str, Any]) -> dict[str, Any]:
    """What a month may cost, and how long evidence is kept; limits of single engines stay as the file has them."""
    budget = data["budget"] or WorkspaceBudgetEntry().model_dump()
    kept = data["retention"] or RetentionEntry().model_dump()
    calls, money, currency, bodies, pages = st.columns(5, vertical_alignment="bottom")
    with calls:
        most = st.number_input(t("workspace.budget_calls"), 0, value=budget["calls_per_month"])
    with money:
        cost = st.number_input(t("workspace.budget_money"), 0.0, value=float(budget["money_per_month"]))
    with currency:
        unit = st.text_input(t("workspace.currency"), budget["currency"])
    with bodies:
        responses = st.number_input(t("workspace.keep_bodies"), 0, 36_500, kept["bodies"])
    with pages:
        texts = st.number_input(t("workspace.keep_pages"), 0, 36_500, kept["pages"])
    own = {"calls_per_month": int(most), "money_per_month": cost, "currency": unit}
    found = {"budget": {**budget, **own}, "retention": {"bodies": int(responses), "pages": int(texts)}}
    # A part that is as it was stays absent from the file.
    absent = {"budget": WorkspaceBudgetEntry().model_dump(), "retention": RetentionEntry().model_dump()}
    return {name: part for name, part in found.items() if data[name] or part != absent[name]}
