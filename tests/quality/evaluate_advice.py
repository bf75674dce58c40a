"""Measure advice for and against brands: `python -m tests.quality.evaluate_advice tuned|held [-v]`.

Names are taken as given, so that only advice is measured. `-v` prints every error of the tuned half; of the held half
only figures are printed.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from geo_tracker.extract.opinions.attributes import Attributes
from geo_tracker.extract.records import Mention
from geo_tracker.extract.scores import score
from geo_tracker.extract.text.sentences import read
from tests.quality.evaluate_mentions import Counts, rows
from tests.support.places import DATA

ADVICE = DATA / "advice"
_LABELS = {True: "yes", False: "against", None: "no"}
_NOTHING = Attributes(())


def verdicts_of(item: Mapping[str, Any]) -> dict[str, str]:
    """yes, against or no for each brand of an item, wherever its name stands."""
    document = read(item["text"])
    names = re.compile("|".join(map(re.escape, sorted(item["labels"], key=len, reverse=True))))
    mentions = [
        Mention(name[0], *name.span(), name[0], name[0], sentence=index)
        for index, sentence in enumerate(document.sentences)
        for name in names.finditer(document.clean, sentence.start, sentence.end)
    ]
    found = {brand.brand: brand.recommended for brand in score(document, mentions, _NOTHING)}
    return {brand: _LABELS[found.get(brand)] for brand in item["labels"]}


def errors(half: str) -> Iterator[str]:
    """What is found wrongly, with its text."""
    for item in rows(ADVICE / f"{half}.jsonl"):
        for brand, got in verdicts_of(item).items():
            if got != item["labels"][brand]:
                yield f"{item['id']} {brand}: is {item['labels'][brand]}, got {got} in {item['text']!r}"


def evaluate(half: str) -> dict[tuple[str, str], Counts]:
    """Counts by group (a language, a genre, all) and verdict (yes, against)."""
    counts: defaultdict[tuple[str, str], Counts] = defaultdict(Counts)
    for item in rows(ADVICE / f"{half}.jsonl"):
        found = verdicts_of(item)
        for verdict in ("yes", "against"):
            got = {brand for brand, label in found.items() if label == verdict}
            gold = {brand for brand, label in item["labels"].items() if label == verdict}
            for group in ("all", item["language"], item["genre"]):
                counts[group, verdict].add(got, gold)
    return dict(counts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("half", choices=("tuned", "held"))
    parser.add_argument("-v", action="store_true", help="print every error (tuned half only)")
    asked = parser.parse_args()
    if asked.v and asked.half == "held":
        parser.error("the held half prints its figures only")
    for (group, verdict), c in evaluate(asked.half).items():
        print(
            f"{group:10} {verdict:8} P {c.precision:.3f} R {c.recall:.3f} F1 {c.f1:.3f} ({c.hits + c.missed})"
        )
    if asked.v:
        print(*errors(asked.half), sep="\n")


if __name__ == "__main__":
    main()
