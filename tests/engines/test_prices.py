"""Estimates are apart from reported cost, dated, and only where searches can be counted."""

from __future__ import annotations

import pytest

from geo_tracker.engines import engines
from geo_tracker.engines.base import ParsedAnswer
from geo_tracker.engines.prices import Estimate, estimated_cost, price_table


def test_searches_are_counted_by_the_usage_or_the_queries() -> None:
    counted = ParsedAnswer("a", queries=("q",), usage={"server_tool_use": {"web_search_requests": 3}})
    assert estimated_cost("claude", counted) == Estimate(0.03, "USD", "2026-11")
    assert estimated_cost("openai", ParsedAnswer("a", queries=("q", "r"))) == Estimate(0.02, "USD", "2026-03")


@pytest.mark.parametrize(
    ("engine", "answer"),
    [
        ("grok", ParsedAnswer("a", queries=("q",), cost=0.01, currency="USD")),
        ("openai", ParsedAnswer("a")),
        ("kimi", ParsedAnswer("a", queries=("q",))),
    ],
)
def test_nothing_is_estimated_otherwise(engine: str, answer: ParsedAnswer) -> None:
    assert estimated_cost(engine, answer) is None


def test_every_row_is_of_an_engine_and_dated() -> None:
    table = price_table()["engines"]
    assert set(table) <= set(engines())
    assert all(row["seen"].startswith("20") and row["per_1000_searches"] > 0 for row in table.values())
