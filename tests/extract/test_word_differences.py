"""Two texts word by word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_tracker.extract.text import word_differences as module
from geo_tracker.extract.text.word_differences import Part, differences, prose, words

TEXTS = st.text(st.sampled_from("ab 云纱温和\n.,"), max_size=40)


@given(TEXTS, TEXTS)
def test_each_text_is_its_own_parts_and_the_common_ones(first: str, second: str) -> None:
    parts = differences(first, second)
    assert "".join(part.text for part in parts if part.where != "second") == first
    assert "".join(part.text for part in parts if part.where != "first") == second


@given(TEXTS)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert {part.where for part in differences(text, text)} <= {"both"}


def test_words_are_compared_and_not_characters() -> None:
    assert differences("Aurora is gentle", "Aurora is mild") == [
        Part("both", "Aurora is "),
        Part("first", "gentle"),
        Part("second", "mild"),
    ]
    assert list(words("敏感肌适合云纱")) != list("敏感肌适合云纱")
    assert Part("first", "便宜") in differences("云纱很便宜", "云纱很温和")


def test_what_lies_behind_the_limit_is_told_apart_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WORDS", 2)
    assert differences("a b c", "a b d") == [Part("both", "a "), Part("first", "b c"), Part("second", "b d")]


def test_prose_is_what_a_reader_reads() -> None:
    assert prose("## Picks\n\n1. **Aurora** is good [1].\n") == "Picks\n1. Aurora is good."
