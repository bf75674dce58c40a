"""Who looks at the dashboard and what they may do: found anew in every run, and again by whatever writes."""

from __future__ import annotations

import os

import streamlit as st
from sqlmodel import Session

from geo_tracker.people.login import is_wanted
from geo_tracker.people.members import person_of
from geo_tracker.people.permissions import ANYBODY, Permission, Person

PERSON = "person"


def signs_in() -> bool:
    """Whether people sign in here: as the environment says, or the secrets that Streamlit was started with."""
    return is_wanted(os.environ) or "is_logged_in" in st.user


def find(session: Session) -> Person | None:
    """Who it is, with the roles of this moment; None where they have not signed in yet."""
    if not signs_in():
        return ANYBODY
    return person_of(session, st.user.to_dict()) if st.user.get("is_logged_in") else None


def enter(session: Session) -> Person | None:
    """Find who it is and keep it for this run."""
    found = find(session)
    st.session_state[PERSON] = found
    return found


def current() -> Person:
    """Who looks at this run."""
    person: Person = st.session_state[PERSON]
    return person


def allowed(permission: Permission, slug: str | None) -> bool:
    """Whether they may do it in a workspace; None asks for all workspaces at once."""
    return current().may(permission, slug)
