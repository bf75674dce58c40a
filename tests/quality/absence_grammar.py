"""Answers from a grammar: some know nothing of a brand, some speak of it although they deny something.

`python -m tests.quality.absence_grammar dev|held [--seed N] [-v]` measures the extractor on them. The frames stand in
tests/data/grammar and are dealt to two halves in turn; rules may be changed for what `dev` shows, `held` prints its
score only.
"""

from __future__ import annotations

import argparse
import random
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from geo_tracker.extract.brands.mentions import Matcher
from geo_tracker.extract.records import BrandSpec
from geo_tracker.extract.scores import analyse
from tests.support.places import DATA

HALVES = {"dev": 0, "held": 1}
LANGUAGES = ("en", "zh")
_CHOICE = re.compile(r"\[([^\[\]]+)\]")


@dataclass(frozen=True, slots=True)
class Item:
    """A text, the brand it is about, and whether it says anything of that brand."""

    text: str
    brand: str
    other: str
    counted: bool
    frame: str


def items(language: str, half: str, seed: int, each: int = 3) -> Iterator[Item]:
    """Every frame of a half, `each` times: alone, among sentences on another brand, as an item or in parentheses."""
    grammar = tomllib.loads((DATA / "grammar" / f"absence.{language}.toml").read_text("utf-8"))
    chosen = random.Random(seed)
    for kind, counted in (("absent", False), ("named", True)):
        for frame in grammar[kind][HALVES[half] :: 2]:
            for _ in range(each):
                yield _sentence(grammar, language, frame, counted, chosen)
        for cell in grammar[f"{kind}_rows"][HALVES[half] :: 2]:
            yield _row(grammar, language, cell, counted, chosen)


def _sentence(
    grammar: dict[str, Any], language: str, frame: str, counted: bool, chosen: random.Random
) -> Item:
    brand, other = chosen.choice(grammar["unknown"]), chosen.choice(grammar["known"])
    core = _CHOICE.sub(lambda found: chosen.choice(found[1].split("/")), frame)
    fact = chosen.choice(grammar["facts"])
    gap = " " if language == "en" else ""
    shapes = ["{core}", "{fact}{gap}{core}", "{core}{gap}{fact}", "- {fact}\n- {core}", "{fact}\n\n> {core}"]
    if language == "zh":
        shapes.append("{fact}（{bare}）")
    text = chosen.choice(shapes).format(core=core, bare=core.rstrip("。"), fact=fact, gap=gap)
    return Item(_filled(text, brand, other, chosen.choice(grammar["kinds"])), brand, other, counted, frame)


def _row(grammar: dict[str, Any], language: str, cell: str, counted: bool, chosen: random.Random) -> Item:
    brand, other = chosen.choice(grammar["unknown"]), chosen.choice(grammar["known"])
    head, price = ("Brand | Price", "$30") if language == "en" else ("品牌 | 价格", "200元")
    rows = [f"| {other} | {price} |", f"| {brand} | {cell} |"]
    chosen.shuffle(rows)
    table = "\n".join([f"| {head} |", "|---|---|", *rows])
    listed = f"1. **{other}**: {price}\n2. **{brand}**: {cell}"
    return Item(chosen.choice((table, listed)), brand, other, counted, f"row: {cell}")


def _filled(text: str, brand: str, other: str, kind: str) -> str:
    names = {"X": brand, "Y": other, "K": kind}
    return re.sub(r"(?<![A-Za-z0-9])[XYK](?![A-Za-z0-9])", lambda found: names[found[0]], text)


def is_counted(item: Item) -> bool:
    """Whether the extractor counts the brand."""
    found = analyse(item.text, Matcher([BrandSpec(item.brand), BrandSpec(item.other)]))
    return any(brand.brand == item.brand for brand in found.brands)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("half", choices=HALVES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-v", action="store_true", help="print every error (dev half only)")
    asked = parser.parse_args()
    if asked.v and asked.half == "held":
        parser.error("the held half prints its score only")
    for language in LANGUAGES:
        for counted, label in ((False, "absent not counted"), (True, "counter-examples counted")):
            wanted = [i for i in items(language, asked.half, asked.seed) if i.counted is counted]
            wrong = [item for item in wanted if is_counted(item) is not counted]
            right = len(wanted) - len(wrong)
            print(f"{language} {label}: {right}/{len(wanted)} ({right / len(wanted):.3f})")
            if asked.v:
                print(*(f"    {item.brand} [{item.frame}]: {item.text!r}" for item in wrong), sep="\n")


if __name__ == "__main__":
    main()
