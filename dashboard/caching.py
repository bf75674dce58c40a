"""One session a run, and what was read kept until the data changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import update_wrapper
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

import sqlalchemy as sa
import streamlit as st
from sqlmodel import Session

from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import KNOWN, migrate, open_engine, reading, revision_of, writing

DAY_ENDS = 3600
"""Seconds after which a page reads again though nothing was written: by then the day may be another one."""
Asked = ParamSpec("Asked")
Found = TypeVar("Found")


@st.cache_resource(show_spinner=False)
def database(url: str) -> sa.Engine:
    """The database, its schema up to date."""
    engine = open_engine(url)
    migrate(engine)
    return engine


@st.cache_resource(show_spinner=False)
def archive(url: str) -> Archive:
    return Archive(url)


_VIEW: ContextVar[Session | None] = ContextVar("view", default=None)


@contextmanager
def one_view(url: str) -> Iterator[Session]:
    """All that a run of the script reads is read in one session: one connection, one state of the data."""
    with reading(database(url)) as session:
        token = _VIEW.set(session)
        try:
            yield session
        finally:
            _VIEW.reset(token)


@contextmanager
def reading_run(url: str) -> Iterator[Session]:
    """The session of the run; one of its own for what is read outside of one, such as a file that is downloaded."""
    session = _VIEW.get()
    if session is not None:
        yield session
        return
    with reading(database(url)) as own:
        yield own


@contextmanager
def writing_run(url: str) -> Iterator[Session]:
    """A transaction that writes, and the end of what the run has seen before."""
    with writing(database(url)) as session:
        yield session
    look_again()


def look_again() -> None:
    """Have the run see what was written since it began."""
    session = _VIEW.get()
    if session is not None:
        session.close()
        session.info[KNOWN] = {}


class Cached(Generic[Asked, Found]):
    """A read of a database that is done once for each state of its data."""

    def __init__(self, read: Callable[Concatenate[str, Asked], Found], store: Any) -> None:
        def at(revision: int, url: str, *asked: Asked.args, **named: Asked.kwargs) -> Found:
            return read(url, *asked, **named)

        # Streamlit tells what it keeps apart by these two.
        at.__module__, at.__qualname__ = read.__module__, read.__qualname__
        self._kept = store(at)
        update_wrapper(self, read)

    def __call__(self, url: str, *asked: Asked.args, **named: Asked.kwargs) -> Found:
        with reading_run(url) as session:
            revision = revision_of(session)
        found: Found = self._kept(revision, url, *asked, **named)
        return found

    def clear(self) -> None:
        """Forget all that was read."""
        self._kept.clear()


def kept(
    most: int, **more: Any
) -> Callable[[Callable[Concatenate[str, Asked], Found]], Cached[Asked, Found]]:
    """Keep what a read gives, at most so many, each reader getting a copy; its first parameter is the database's."""
    store = st.cache_data(ttl=DAY_ENDS, max_entries=most, show_spinner=False, **more)
    return lambda read: Cached(read, store)


def shared(most: int) -> Callable[[Callable[Concatenate[str, Asked], Found]], Cached[Asked, Found]]:
    """As `kept`, but all readers get the same: for what nobody changes and copying costs."""
    store = st.cache_resource(ttl=DAY_ENDS, max_entries=most, show_spinner=False)
    return lambda read: Cached(read, store)
