"""Measure the extractor against the gold sets: `python -m tests.quality.evaluate_mentions [-v]`.

Prints precision, recall and F1 of mention spans and of brand presence per domain, for the project's own gold set
and, where they are present beside the repository, for the marked real answers; with -v every error.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geo_tracker.extract.brands.mentions import Matcher
from geo_tracker.extract.records import AliasSpec, Analysis, BrandSpec
from geo_tracker.extract.scores import analyse
from tests.support.places import DATA
from tests.support.places import SHARED as ALL_SHARED

OWN = DATA / "mentions_gold"
SHARED = ALL_SHARED / "mentions"

_MARK = re.compile(r"⟦([^⟧|]+)(?:\|([^⟧]+))?⟧")

Span = tuple[str, int, int]


@dataclass
class Counts:
    """Hits, false finds and misses."""

    hits: int = 0
    false: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        return self.hits / ((self.hits + self.false) or 1)

    @property
    def recall(self) -> float:
        return self.hits / ((self.hits + self.missed) or 1)

    @property
    def f1(self) -> float:
        return 2 * self.hits / ((2 * self.hits + self.false + self.missed) or 1)

    def add(self, found: set[Any], gold: set[Any]) -> None:
        self.hits += len(found & gold)
        self.false += len(found - gold)
        self.missed += len(gold - found)


@dataclass
class Result:
    """One domain's measurements; agreements are (right, all)."""

    spans: Counts = field(default_factory=Counts)
    presence: Counts = field(default_factory=Counts)
    recommended: Counts = field(default_factory=Counts)
    discouraged: Counts = field(default_factory=Counts)
    order: list[bool] = field(default_factory=list)
    absent: list[bool] = field(default_factory=list)
    traps: list[bool] = field(default_factory=list)
    """Of the places where a name's letters stand and name nothing: whether none was counted."""
    polarity: list[tuple[str, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Gold:
    """An answer and what is true of it."""

    id: str
    prompt: str | None
    text: str
    mentions: dict[Span, bool]
    """True where the span stands right beside the one before it: finding it or not is both right."""
    ignored: frozenset[Span]
    facts: dict[str, Any]


def specs(workspace: Path) -> Matcher:
    """The matcher of a workspace file."""
    content = json.loads(workspace.read_text(encoding="utf-8"))
    brands = [
        BrandSpec(
            brand["name"],
            (
                *map(AliasSpec, brand.get("aliases", ())),
                *(AliasSpec(product, product=True) for product in brand.get("products", ())),
            ),
            tuple(brand.get("domains", ())),
        )
        for brand in content["brands"]
    ]
    return Matcher(brands, topics=content.get("topics", ()), attributes=content.get("attributes", ()))


def own_gold(row: dict[str, Any], names: set[str]) -> Gold:
    """A row of the project's own set, its marks taken out of the text."""
    mentions: dict[Span, bool] = {}
    pieces: list[str] = []
    at = length = 0
    for found in _MARK.finditer(row["text"]):
        pieces.extend((row["text"][at : found.start()], found[1]))
        length += found.start() - at
        brand = found[2] or found[1]
        if brand not in names:
            raise ValueError(f"{row['id']}: no brand {brand}")
        mentions[brand, length, length + len(found[1])] = False
        length += len(found[1])
        at = found.end()
    text = "".join((*pieces, row["text"][at:]))
    return Gold(row["id"], row.get("prompt"), text, mentions, frozenset(), row)


def shared_gold(row: dict[str, Any]) -> Gold:
    """A row of the marked real answers."""
    gold = row["gold"]
    mentions = {(m["brand"], m["start"], m["end"]): bool(m.get("adj")) for m in gold["mentions"]}
    ignored = frozenset((m["brand"], m["start"], m["end"]) for m in gold.get("ignore", ()))
    return Gold(
        row["id"], row["prompt"], row["text"], mentions, ignored, gold | {"absent": gold["absent_note"]}
    )


def rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def evaluate(workspace: Path, own: bool) -> Result:
    """Measure one domain."""
    matcher = specs(workspace)
    names = {brand.name for brand in matcher.brands}
    surfaces = surfaces_of(matcher)
    result = Result()
    for row in rows(workspace.with_name(workspace.name.replace(".workspace.json", ".jsonl"))):
        gold = own_gold(row, names) if own else shared_gold(row)
        analysis = analyse(gold.text, matcher, prompt=gold.prompt)
        measure(gold, analysis, result)
        result.traps.extend(traps(gold, analysis, surfaces))
    return result


def surfaces_of(matcher: Matcher) -> re.Pattern[str]:
    """Every name and alias, as a substring search would look for them."""
    names = {alias.text.lower() for brand in matcher.brands for alias in brand.aliases}
    names |= {brand.name.lower() for brand in matcher.brands}
    return re.compile("|".join(sorted(map(re.escape, names), key=len, reverse=True)))


def traps(gold: Gold, analysis: Analysis, surfaces: re.Pattern[str]) -> Iterator[bool]:
    """For each place where letters of a name stand outside every marked span: whether nothing was counted there."""
    marked = [*gold.mentions, *gold.ignored]
    counted = [(b.brand, m.start, m.end) for b in analysis.brands for m in b.mentions]
    text = gold.text.lower() if len(gold.text.lower()) == len(gold.text) else gold.text
    for found in surfaces.finditer(text):
        place = ("", *found.span())
        if not any(_overlap(place, span) for span in marked):
            yield not any(_overlap(place, span) for span in counted)


def measure(gold: Gold, analysis: Analysis, result: Result) -> None:
    """Add one answer's agreement."""
    found = {(b.brand, m.start, m.end) for b in analysis.brands for m in b.mentions}
    found -= {f for f in found if f not in gold.mentions and any(_overlap(f, i) for i in gold.ignored)}
    wanted = {span for span, optional in gold.mentions.items() if not optional or span in found}
    result.spans.add(found, wanted)
    for label, spans in (("false ", found - wanted), ("missed", wanted - found)):
        for brand, start, end in sorted(spans, key=lambda span: span[1]):
            context = (
                gold.text[max(0, start - 30) : start]
                + "⟦"
                + gold.text[start:end]
                + "⟧"
                + gold.text[end : end + 30]
            )
            result.errors.append(f"{label} {gold.id} {brand}: {context!r}")
    named = {brand for brand, _, _ in gold.mentions}
    result.presence.add(
        {b for b, _, _ in found}, named | ({b for b, _, _ in found} & {b for b, _, _ in gold.ignored})
    )
    _measure_facts(gold, analysis, result)


def _measure_facts(gold: Gold, analysis: Analysis, result: Result) -> None:
    facts = gold.facts
    ordered = [b.brand for b in sorted(analysis.brands, key=lambda b: b.mentions[0].start)]
    if "rank" in facts:
        result.order.append(ordered == facts["rank"])
    if facts.get("list_rank"):
        ranks = {b.brand: b.rank or 0 for b in analysis.brands}
        result.order.append(sorted(facts["list_rank"], key=lambda b: ranks.get(b, 99)) == facts["list_rank"])
    result.absent.extend(brand in analysis.absent for brand in facts.get("absent", ()))
    brands = {b.brand: b for b in analysis.brands}
    for key, counts in (("recommended", result.recommended), ("not_recommended", result.discouraged)):
        if key in facts:
            unclear = set(facts.get(f"{key}_borderline", ()))
            wanted = set(facts[key]) - unclear
            want = key == "recommended"
            got = {b.brand for b in analysis.brands if b.recommended is want and b.brand not in unclear}
            counts.add(got, wanted)
            result.errors.extend(f"{key} {gold.id}: missed {w}" for w in sorted(wanted - got))
            result.errors.extend(f"{key} {gold.id}: false {w}" for w in sorted(got - wanted))
    for brand, polarity in facts.get("polarity", {}).items():
        if brand in brands:
            got_polarity = short(brands[brand].polarity)
            result.polarity.append((polarity, got_polarity))
            if polarity != got_polarity:
                result.errors.append(f"polarity {gold.id} {brand}: is {polarity}, got {got_polarity}")


def short(polarity: str | None) -> str:
    """The gold sets' word for a polarity."""
    return {"positive": "pos", "negative": "neg", "mixed": "mixed"}.get(polarity or "", "neu")


def _overlap(a: Span, b: Span) -> bool:
    return a[1] < b[2] and b[1] < a[2]


def macro_f1(pairs: list[tuple[str, str]]) -> float:
    """Mean F1 over the classes that occur."""
    classes = sorted({gold for gold, _ in pairs})
    scores = []
    for c in classes:
        hits = sum(gold == c == found for gold, found in pairs)
        wrong = sum((gold == c) != (found == c) for gold, found in pairs)
        scores.append(2 * hits / ((2 * hits + wrong) or 1))
    return sum(scores) / (len(scores) or 1)


def domains() -> Iterator[tuple[str, Path, bool]]:
    """Name, workspace and whether it is the project's own, of every gold set present."""
    for folder, own in ((OWN, True), (SHARED, False)):
        for workspace in sorted(folder.glob("*.workspace.json")):
            yield ("own" if own else "real") + "/" + workspace.name.split(".")[0], workspace, own


def main() -> None:
    for name, workspace, own in domains():
        result = evaluate(workspace, own)
        print(line(name, result))
        if "-v" in sys.argv:
            print(*(f"    {error}" for error in result.errors), sep="\n")


def line(name: str, result: Result) -> str:
    """One row of the table."""
    spans, presence = result.spans, result.presence
    return (
        f"{name:18} span P {spans.precision:.4f} R {spans.recall:.4f} F1 {spans.f1:.4f} ({spans.hits + spans.missed})  "
        f"presence F1 {presence.f1:.4f}  order {sum(result.order)}/{len(result.order)}  "
        f"absent {sum(result.absent)}/{len(result.absent)}  traps {sum(result.traps)}/{len(result.traps)}  "
        f"recommended F1 {result.recommended.f1:.3f}  "
        f"not recommended F1 {result.discouraged.f1:.3f}  polarity macro-F1 {macro_f1(result.polarity):.3f} "
        f"({len(result.polarity)})"
    )


if __name__ == "__main__":
    main()
