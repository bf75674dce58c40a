"""What strangers wrote is shown on a terminal, and never obeyed by it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_tracker.cli._console import emit, printable, say, show, warn

HOSTILE = "a\x1b]0;owned\x07b\x9b31mc\u202ed"
SHOWN = r"a\x1b]0;owned\x07b\x9b31mc\u202ed"


@given(st.text())
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    found = printable(text)
    assert not {each for each in found if unicodedata.category(each) in ("Cc", "Cs")} - {"\n", "\t"}
    assert not set(found) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    found.encode()


@pytest.mark.parametrize("text", ["Two\nlines\tof a table", "蕉下 32℃", "👩\u200d💻 مثال", "a\u00adb"])
def test_what_people_write_stays(text: str) -> None:
    assert printable(text) == text


def test_every_way_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    emit([{"text": HOSTILE}], json=False)
    show(HOSTILE)
    assert capsys.readouterr().out.count(SHOWN) == 2
    say(HOSTILE)
    warn(HOSTILE)
    assert capsys.readouterr().err.count(SHOWN) == 2


def test_numbers_in_lists_and_by_name_are_as_short_as_in_a_cell_of_their_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    emit([{"a": 26.285509515, "b": {"USD": 26.285509515}, "c": [26.285509515, None, 3]}], json=False)
    told = capsys.readouterr().out
    assert told.count("26.286") == 3 and "26.2855" not in told
    assert "USD 26.286" in told and "-, 3" in told
