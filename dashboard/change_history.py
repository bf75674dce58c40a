"""Who changed what and when, and taking a change back."""

from __future__ import annotations

import streamlit as st

from dashboard import controls, edit_draft, elements, gated, reads
from dashboard.selection import View
from geo_tracker.errors import UsageError
from geo_tracker.storage.models import Audit
from geo_tracker.workspaces.edits import Difference

ROWS = 15
SHOWN = 5


def show(view: View) -> None:
    """The newest changes first."""
    t = view.t
    total = reads.history_count(view.url, view.slug)
    if not total:
        elements.html("empty", title=t("workspace.no_history"), text=t("workspace.no_history_help"))
        return
    page = controls.page("page", -(-total // ROWS))
    for row in reads.history(view.url, view.slug, ROWS * (page - 1), ROWS):
        _row(view, row)
    elements.html("note", text=t("workspace.history_help", workspace=view.slug))


def _row(view: View, row: Audit) -> None:
    t = view.t
    changes = [Difference(**each) for each in row.changes]
    at = elements.time_text(row.at, view.facts.timezone, t)
    head = " · ".join(
        filter(
            None, (f"#{row.id}", at, elements.who_text(row.who, t), t(f"workspace.via_{row.via}"), row.reason)
        )
    )
    told = [edit_draft.told(view, each) for each in changes[:SHOWN]]
    if len(changes) > SHOWN:
        told.append(t("workspace.more", count=len(changes) - SHOWN))
    with st.container(border=True):
        about, action = st.columns((5, 1), vertical_alignment="center")
        with about:
            elements.html("change", head=head, lines=told, undone=t("workspace.undone") if row.undone else "")
        with action:
            pressed = not row.undone and gated.button(
                view, "edit", t("dashboard.undo"), key=f"undo-{row.id}", width="stretch"
            )
    if pressed:
        _undo(view, row, changes)


def _undo(view: View, row: Audit, changes: list[Difference]) -> None:
    try:
        reads.undo(view.url, view.slug, row.id)
    except UsageError as error:
        elements.mistake(error, view.language)
        return
    edit_draft.score_again(view, changes)
    st.rerun()
