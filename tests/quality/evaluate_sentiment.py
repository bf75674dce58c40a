"""Measure targeted sentiment against published sets: `python -m tests.quality.evaluate_sentiment [-v]`.

Prints the macro-F1 over positive, negative and neutral of the extractor and of a lexicon baseline: praise less blame
of the same word lists over the whole text. Nothing of the sets is shipped.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from geo_tracker.extract.opinions.attributes import Attributes
from geo_tracker.extract.opinions.sentiment import opinion_words
from geo_tracker.extract.records import Document, Mention
from geo_tracker.extract.scores import score
from geo_tracker.extract.text.sentences import read
from tests.quality.evaluate_mentions import macro_f1
from tests.support.places import SHARED as ALL_SHARED

SHARED = ALL_SHARED / "sentiment"

_NOTHING = Attributes(())


def targets(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every text with one of its targets; a target with two polarities counts for neither."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            seen: dict[tuple[int, int], set[str]] = {}
            for target in filter(_placed, row.get("targets", [row])):
                seen.setdefault((target["start"], target["end"]), set()).add(target["polarity"])
            for (start, end), polarities in seen.items():
                if len(polarities) == 1:
                    yield row["text"], {"start": start, "end": end, "polarity": polarities.pop()}


def _placed(target: dict[str, Any]) -> bool:
    """A few targets of dialogues are not found in their text, or are only doubted."""
    return "start" in target and target.get("polarity") in ("positive", "negative", "neutral")


def polarity(document: Document, target: dict[str, Any]) -> str:
    """What the extractor says of a target that is taken as a mention."""
    start, end = target["start"], target["end"]
    index = next((i for i, s in enumerate(document.sentences) if s.start <= start < s.end), None)
    if index is None:
        return "neutral"
    mention = Mention("target", start, end, document.text[start:end], "target", sentence=index)
    (found,) = score(document, [mention], _NOTHING)
    return found.polarity if found.polarity in ("positive", "negative") else "neutral"


def baseline(document: Document) -> str:
    """Praise less blame of the whole text."""
    total = sum(value for _, _, value in opinion_words(document.clean))
    return "positive" if total > 0 else "negative" if total < 0 else "neutral"


def main() -> None:
    for path in sorted(SHARED.glob("*.jsonl")):
        ours: list[tuple[str, str]] = []
        plain: list[tuple[str, str]] = []
        for text, target in targets(path):
            document = read(text)
            ours.append((target["polarity"], polarity(document, target)))
            plain.append((target["polarity"], baseline(document)))
            if "-v" in sys.argv and ours[-1][0] != ours[-1][1]:
                print(
                    "   ",
                    *ours[-1],
                    json.dumps(text[:240], ensure_ascii=False),
                    text[target["start"] : target["end"]],
                )
        right = sum(gold == found for gold, found in ours) / len(ours)
        print(
            f"{path.stem:28} n {len(ours):5}  accuracy {right:.3f}  macro-F1 {macro_f1(ours):.3f}  "
            f"lexicon baseline {macro_f1(plain):.3f}"
        )


if __name__ == "__main__":
    main()
