"""The word that a decision on an unsure mention teaches, and what the rule does to the alias."""

from __future__ import annotations

import pytest

from geo_tracker.extract.brands.mentions import Matcher
from geo_tracker.extract.records import AliasSpec, BrandSpec
from geo_tracker.extract.scores import analyse
from geo_tracker.workspaces.brands import taught
from geo_tracker.workspaces.lessons import neighbour


@pytest.mark.parametrize(
    ("text", "name", "word"),
    [
        ("Peak routines help on busy days.", "Peak", "routines"),
        ("We like the calm Peak.", "Peak", "calm"),
        ("Peak. Routines help.", "Peak", ""),
        ("Peak uninterruptedly grows.", "Peak", ""),
        ("买红豆煮粥", "红豆", "煮粥"),
        ("红豆", "红豆", ""),
    ],
)
def test_the_neighbour_is_a_whole_word_of_the_sentence(text: str, name: str, word: str) -> None:
    start = text.index(name)
    assert neighbour(text, start, start + len(name)) == word


def counts(brand: BrandSpec, text: str) -> bool:
    return bool(analyse(text, Matcher([brand])).brands)


def test_a_lesson_is_a_rule_of_its_alias_only() -> None:
    plain = BrandSpec("Peak")
    text = "Peak routines help on busy days."
    yes = BrandSpec("Peak", tuple(taught((), [{"alias": "Peak", "word": "routines", "brand": True}])))
    no = BrandSpec("Peak", tuple(taught((), [{"alias": "Peak", "word": "app", "brand": False}])))
    assert not counts(plain, text)
    assert counts(yes, text)
    assert not counts(yes, "Peak hours help on busy days.")
    assert counts(plain, "We compared the Peak app.")
    assert not counts(no, "We compared the Peak app.")
    kept = tuple(
        taught((AliasSpec("Pk", excludes=("x",)),), [{"alias": "Peak", "word": "app", "brand": False}])
    )
    assert kept == (AliasSpec("Pk", excludes=("x",)), AliasSpec("Peak", excludes=("app",)))
