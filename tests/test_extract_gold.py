"""Floors on the gold sets: the project's own, and the marked real answers where they are present."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.evaluate_mentions import OWN, SHARED, evaluate, rows, specs

DOMAINS = [(path, True) for path in sorted(OWN.glob("*.workspace.json"))]
DOMAINS += [(path, False) for path in sorted(SHARED.glob("*.workspace.json"))]


@pytest.mark.parametrize(("workspace", "own"), DOMAINS, ids=[path.name.split(".")[0] for path, _ in DOMAINS])
def test_floors(workspace: Path, own: bool) -> None:
    result = evaluate(workspace, own)
    assert result.spans.f1 >= 0.98, result.errors
    assert result.presence.f1 >= 0.99, result.errors
    assert all(result.absent), result.errors


def decisions(workspace: Path) -> int:
    """Places of the texts where a name stands, to be counted or not, and brands that are said to be unknown."""
    names = {alias.text.lower() for brand in specs(workspace).brands for alias in brand.aliases}
    names |= {brand.name.lower() for brand in specs(workspace).brands}
    anywhere = re.compile("|".join(sorted(map(re.escape, names), key=len, reverse=True)))
    texts = list(rows(workspace.with_name(workspace.name.replace(".workspace.json", ".jsonl"))))
    return sum(len(anywhere.findall(row["text"].lower())) for row in texts)


def test_the_gold_set_is_large_enough_to_mean_something() -> None:
    assert sum(map(decisions, OWN.glob("*.workspace.json"))) >= 300
