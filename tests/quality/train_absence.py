"""Learn which words around a name say that nothing is known of it: `python -m tests.quality.train_absence [--write]`.

Learns from texts written for it (tests/data/training), from the blind sets that may be read, the grammar, and the gold
sets, in which brands are spoken of. Prints what weights say of texts that they were not learned from: of the written
ones by five parts, of the open and third blind sets by the written ones alone.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any
from unittest.mock import patch

from geo_tracker.extract import data
from geo_tracker.extract.brands import mentions
from geo_tracker.extract.brands.absence_words import LIKELY, SENTENCES, features
from geo_tracker.extract.brands.mentions import Matcher
from geo_tracker.extract.records import AliasSpec, BrandSpec, Document, Mention
from geo_tracker.extract.text.segmentation import has_han
from geo_tracker.extract.text.sentences import read
from tests.quality import absence_grammar
from tests.quality.evaluate_blind import READ
from tests.quality.evaluate_blind import items as blind_items
from tests.quality.evaluate_mentions import OWN, own_gold, rows, specs
from tests.quality.learning import Example, held_out, learn, log_odds, write
from tests.support.places import DATA

WRITTEN = DATA / "training"
STRENGTH = 0.5
"""With 1 and 3 a few more of what is absent are missed, and nothing is gained (held out, English)."""
GRAMMAR = 0.5
"""What a sentence from the grammar counts: it varies less than one that somebody wrote."""
LANGUAGES = ("en", "zh")


def found_in(text: str, matcher: Matcher, prompt: str | None = None) -> tuple[Document, list[Mention]]:
    """A text as it is read, and all mentions in it, those of unknown brands too."""
    kept: list[tuple[Document, list[Mention]]] = []

    def keep(document: Document, found: list[Mention]) -> frozenset[str]:
        kept.append((document, found))
        return frozenset()

    with patch.object(mentions, "absent_brands", keep):
        matcher.read(read(text, prompt=prompt))
    return kept[0]


def examples(text: str, matcher: Matcher, absent: dict[str, bool], **about: Any) -> Iterator[Example]:
    """One for each brand that the text names and `absent` judges."""
    document, found = found_in(text, matcher, about.pop("prompt", None))
    named: defaultdict[int, list[Mention]] = defaultdict(list)
    for mention in found:
        named[mention.sentence].append(mention)
    for brand, unknown in absent.items():
        own = [index for index, here in named.items() if any(m.brand == brand for m in here)]
        if 0 < len(own) <= SENTENCES:
            yield Example(features(document, named, brand, own), unknown, text, **about)


def of_items(items: Iterable[dict[str, Any]]) -> Iterator[tuple[str, Example]]:
    """Examples of a set of texts, with their language."""
    for item in items:
        others = [BrandSpec(name) for name in item["other_brands"] if name != item["brand"]]
        own = BrandSpec(item["brand"], tuple(map(AliasSpec, item["aliases"])))
        for example in examples(item["text"], Matcher([own, *others]), {item["brand"]: not item["counted"]}):
            yield item["language"], example


def of_grammar() -> Iterator[tuple[str, Example]]:
    for language in LANGUAGES:
        for half in absence_grammar.HALVES:
            for item in absence_grammar.items(language, half, 1):
                matcher = Matcher([BrandSpec(item.brand), BrandSpec(item.other)])
                for example in examples(item.text, matcher, {item.brand: not item.counted}, weight=GRAMMAR):
                    yield language, example


def of_gold_sets() -> Iterator[tuple[str, Example]]:
    """All brands that real and written answers speak of."""
    for workspace in sorted(OWN.glob("*.workspace.json")):
        matcher = specs(workspace)
        names = {brand.name for brand in matcher.brands}
        for row in rows(workspace.with_name(workspace.name.replace(".workspace.json", ".jsonl"))):
            gold = own_gold(row, names)
            spoken_of = dict.fromkeys({brand for brand, _, _ in gold.mentions}, False)
            for example in examples(gold.text, matcher, spoken_of, prompt=gold.prompt):
                yield "zh" if has_han(gold.text) else "en", example


def of_opinions() -> Iterator[tuple[str, Example]]:
    """Brands of texts written for advice, which all say something of theirs, and of the open sets of senses."""
    texts = [item for half in READ for item in blind_items("recommendation", half)]
    for path in sorted(WRITTEN.glob("recommendation.*.jsonl")):
        texts.extend(map(json.loads, path.read_text("utf-8").splitlines()))
    for item in texts:
        said = {name: False for name, label in item["labels"].items() if label.get("polarity") != "none"}
        for example in examples(item["text"], Matcher(list(map(BrandSpec, item["brands"]))), said):
            yield item["language"], example
    for name in ("homographs", "product_words"):
        for item in blind_items(name, "open"):
            if item["spans"]:
                matcher = Matcher([BrandSpec(brand) for brand in (item["brand"], *item["workspace_brands"])])
                for example in examples(item["text"], matcher, {item["brand"]: False}, prompt=item["topic"]):
                    yield item["language"], example


def written(language: str) -> Iterator[dict[str, Any]]:
    """The texts that were written to be learned from."""
    for path in sorted(WRITTEN.glob(f"absence*.{language}.jsonl")):
        yield from map(json.loads, path.read_text("utf-8").splitlines())


def by_language(found: Iterable[tuple[str, Example]]) -> dict[str, list[Example]]:
    sorted_: dict[str, list[Example]] = {language: [] for language in LANGUAGES}
    for language, example in found:
        sorted_[language].append(example)
    return sorted_


def right(said: Iterable[tuple[Example, float]]) -> str:
    """Of those that are absent and of those that are not, how many are read rightly."""
    tally = {True: [0, 0], False: [0, 0]}
    for example, odds in said:
        tally[example.true][0] += (odds > LIKELY) is example.true
        tally[example.true][1] += 1
    return "  ".join(
        f"{name} {tally[of][0]}/{tally[of][1]}" for name, of in (("absent", True), ("counted", False))
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep the weights in the data files")
    asked = parser.parse_args()
    sets = {half: by_language(of_items(blind_items("absence", half))) for half in READ}
    grammar, gold = by_language(of_grammar()), by_language(chain(of_gold_sets(), of_opinions()))
    for language in LANGUAGES:
        own = [example for _, example in of_items(written(language))]
        also = [*grammar[language], *gold[language]]
        if own:
            print(language, "written, held out:", right(held_out(own, also, STRENGTH)))
            alone = learn([*own, *gold[language]], STRENGTH)
            for half, of in sets.items():
                print(
                    language, f"{half}, by the written:", right((e, log_odds(e, alone)) for e in of[language])
                )
        weights = learn(
            [*own, *also, *(example for of in sets.values() for example in of[language])], STRENGTH
        )
        print(
            language,
            "gold:",
            right((e, log_odds(e, weights)) for e in gold[language]),
            len(weights),
            "weights",
        )
        if asked.write:
            source = (
                "What words and word classes around a name add to the log-odds that the text only says that it does",
                "not know it. Learned by `python -m tests.quality.train_absence --write` from sentences that a",
                "language model wrote for this project (tests/data), 2026.",
            )
            write(Path(data.__file__).parent / language / "absence.weights", weights, source)


if __name__ == "__main__":
    main()
