"""Views saved by name, in the sidebar: the page and the filters of this moment, for the one who saves them."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from urllib.parse import urlencode

import streamlit as st

from dashboard import controls, elements, membership
from dashboard.selection import View
from geo_tracker.errors import UsageError
from geo_tracker.people.bookmarks import LONGEST
from geo_tracker.storage.models import Bookmark

NAME, SAID = "bookmark-name", "bookmark-said"


def show(view: View, page: str, pages: Collection[str]) -> None:
    """The list, each a link; a form that saves where the reader is; one of another page than `pages` is left out."""
    t = view.t
    found = [row for row, _ in membership.bookmarks(view.url) if row.page in pages]
    with st.expander(t("people.views"), icon=":material/bookmark:"):
        for row in found:
            _row(view, row)
        st.text_input(
            t("people.view_name"), key=NAME, max_chars=LONGEST, placeholder=t("people.view_example")
        )
        st.button(
            t("people.view_save"), on_click=partial(_save, view, page), width="stretch", key="bookmark-save"
        )
        if said := st.session_state.pop(SAID, None):
            elements.mistake(said, view.language)


def _row(view: View, row: Bookmark) -> None:
    link, gone = st.columns((5, 1), vertical_alignment="center")
    with link:
        where = f"{row.page}?{urlencode({**row.address, 'lang': view.language}, doseq=True)}"
        elements.html("bookmark", name=row.name, link=where)
    with gone:
        st.button(
            "",
            icon=":material/close:",
            help=view.t("people.view_remove", name=row.name),
            key=f"bookmark-gone-{row.id}",
            type="tertiary",
            on_click=partial(membership.forget_bookmark, view.url, view.slug, row.name),
        )


def _save(view: View, page: str) -> None:
    """Keep the address of the run in which the button was pressed; the language stays the reader's own."""
    name = st.session_state.get(NAME, "")
    address = {key: list(values) for key, values in controls.written().items() if key != "lang"}
    address["workspace"] = [view.slug]
    try:
        membership.save_bookmark(view.url, view.slug, name, page, address)
    except UsageError as error:
        st.session_state[SAID] = error
        return
    st.session_state[NAME] = ""
