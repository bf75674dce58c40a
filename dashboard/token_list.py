"""Tokens of programs: what there is, a new one that is shown once, taking one back."""

from __future__ import annotations

import streamlit as st

from dashboard import elements, gated, membership, tables
from dashboard.selection import View
from geo_tracker.errors import UsageError

MADE = "token.made"


def show(view: View) -> None:
    t = view.t
    elements.html("note", text=t("people.tokens_help"))
    found = membership.tokens(view.url, view.slug)
    if found:
        heads = [t(f"people.head.{name}") for name in ("name", "opens", "made", "revoked")]
        rows = [
            (
                each.name,
                t(f"people.opens.{each.scope}"),
                _time(view, each.created_at),
                _time(view, each.revoked_at),
            )
            for each in found
        ]
        tables.grid(heads, [tables.Row([tables.Cell(text) for text in row]) for row in rows], (0, 1, 2, 3))
    if made := st.session_state.pop(MADE, None):
        st.success(t("people.token_once"), icon=":material/key:")
        st.code(made, language=None)
    _create(view)
    _revoke(view, [each.name for each in found if not each.revoked_at])


def _time(view: View, at: object) -> str:
    return elements.time_text(at, view.facts.timezone, view.t)  # type: ignore[arg-type]


def _create(view: View) -> None:
    t = view.t
    with st.form("token-form", border=True, clear_on_submit=True):
        name = st.text_input(t("people.token_name"), key="token-name", max_chars=60)
        pressed = gated.submit(view, "administer", t("people.token_make"))
    if pressed:
        try:
            st.session_state[MADE] = membership.create_token(view.url, view.slug, name.strip())
        except UsageError as error:
            elements.mistake(error, view.language)
            return
        st.rerun()


def _revoke(view: View, names: list[str]) -> None:
    t = view.t
    if not names:
        return
    left, right = st.columns((4, 1), vertical_alignment="bottom")
    with left:
        name = st.selectbox(t("people.token_revoke_label"), names, key="token-gone")
    with right:
        pressed = gated.button(
            view, "administer", t("people.token_revoke"), width="stretch", key="token-revoke"
        )
    if pressed:
        membership.revoke_token(view.url, view.slug, str(name))
        st.rerun()
