"""Panels: which engines are asked, how often and for how much; and which engines have their keys."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import controls, edit_draft, elements, gated, tables
from dashboard.selection import View
from geo_tracker.config import Settings
from geo_tracker.engines import engines as all_engines
from geo_tracker.words.names import surface_text

NEW = ""
BUDGET = {"calls_per_month": 0, "money_per_month": 0.0, "currency": "USD"}


def show(view: View) -> None:
    """Choose a panel or a new one and change it."""
    t = view.t
    _, data = edit_draft.data_of(view)
    panels = data["panels"] or []
    names = (*(panel["name"] for panel in panels), NEW)
    name = controls.one_of(
        t("workspace.panel"),
        "panel",
        names,
        names[0],
        lambda each: each or t("workspace.new_panel"),
        width=360,
    )
    found: dict[str, Any] = next((panel for panel in panels if panel["name"] == name), {})
    with st.form(f"panel-{name}", enter_to_submit=False):
        wanted = _fields(view, found)
        kept = gated.submit(view, "edit", t("workspace.see"), type="primary", icon=":material/visibility:")
        gone = name != NEW and gated.submit(
            view, "edit", t("workspace.archive_panel"), icon=":material/archive:"
        )
    if kept or gone:
        others = [panel for panel in panels if panel["name"] != name]
        edit_draft.propose(view, {**data, "panels": others if gone else [*others, wanted]})


def _fields(view: View, found: dict[str, Any]) -> dict[str, Any]:
    t = view.t
    budget = {**BUDGET, **found.get("budget", {})}
    known = all_engines()
    left, right = st.columns(2)
    with left:
        name = st.text_input(t("workspace.name"), found.get("name", ""), max_chars=100)
        chosen = st.multiselect(
            t("report.engines"),
            list(known),
            found.get("engines", []),
            format_func=lambda each: known[each].label,
        )
        repeats = st.number_input(t("workspace.repeats"), 1, 100, found.get("repeats", 1))
    with right:
        cron = st.text_input(t("workspace.cron"), found.get("cron", ""), help=t("workspace.cron_help"))
        calls = st.number_input(t("workspace.calls"), 0, None, budget["calls_per_month"])
        money = st.number_input(t("workspace.money"), 0.0, None, float(budget["money_per_month"]))
        currency = st.text_input(t("workspace.currency"), budget["currency"], max_chars=3)
    return {
        **found,
        "name": name,
        "engines": chosen,
        "repeats": int(repeats),
        "cron": cron,
        "budget": {"calls_per_month": int(calls), "money_per_month": money, "currency": currency},
    }


def engines(view: View) -> None:
    """Every engine with the variable that holds its key and whether that is set; never the key."""
    t, settings = view.t, Settings.from_environment()
    rows = []
    for name, engine in sorted(all_engines().items()):
        missing = settings.missing(engine)
        state = t("workspace.no_key" if missing else "workspace.ready")
        needed = filter(None, (engine.key_variable, *engine.extra_variables))
        rows.append(
            tables.Row(
                (
                    tables.Cell(engine.label, name),
                    tables.Cell(surface_text(engine.surface, t)),
                    tables.Cell(t("text.comma").join(needed) or t("number.none")),
                    tables.Cell(state, direction="" if missing else "better"),
                )
            )
        )
    heads = (t("report.engine"), t("dimension.surface"), t("workspace.key"), t("dashboard.status"))
    elements.html("note", text=t("workspace.engines_help"))
    tables.grid(heads, rows, (0, 1, 2, 3))
