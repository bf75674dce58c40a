"""What a page read is kept until the data changes, and not a moment longer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

from dashboard.caching import database, kept, one_view, reading_run, shared, writing_run
from geo_tracker.queries.choices import read_workspaces
from geo_tracker.storage.database import writing
from geo_tracker.storage.models import Workspace

READ: list[tuple[str, str]] = []


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    READ.clear()
    st.cache_data.clear()
    yield f"sqlite:///{tmp_path / 'geo.db'}"
    st.cache_data.clear()
    st.cache_resource.clear()


@kept(10)
def names(url: str, mark: str = "") -> list[str]:
    READ.append(("names", mark))
    with reading_run(url) as session:
        return [*read_workspaces(session)]


@shared(10)
def objects(url: str) -> list[str]:
    READ.append(("objects", ""))
    with reading_run(url) as session:
        return [*read_workspaces(session)]


def add(url: str, slug: str) -> None:
    with writing(database(url)) as session:
        session.add(Workspace(slug=slug, name=slug))


def test_nothing_is_read_again_until_another_writes(url: str) -> None:
    assert [names(url), names(url), objects(url), objects(url)] == [[], [], [], []]
    assert READ == [("names", ""), ("objects", "")]
    add(url, "one")
    assert (names(url), objects(url)) == (["one"], ["one"])
    assert len(READ) == 4


def test_what_is_asked_otherwise_is_read_for_itself(url: str) -> None:
    names(url), names(url, "other"), names(url), names(url, "other")
    assert READ == [("names", ""), ("names", "other")]


def test_a_run_sees_one_state_and_its_own_changes(url: str) -> None:
    with one_view(url):
        assert names(url) == []
        add(url, "of another")
        assert names(url) == []
        with writing_run(url) as session:
            session.add(Workspace(slug="mine", name="mine"))
        assert names(url) == ["of another", "mine"]


def test_each_reader_gets_a_copy_of_what_is_kept_and_the_same_of_what_is_shared(url: str) -> None:
    names(url).append("changed")
    assert names(url) == []
    assert objects(url) is objects(url)
