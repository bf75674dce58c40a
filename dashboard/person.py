"""Who looks at the dashboard and what they may do: found anew in every run, and again by whatever writes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from sqlmodel import Session

from dashboard.caching import database, writing_run
from geo_tracker.people.login import is_wanted
from geo_tracker.people.members import person_of
from geo_tracker.people.permissions import ANYBODY, Permission, Person
from geo_tracker.storage.database import reading

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


@contextmanager
def changing(url: str, slug: str | None, permission: Permission) -> Iterator[tuple[Session, str]]:
    """A transaction that writes in the reader's name, and the end of what the run has seen before.

    The one way by which the dashboard stores anything: raises `NotAllowed` where the reader may not, by the roles of
    this moment. `slug` is None for all workspaces at once. Yields the session and who it is.
    """
    with writing_run(url) as session:
        yield session, _required(session, slug, permission)


def required(url: str, slug: str, permission: Permission) -> str:
    """Who it is; raises `NotAllowed` where they may not, for what stores by itself, such as a run."""
    with reading(database(url)) as session:
        return _required(session, slug, permission)


def _required(session: Session, slug: str | None, permission: Permission) -> str:
    found = find(session) or Person("")
    found.require(permission, slug)
    return found.name
