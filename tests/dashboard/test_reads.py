"""A view opens one session and asks for nothing twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import data, shelf_data
from tests.support.counting import Asked, counting
from tests.support.pages import visit

CEILINGS: dict[str, tuple[dict[str, str], int]] = {
    "overview": ({}, 30),
    "competitors": ({}, 30),
    "answers": ({}, 22),
    "sources": ({}, 26),
    "sources of pages": ({"level": "page"}, 26),
    "sources gap": ({"tab": "gap"}, 26),
    "sources changes": ({"tab": "changes"}, 36),
    "shelf": ({}, 40),
    "discover": ({}, 22),
    "definitions": ({}, 10),
}
"""Statements of a first paint at most."""


@pytest.fixture
def asking(database: str) -> Callable[..., Asked]:
    """Paints a page with nothing cached, its schema looked at before, and tells what it asked."""
    visit()

    def paint(page: str, **address: str) -> Asked:
        st.cache_data.clear()
        data.facts.clear()
        shelf_data.shelf.clear()
        with counting(database) as asked:
            visit(page, **address)
        return asked

    return paint


@pytest.mark.parametrize("name", CEILINGS)
def test_a_page_is_painted_from_one_session_that_asks_for_nothing_twice(
    name: str, asking: Callable[..., Asked]
) -> None:
    address, most = CEILINGS[name]
    asked = asking(name.split()[0], **address)
    assert asked.twice == []
    assert asked.sessions == 1
    assert asked.statements.total() <= most


def test_a_second_paint_of_the_same_numbers_reads_none_of_them(database: str) -> None:
    app: AppTest = visit()
    with counting(database) as asked:
        app.run()
    assert len(asked.statements) == asked.statements.total() <= 4
    # Whether anything was written, signals, and what the reader saved: those are always read anew.
    always = ("FROM revision", "signal", "FROM workspace", "FROM bookmark")
    assert all(any(word in statement for word in always) for statement, _ in asked.statements)
