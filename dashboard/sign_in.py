"""Signing in, signing out, and what those see who have no role yet."""

from __future__ import annotations

import streamlit as st

from dashboard import elements, person
from geo_tracker.config import Look
from geo_tracker.i18n import Translate
from geo_tracker.people.members import names_of

PRODUCT = "GEO Tracker"


def show(look: Look, t: Translate) -> None:
    """What those see who have not signed in: whose installation it is, and the way in."""
    elements.html("empty", title=look.name or PRODUCT, text=t("people.sign_in_help"))
    if st.button(t("people.sign_in"), type="primary", icon=":material/login:"):
        st.login()


def nothing(t: Translate) -> None:
    """What those see who have signed in and have no role: under which name an admin lets them in."""
    names = names_of(st.user.to_dict())
    elements.html("empty", title=t("people.nothing"), text=t("people.nothing_help"))
    if names:
        st.code(names[0], language=None)
    else:
        elements.html("note", text=t("people.unverified"))


def badge(t: Translate) -> None:
    """In the sidebar: who is signed in, and the way out."""
    if not person.signs_in():
        return
    elements.html("note", text=t("people.signed_in", who=person.current().name))
    if st.button(t("people.sign_out"), icon=":material/logout:", width="stretch", key="sign-out"):
        st.logout()
