"""Measure the extractor on sets whose authors had not seen its rules.

`python -m tests.quality.evaluate_blind open|closed|second|third|fourth|fifth|seen [-v]`: `-v` prints every error of a
set to be read, the open half, the third and the part of the fifth that was read. Of the others (second, fourth and
fifth were written later, by other authors) only the score is printed: who tunes never sees an item.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from geo_tracker.extract.brands.mentions import Matcher
from geo_tracker.extract.records import AliasSpec, Analysis, BrandSpec
from geo_tracker.extract.scores import analyse
from tests.quality.evaluate_mentions import Counts, Gold, Result, macro_f1, measure, rows, short, specs
from tests.quality.evaluate_mentions import line as mentions_line
from tests.support.places import DATA, SHARED

BLIND = DATA / "blind"
ANSWERS = SHARED / "answers"


@dataclass
class Tally:
    """A set's measurements by name: (right, all), spans or labels; and its errors."""

    shares: dict[str, list[bool]] = field(default_factory=dict)
    counts: dict[str, Counts] = field(default_factory=dict)
    polarity: list[tuple[str, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def share(self, name: str, right: bool, item: dict[str, Any]) -> None:
        self.shares.setdefault(name, []).append(right)
        if not right:
            self.errors.append(f"{item['id']} {name}: {item.get('brand', '')} in {item['text']!r}")

    def count(self, name: str, found: set[Any], gold: set[Any], item: dict[str, Any]) -> None:
        self.counts.setdefault(name, Counts()).add(found, gold)
        for label, wrong in (("false", found - gold), ("missed", gold - found)):
            self.errors.extend(f"{item['id']} {name}: {label} {one} in {item['text']!r}" for one in wrong)

    def rate(self, name: str) -> float:
        """Share of a measure that was right."""
        return sum(self.shares[name]) / len(self.shares[name])


def items(name: str, half: str) -> Iterator[dict[str, Any]]:
    """The items of one half of a set."""
    path = BLIND / f"{name}.{half}.jsonl"
    text = path.read_text("utf-8") if path.exists() else gzip.decompress(_packed(name, half)).decode("utf-8")
    yield from map(json.loads, text.splitlines())


def _packed(name: str, half: str) -> bytes:
    return (BLIND / f"{name}.{half}.jsonl.gz").read_bytes()


def _analysis(item: dict[str, Any], *others: str) -> Analysis:
    """What the extractor says in a workspace of the item's brands."""
    own = (
        [BrandSpec(item["brand"], tuple(map(AliasSpec, item.get("aliases", ()))))] if "brand" in item else []
    )
    brands = [*own, *(BrandSpec(name) for name in others if name != item.get("brand"))]
    return analyse(item["text"], Matcher(brands), prompt=item.get("topic"))


def absence(item: dict[str, Any], tally: Tally) -> None:
    found = _analysis(item, *item["other_brands"])
    counted = any(brand.brand == item["brand"] for brand in found.brands)
    tally.share(
        "counter-examples counted" if item["counted"] else "absent not counted",
        counted == item["counted"],
        item,
    )


def senses(item: dict[str, Any], tally: Tally) -> None:
    found = _analysis(item, *item.get("workspace_brands", ()))
    if "spans" not in item:  # the second set says of each item only whether it names the brand
        counted = any(brand.brand == item["brand"] for brand in found.brands)
        tally.share("brands counted" if item["counted"] else "words left", counted == item["counted"], item)
        tally.share("items right", counted == item["counted"], item)
        return
    spans = {(m.start, m.end) for b in found.brands if b.brand == item["brand"] for m in b.mentions}
    gold = {(start, end) for start, end in item["spans"]}
    tally.share("items exact", spans == gold, item)
    tally.counts.setdefault("spans", Counts()).add(spans, gold)


def recommendation(item: dict[str, Any], tally: Tally) -> None:
    found = {brand.brand: brand for brand in _analysis(item, *item["brands"]).brands}
    for name, label, value in (("advised", "yes", True), ("advised against", "against", False)):
        gold = {brand for brand, said in item["labels"].items() if said["recommended"] == label}
        tally.count(
            name,
            {b.brand for b in found.values() if b.recommended is value} & set(item["labels"]),
            gold,
            item,
        )
    for brand, said in item["labels"].items():
        if "polarity" not in said:
            continue
        got = short(found[brand].polarity if brand in found else None)
        tally.polarity.append((short(said["polarity"]), got))
        if tally.polarity[-1][0] != got:
            tally.errors.append(
                f"{item['id']} polarity: {brand} is {said['polarity']}, got {got} in {item['text']!r}"
            )


SETS: dict[str, Callable[[dict[str, Any], Tally], None]] = {
    "absence": absence,
    "product_words": senses,
    "homographs": senses,
    "recommendation": recommendation,
}


HALVES = ("open", "closed", "second", "third", "fourth", "fifth", "seen")
READ = ("open", "third")
"""Sets that who tunes may read and learns from."""


def sets_of(half: str) -> list[str]:
    """The sets that have such a half."""
    return [name for name in SETS if list(BLIND.glob(f"{name}.{half}.jsonl*"))]


def evaluate(name: str, half: str) -> Tally:
    """Measure one half of a set."""
    tally = Tally()
    for item in items(name, half):
        SETS[name](item, tally)
    return tally


def line(name: str, tally: Tally) -> str:
    """A set's figures on one line."""
    parts = [
        f"{name}: {sum(right)}/{len(right)} ({sum(right) / len(right):.3f})"
        for name, right in tally.shares.items()
    ]
    parts += [
        f"{name}: P {c.precision:.3f} R {c.recall:.3f} F1 {c.f1:.3f} ({c.hits + c.missed})"
        for name, c in tally.counts.items()
    ]
    if tally.polarity:
        parts.append(f"polarity macro-F1 {macro_f1(tally.polarity):.3f} ({len(tally.polarity)})")
    return f"{name:15} " + "  ".join(parts)


def domain(workspace: Path) -> Result:
    """Measure real answers of a domain, whose texts stand beside the checkout."""
    matcher = specs(workspace)
    result = Result()
    for gold in marked_answers(workspace):
        measure(gold, analyse(gold.text, matcher, prompt=gold.prompt), result)
    return result


def marked_answers(workspace: Path) -> Iterator[Gold]:
    """The marked real answers of a domain."""
    texts = {row["id"]: row for language in ("en", "zh") for row in rows(ANSWERS / f"{language}.jsonl")}
    for marked in rows(workspace.with_name(workspace.name.replace(".workspace.json", ".marks.jsonl"))):
        answer = texts[marked["id"]]
        if sha256(answer["text"].encode()).hexdigest() != marked["sha256"]:
            raise ValueError(f"{marked['id']}: another text than was marked")
        yield _marked(marked, answer)


def _marked(marked: dict[str, Any], answer: dict[str, Any]) -> Gold:
    mentions = {(s["brand"], s["start"], s["end"]): False for s in marked["spans"]}
    ignored = frozenset((s.get("brand", ""), s["start"], s["end"]) for s in marked.get("ignore", ()))
    facts = {
        "recommended": [brand for brand, advised in marked["recommended"].items() if advised],
        "recommended_borderline": marked.get("recommended_borderline", ()),
        "polarity": marked["polarity"],
    }
    return Gold(marked["id"], answer["prompt"], answer["text"], mentions, ignored, facts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("half", choices=HALVES)
    parser.add_argument("-v", action="store_true", help="print every error (open, third and seen)")
    asked = parser.parse_args()
    if asked.v and asked.half not in (*READ, "seen"):
        parser.error(f"{asked.half} does not print its items: open, third and seen do")
    for name in sets_of(asked.half):
        tally = evaluate(name, asked.half)
        print(line(name, tally))
        if asked.v:
            print(*(f"    {error}" for error in tally.errors), sep="\n")
    has_domains = asked.half in ("open", "closed") and ANSWERS.exists()
    for workspace in sorted(BLIND.glob("domains/*.workspace.json")) if has_domains else ():
        result = domain(workspace)
        print(mentions_line(workspace.name.split(".")[0], result))
        if asked.v:
            print(*(f"    {error}" for error in result.errors), sep="\n")


if __name__ == "__main__":
    main()
