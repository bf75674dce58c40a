"""How often somebody may ask, and what is kept for who asks the same again; time is told, not waited for."""

from __future__ import annotations

import pytest

from geo_tracker.api import limits
from geo_tracker.api.limits import Buckets, Fresh


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_fills_again_with_time() -> None:
    clock = Clock()
    buckets = Buckets(4, clock)
    assert [buckets.take("a") for _ in range(5)] == [0, 0, 0, 0, 15]
    assert buckets.take("b") == 0
    clock.now += 14
    assert buckets.take("a") == 1
    clock.now += 1
    assert [buckets.take("a"), buckets.take("a")] == [0, 15]
    clock.now += 10_000
    assert [buckets.take("a") for _ in range(5)] == [0, 0, 0, 0, 15]


def test_callers_are_forgotten_before_they_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_CALLERS", 2)
    buckets = Buckets(1, Clock())
    assert [buckets.take(name) for name in "abc"] == [0, 0, 0]
    assert (buckets.take("c"), buckets.take("a")) == (60, 0)


def test_an_answer_is_kept_for_its_time() -> None:
    clock = Clock()
    fresh = Fresh(60, clock)
    fresh.put("a", b"1", "x")
    clock.now += 60
    assert fresh.get("a") is not None
    clock.now += 0.1
    assert fresh.get("a") is None
    assert fresh.get("b") is None


def test_the_longest_unused_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_BYTES", 10)
    fresh = Fresh(60, Clock())
    fresh.put("a", b"12345", "x")
    fresh.put("b", b"12345", "x")
    assert fresh.get("a") is not None
    fresh.put("c", b"12", "x")
    assert [fresh.get(key) is not None for key in "abc"] == [True, False, True]
    fresh.put("a", b"1", "y")
    fresh.put("d", b"1234567", "x")
    assert [fresh.get(key) is not None for key in "acd"] == [True, True, True]
