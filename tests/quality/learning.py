"""Logistic regression on features that are there or not, small and without chance: the same data, the same weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import expit

SEEN = 3
"""Items that a feature must stand in: with 2 there are twice as many weights and nothing is gained (700 texts)."""
KEPT = 0.02
"""Weights nearer to 0 are left out."""
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Example:
    """What is known of one brand in one text."""

    features: Set[str]
    true: bool
    group: str
    """Examples of one text are held out together."""
    weight: float = 1.0


def learn(examples: Sequence[Example], strength: float) -> dict[str, float]:
    """The weights that explain the examples best, small ones being likely: `strength` is their inverse variance."""
    seen = Counter(feature for example in examples for feature in example.features)
    names = sorted(
        feature for feature, count in seen.items() if count >= SEEN and not set("\t\n\r") & set(feature)
    )
    rows = _rows(examples, {name: at for at, name in enumerate(names)})
    signs = np.array([1.0 if example.true else -1.0 for example in examples])
    counts = np.array([example.weight for example in examples])

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        margin = signs * (rows @ weights)
        value = counts @ np.logaddexp(0, -margin) + strength / 2 * weights @ weights
        return value, -(rows.T @ (counts * signs * expit(-margin))) + strength * weights

    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    return {
        name: round(float(weight), 3)
        for name, weight in zip(names, found.x, strict=True)
        if abs(weight) >= KEPT
    }


def _rows(examples: Sequence[Example], at: Mapping[str, int]) -> csr_matrix:
    places = [
        (row, at[feature])
        for row, example in enumerate(examples)
        for feature in example.features
        if feature in at
    ]
    rows, columns = zip(*places, strict=True)
    return csr_matrix((np.ones(len(places)), (rows, columns)), (len(examples), len(at)))


def log_odds(example: Example, weights: Mapping[str, float]) -> float:
    """What the weights say of an example."""
    return sum(weights.get(feature, 0.0) for feature in example.features)


def held_out(
    examples: Sequence[Example], others: Sequence[Example], strength: float
) -> list[tuple[Example, float]]:
    """Each example with what is said of it by weights that were learned without its group; `others` are never held."""
    found: list[tuple[Example, float]] = []
    for fold in range(FOLDS):
        mine = [example for example in examples if _fold(example) == fold]
        weights = learn([*(example for example in examples if _fold(example) != fold), *others], strength)
        found.extend((example, log_odds(example, weights)) for example in mine)
    return found


def _fold(example: Example) -> int:
    return int(sha256(example.group.encode()).hexdigest(), 16) % FOLDS


def write(path: Path, weights: Mapping[str, float], source: Iterable[str]) -> None:
    """Keep weights as a data file."""
    head = "".join(f"# {line}\n" for line in source)
    rows = (
        f"{weight:g}\t{name}\n"
        for name, weight in sorted(weights.items(), key=lambda one: (-abs(one[1]), one))
    )
    path.write_text(head + "".join(rows), "utf-8")
