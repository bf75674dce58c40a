"""Sentences with names that are everyday words, from a grammar: as a brand, and as the word.

`python -m tests.quality.senses dev|held [--seed N] [-v]` measures the extractor on them. Names and frames stand in
tests/data/grammar and each is dealt: of both, a third is held. `held` has held names in held frames only and prints its
score only; `dev` has neither, and the weights of `python -m tests.quality.train_senses` are learned on it.
"""

from __future__ import annotations

import argparse
import random
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, TypeVar

from geo_tracker.extract.brands.mentions import Matcher
from geo_tracker.extract.records import Analysis, BrandSpec
from geo_tracker.extract.scores import analyse
from tests.support.places import DATA

LANGUAGES = ("en", "zh")
HALVES = ("dev", "held")
_EACH = 16
"""Sentences of each sense per name."""
_DOMAIN_FRAMES = 3
_SLOT = re.compile(r"(?<![A-Za-z0-9])[XxPAC](?![A-Za-z0-9])")
_ENTITLED = {"en": "What is a good {}?", "zh": "{}哪个牌子好？"}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Item:
    """A text, the name in it, the other names its workspace tracks, what the buyer asked, and the sense."""

    text: str
    name: str
    others: tuple[str, ...]
    prompt: str | None
    brand: bool
    frame: str


def items(language: str, half: str, seed: int = 1) -> Iterator[Item]:
    """The sentences of a half: as many with the brand as with the word, for each name."""
    grammar = tomllib.loads((DATA / "grammar" / f"senses.{language}.toml").read_text("utf-8"))
    chosen = random.Random(seed)
    for kind, names in grammar["names"].items():
        for entry in names.split():
            name, domain = entry.split(":")
            if name_half(name) == half:
                yield from _of_name(grammar, language, half, kind, name, domain, chosen)


def name_half(name: str) -> str:
    """A third of the names is held, by a hash."""
    return "held" if sha256(name.encode()).digest()[0] % 3 == 0 else "dev"


def _of_name(
    grammar: dict[str, Any],
    language: str,
    half: str,
    kind: str,
    name: str,
    domain: str,
    chosen: random.Random,
) -> Iterator[Item]:
    own = _dealt(grammar["brand"].get(domain, ""), half)
    picked = _some(own, _DOMAIN_FRAMES, chosen)
    brand = [*picked, *_some(_dealt(grammar["brand"]["any"], half), _EACH - len(picked), chosen)]
    words = grammar["word"][kind]
    pool = _dealt(words if isinstance(words, str) else words["any"], half)
    common = _dealt(grammar["word"].get("any", ""), half)
    plain = [*_some(common, 3, chosen), *_some(pool, _EACH - 3, chosen)]
    for frames, is_brand in ((brand, True), (plain, False)):
        for frame in frames:
            yield _item(grammar["domains"][domain], language, frame, name, is_brand, chosen)


def _some(frames: Sequence[T], most: int, chosen: random.Random) -> list[T]:
    return chosen.sample(frames, min(most, len(frames)))


def _dealt(frames: str, half: str) -> list[str]:
    lines = frames.strip().splitlines()
    return [line for at, line in enumerate(lines) if (at % 3 == 2) == (half == "held")]


def _item(
    domain: dict[str, str], language: str, frame: str, name: str, brand: bool, chosen: random.Random
) -> Item:
    said = domain["A"].split(" | " if language == "en" else " ")
    known = domain["C"].split()
    other = chosen.choice(known)
    product = chosen.choice(domain["P"].split())
    slots = {"X": name, "C": other, "P": product, "A": chosen.choice(said)}
    if language == "en":
        slots["x"] = name.lower()
        text = _SLOT.sub(lambda found: slots[found[0]], frame)
    else:
        text = re.sub("[XPAC](?![A-Za-z]{2})", lambda found: slots[found[0]], frame)
    others = tuple(known) if chosen.random() < 0.5 else ()
    prompt = _ENTITLED[language].format(product) if chosen.random() < 0.4 else None
    return Item(text, name, others, prompt, brand, frame)


@lru_cache(maxsize=2)
def matcher(*names: str) -> Matcher:
    """Built once for the sentences of a name, with and without its rivals: each has a dictionary of its own."""
    return Matcher([BrandSpec(name) for name in names])


def analysed(item: Item) -> Analysis:
    """What the extractor says of a sentence in its workspace."""
    return analyse(item.text, matcher(item.name, *item.others), prompt=item.prompt)


def is_counted(item: Item) -> bool:
    """Whether the extractor counts the name as its brand."""
    return any(found.brand == item.name for found in analysed(item).brands)


def evaluate(language: str, half: str, seed: int = 1) -> dict[bool, list[tuple[Item, bool]]]:
    """The sentences of each sense, and whether each was read rightly."""
    read: dict[bool, list[tuple[Item, bool]]] = {True: [], False: []}
    for item in items(language, half, seed):
        read[item.brand].append((item, is_counted(item) is item.brand))
    return read


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("half", choices=HALVES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-v", action="store_true", help="print every error (dev half only)")
    asked = parser.parse_args()
    if asked.v and asked.half == "held":
        parser.error("the held half prints its score only")
    for language in LANGUAGES:
        read = evaluate(language, asked.half, asked.seed)
        for brand, label in ((True, "brands counted"), (False, "words left")):
            wrong = [item for item, right in read[brand] if not right]
            right = len(read[brand]) - len(wrong)
            print(f"{language} {label}: {right}/{len(read[brand])} ({right / len(read[brand]):.3f})")
            if asked.v:
                print(*(f"    {item.name} [{item.frame}]: {item.text!r}" for item in wrong), sep="\n")


if __name__ == "__main__":
    main()
