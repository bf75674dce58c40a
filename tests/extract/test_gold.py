"""Floors on the gold sets: the project's own, and the marked real answers where they are present."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from tests.quality.evaluate_mentions import (
    OWN,
    SHARED,
    Counts,
    Result,
    evaluate,
    macro_f1,
    rows,
    specs,
    surfaces_of,
)

DOMAINS = [(path, True) for path in sorted(OWN.glob("*.workspace.json"))]
DOMAINS += [(path, False) for path in sorted(SHARED.glob("*.workspace.json"))]

measured = cache(evaluate)


def own() -> list[Result]:
    return [measured(path, True) for path, is_own in DOMAINS if is_own]


@pytest.mark.parametrize(("workspace", "own"), DOMAINS, ids=[path.name.split(".")[0] for path, _ in DOMAINS])
def test_floors(workspace: Path, own: bool) -> None:
    result = measured(workspace, own)
    assert result.spans.f1 >= 0.985, result.errors
    assert result.presence.f1 >= 0.99, result.errors
    assert all(result.absent), result.errors
    assert sum(result.order) >= 0.9 * len(result.order), result.errors


def test_names_that_name_nothing_are_left_alone() -> None:
    traps = [trap for result in own() for trap in result.traps]
    assert len(traps) >= 300
    assert sum(traps) >= 0.95 * len(traps)


def test_advice_and_opinions() -> None:
    advised, rejected = Counts(), Counts()
    for result in own():
        for total, part in ((advised, result.recommended), (rejected, result.discouraged)):
            total.hits, total.false, total.missed = (
                total.hits + part.hits,
                total.false + part.false,
                total.missed + part.missed,
            )
    errors = [error for result in own() for error in result.errors]
    assert advised.f1 >= 0.95, errors
    assert rejected.f1 >= 0.9, errors
    assert macro_f1([pair for result in own() for pair in result.polarity]) >= 0.9, errors


def decisions(workspace: Path) -> int:
    """Places of the texts where a name stands, to be counted or not, and brands that are said to be unknown."""
    anywhere = surfaces_of(specs(workspace))
    texts = list(rows(workspace.with_name(workspace.name.replace(".workspace.json", ".jsonl"))))
    return sum(len(anywhere.findall(row["text"].lower())) for row in texts)


def test_the_gold_set_is_large_enough_to_mean_something() -> None:
    assert sum(map(decisions, OWN.glob("*.workspace.json"))) >= 1_000
