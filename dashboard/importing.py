"""Answers from a file: what it holds is told, stored and scored; the same file twice adds nothing."""

from __future__ import annotations

import streamlit as st

from dashboard import decisions, elements, gated, reads
from dashboard.selection import View
from geo_tracker.collect.imports import Imported
from geo_tracker.errors import UsageError
from geo_tracker.words.mistakes import foreign_text

SAID = "importing.said"
SHOWN = 20
"""Rows that could not be read, on screen."""


def show(view: View) -> None:
    """Choose a file, see what became of it."""
    t = view.t
    done: Imported | None = st.session_state.pop(SAID, None)
    with st.expander(t("importing.title"), icon=":material/upload_file:", expanded=done is not None):
        elements.html("note", text=t("importing.help"))
        if done is not None:
            _told(view, done)
        file = st.file_uploader(t("importing.title"), label_visibility="collapsed", key="imported-file")
        pressed = file is not None and gated.button(
            view, "edit", t("importing.start"), key="import", icon=":material/upload:"
        )
        if file is None or not pressed:
            return
        try:
            done = reads.take(view.url, view.slug, file.name, file.getvalue(), decisions.advancing(view))
        except UsageError as error:
            elements.mistake(error, view.language)
            return
    st.session_state[SAID] = done
    reads.forget()
    st.rerun()


def _told(view: View, done: Imported) -> None:
    t = view.t
    counts = {"read": done.read, "new": done.new, "known": done.known, "failed": done.failed}
    elements.html("headline", text=t("importing.done", file=done.file, **counts))
    lines = [foreign_text(note, view.language) for note in done.notes]
    for error in done.errors[:SHOWN]:
        lines.append(t("importing.line", line=error.line, reason=foreign_text(error.reason, view.language)))
    if lines:
        elements.html("lines", lines=lines)
