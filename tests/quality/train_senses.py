"""Learn what the features of an everyday word's place are worth: `python -m tests.quality.train_senses [--write]`.

Logistic regression with a normal prior around what each rule's author gave its feature, on sentences that anyone has:
the `dev` half of the grammar (tests/quality/senses.py), the gold sets and the open blind sets. Without `--write` it
only measures: on what it learned from, and on the held names and frames of the grammar, which it never sees.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit

from geo_tracker.extract.brands import contexts, senses
from geo_tracker.extract.brands.common_words import Kind
from geo_tracker.extract.brands.mentions import Matcher
from geo_tracker.extract.brands.places import Place
from geo_tracker.extract.data import toml
from geo_tracker.extract.records import BrandSpec
from geo_tracker.extract.text.segmentation import is_han
from geo_tracker.extract.text.sentences import read
from tests.quality import senses as grammar
from tests.quality.evaluate_blind import items as blind_items
from tests.quality.evaluate_mentions import OWN, own_gold, rows, specs

DATA = Path(senses.__file__).parents[1] / "data"
PRIOR = 2.0
"""Inverse variance of a weight around its author's; set by judgement, not searched for."""
Array = npt.NDArray[np.float64]
_GRAMMAR, _WRITTEN = 1.0, 12.0
"""A sentence that somebody wrote counts for twelve of the grammar's: with two and four, gold spans were lost."""
LEARNED = ("zh",)
"""Languages whose learned weights are kept. English keeps its authors': on the held third they read 693 of 785 brands
rightly, the learned ones 663 (26 November 2026)."""
_HEAD = """# What each feature of a place adds to the log-odds that an everyday word names the brand:
# [as its rule's author set it, as learned by `python -m tests.quality.train_senses --write`].

[weights]
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """A place: its features, whether the name is the brand there, and how much it counts."""

    features: dict[str, float]
    brand: bool
    weight: float


class Recorder:
    """Stands for `judge` and keeps the features of each place, by language."""

    def __init__(self) -> None:
        self.places: dict[tuple[str, int, str], tuple[str, dict[str, float]]] = {}

    def judge(self, place: Place, kind: Kind) -> tuple[float, str]:
        if kind not in (Kind.NAME, Kind.ACRONYM, Kind.RARE):
            language = "zh" if is_han(place.alias[0]) else "en"
            features: dict[str, float] = {}
            for strength, name in senses.evidence(place, kind):
                features[name] = features.get(name, 0.0) + strength
            self.places[place.text, place.start, place.alias] = language, features
        return senses.judge(place, kind)


def places(
    text: str, matcher: Matcher, prompt: str | None
) -> Iterator[tuple[int, str, str, dict[str, float]]]:
    """Start, name, language and features of each doubtful name of a text."""
    recorder = Recorder()
    with patch.object(contexts, "judge", recorder.judge):
        matcher.read(read(text, prompt=prompt))
    for (_, start, alias), (language, features) in recorder.places.items():
        yield start, alias, language, features


def of_grammar(half: str) -> Iterator[tuple[str, Seen]]:
    """The places of the grammar's names."""
    for language in grammar.LANGUAGES:
        for item in grammar.items(language, half):
            matcher = grammar.matcher(item.name, *item.others)
            for _, alias, found, features in places(item.text, matcher, item.prompt):
                if alias == item.name:
                    yield found, Seen(features, item.brand, _GRAMMAR)


def of_open_sets() -> Iterator[tuple[str, Seen]]:
    """The places of the open blind sets."""
    for name in ("homographs", "product_words"):
        for item in blind_items(name, "open"):
            matcher = Matcher([BrandSpec(one) for one in (item["brand"], *item["workspace_brands"])])
            starts = {start for start, _ in item["spans"]}
            for start, alias, language, features in places(item["text"], matcher, item["topic"]):
                if alias == item["brand"]:
                    yield language, Seen(features, start in starts, _WRITTEN)


def of_gold_sets() -> Iterator[tuple[str, Seen]]:
    """The places of the project's gold sets."""
    for workspace in sorted(OWN.glob("*.workspace.json")):
        matcher = specs(workspace)
        names = {brand.name for brand in matcher.brands}
        for row in rows(workspace.with_name(workspace.name.replace(".workspace.json", ".jsonl"))):
            gold = own_gold(row, names)
            for start, _, language, features in places(gold.text, matcher, gold.prompt):
                brand = any(first <= start < end for _, first, end in gold.mentions)
                yield language, Seen(features, brand, _WRITTEN)


def learn(seen: list[Seen], start: dict[str, float]) -> dict[str, float]:
    """The weights that explain the places best, the author's being likely."""
    names = sorted({name for one in seen for name in one.features} | start.keys())
    at = {name: index for index, name in enumerate(names)}
    rows = np.zeros((len(seen), len(names)))
    for row, one in enumerate(seen):
        for name, strength in one.features.items():
            rows[row, at[name]] = strength
    signs = np.array([1.0 if one.brand else -1.0 for one in seen])
    count = np.array([one.weight for one in seen])
    prior = np.array([start.get(name, 0.0) for name in names])

    def loss(weights: Array) -> tuple[float, Array]:
        margin = signs * (rows @ weights)
        off = weights - prior
        value = count @ np.logaddexp(0, -margin) + PRIOR / 2 * off @ off
        return value, -(rows.T @ (count * signs * expit(-margin))) + PRIOR * off

    found = minimize(loss, prior, jac=True, method="L-BFGS-B", options={"maxiter": 500})
    return dict(zip(names, map(float, found.x), strict=True))


def right(seen: Iterable[Seen], weights: dict[str, float]) -> str:
    """Of the brands and of the words, how many the weights read rightly."""
    tallies = {True: [0, 0], False: [0, 0]}
    for one in seen:
        score = sum(strength * weights.get(name, 0.0) for name, strength in one.features.items())
        tallies[one.brand][0] += (score >= 0) is one.brand
        tallies[one.brand][1] += 1
    return "  ".join(
        f"{name} {hits}/{n} ({hits / max(n, 1):.3f})"
        for name, (hits, n) in (("brands", tallies[True]), ("words", tallies[False]))
    )


def by_language(found: Iterable[tuple[str, Seen]]) -> dict[str, list[Seen]]:
    """Places by language."""
    sorted_: dict[str, list[Seen]] = {language: [] for language in grammar.LANGUAGES}
    for language, seen in found:
        sorted_[language].append(seen)
    return sorted_


def write(language: str, start: dict[str, float], weights: dict[str, float]) -> None:
    """Keep the weights in the data file."""
    lines = (
        f"{json.dumps(name, ensure_ascii=False)} = [{start.get(name, 0.0)}, {round(weights[name], 2)}]\n"
        for name in sorted(weights)
        if name in start or abs(weights[name]) >= 0.05
    )
    (DATA / language / "senses.toml").write_text(_HEAD + "".join(lines), "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep the weights in the data files")
    asked = parser.parse_args()
    sources = {
        "grammar, dev": by_language(of_grammar("dev")),
        "open blind sets": by_language(of_open_sets()),
        "gold sets": by_language(of_gold_sets()),
    }
    held = by_language(of_grammar("held"))
    for language in grammar.LANGUAGES:
        start = {name: first for name, (first, _) in toml(f"{language}/senses")["weights"].items()}
        learned = learn([one for source in sources.values() for one in source[language]], start)
        for name, source in (*sources.items(), ("grammar, held", held)):
            print(
                f"{language} {name}: {right(source[language], start)} -> {right(source[language], learned)}"
            )
        if asked.write and language in LEARNED:
            write(language, start, learned)


if __name__ == "__main__":
    main()
