"""What a text says of each brand, under the attributes that a workspace names and those that are common to goods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from geo_tracker.extract.data import lines
from geo_tracker.extract.opinions.scopes import Clause, grouped
from geo_tracker.extract.records import AttributeNote, Document, Polarity
from geo_tracker.extract.text.folding import fold_name
from geo_tracker.extract.text.lexicon import Lexicon


class Attributes:
    """Finds attribute words; an attribute of the workspace keeps its own name, its synonyms come from the data file."""

    def __init__(self, own: Sequence[str]) -> None:
        self._names: dict[str, str] = {}
        for name, synonyms in _common().items():
            label = next((a for a in own if fold_name(a) in (fold_name(name), *synonyms)), name)
            self._names.update(dict.fromkeys((fold_name(name), *synonyms), label))
        self._names.update((fold_name(attribute), attribute) for attribute in own if attribute.strip())
        self._lexicon = Lexicon(self._names)

    def find(
        self, document: Document, about: Sequence[Clause], values: Sequence[int]
    ) -> Mapping[str, tuple[AttributeNote, ...]]:
        """Notes per brand, one per attribute and polarity, in order of first occurrence."""
        if not about:
            return {}
        notes: dict[str, dict[tuple[str, Polarity], AttributeNote]] = {}
        groups = grouped(self._lexicon.find(document.clean), about)
        for clause, value, found in zip(about, values, groups, strict=True):
            if not found:
                continue
            polarity: Polarity = "positive" if value > 0 else "negative" if value < 0 else "neutral"
            for brand in clause.brands:
                known = notes.setdefault(brand, {})
                for start, end, name in found:
                    if (name, polarity) not in known:
                        known[name, polarity] = AttributeNote(name, polarity, start, end)
        return {brand: tuple(found.values()) for brand, found in notes.items()}


@cache
def _common() -> dict[str, tuple[str, ...]]:
    """Attributes that buyers ask for, with the folded words that speak of them."""
    table: dict[str, tuple[str, ...]] = {}
    for line in lines("any/attributes"):
        name, _, synonyms = line.partition(":")
        table[name.strip()] = tuple(fold_name(word) for word in synonyms.split(",") if word.strip())
    return table
