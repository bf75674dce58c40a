"""Likeness of repeated answers: published values, ends of the scale, and the floor of chance."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_tracker.metrics.stability import jaccard, rank_biased_overlap, stability

orders = st.lists(st.sampled_from("abcdefgh"), max_size=8, unique=True).map(tuple)


def test_jaccard() -> None:
    assert jaccard("abc", "bcd") == pytest.approx(0.5)
    assert jaccard("", "") == 1
    assert jaccard("a", "") == 0


def test_overlap_of_two_rankings_by_hand() -> None:
    # agreement 1, 1/2, 1 at depths 1, 2, 3... of abc and acb; p = .5
    by_hand = (0.5 / 0.5) * (1 * 0.5 + 0.5 * 0.25 + 1 * 0.125) + 1 * 0.125
    assert rank_biased_overlap(tuple("abc"), tuple("acb"), 0.5) == pytest.approx(by_hand)


def test_overlap_of_uneven_rankings_by_hand() -> None:
    # a against ab: X = 1, 1; beyond the shorter: 1 * (2 - 1) / (1 * 2) * p^2; rest 1 * p^2; p = .5
    by_hand = (1 * 0.5 + 0.5 * 0.25) + 0.5 * 0.25 + 1 * 0.25
    assert rank_biased_overlap(("a",), ("a", "b"), 0.5) == pytest.approx(by_hand) == pytest.approx(1)


@given(orders, orders)
def test_overlap_is_symmetric_and_between_none_and_all(first: tuple[str, ...], last: tuple[str, ...]) -> None:
    found = rank_biased_overlap(first, last)
    assert -1e-12 <= found <= 1 + 1e-12
    assert found == pytest.approx(rank_biased_overlap(last, first))
    assert rank_biased_overlap(first, first) == pytest.approx(1)
    if not {*first} & {*last} and (first or last):
        assert found == 0


def test_the_order_counts_only_in_the_overlap() -> None:
    found = stability([[tuple("abc"), tuple("cba")]])
    assert found.pairs == 1
    assert found.jaccard == 1
    assert found.rbo is not None and found.rbo < 1


def test_answers_that_agree_stand_above_chance_and_random_ones_do_not() -> None:
    same = stability([[tuple("abc")] * 3 + [tuple("def")] * 3] * 2)
    assert same.jaccard is not None and same.jaccard_floor is not None
    assert same.jaccard == pytest.approx(6 / 15)
    dice = random.Random(4)
    drawn = [[tuple(dice.sample("abcdefgh", 4)) for _ in range(6)] for _ in range(40)]
    found = stability(drawn)
    assert found.jaccard == pytest.approx(found.jaccard_floor, abs=0.04)
    assert found.rbo == pytest.approx(found.rbo_floor, abs=0.04)


def test_without_repeats_there_is_nothing_to_say() -> None:
    found = stability([[tuple("abc")], [(), ()]])
    assert (found.pairs, found.jaccard, found.rbo, found.rbo_floor) == (0, None, None, None)


def test_an_answer_that_was_not_repeated_says_nothing_and_changes_nothing() -> None:
    repeats = [[("a", "b"), ("b", "a"), ("a", "c")], [("c",), ("a", "c")]]
    assert stability([[("a", "b", "d")], *repeats, [("d",)]]) == stability(repeats)
    assert stability([[("a", "b")]]).jaccard is None
