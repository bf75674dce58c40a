"""Words without which a rule cannot hold: one pass over a text tells which sentences each costly rule must read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from ahocorasick_rs import AhoCorasick

from geo_tracker.extract.data import lines, toml
from geo_tracker.extract.records import Document
from geo_tracker.extract.text.folding import fold, fold_name
from geo_tracker.extract.text.lexicon import LATIN

LISTS = {
    "any/pick_headings": True,
    "any/reject_headings": True,
    "any/comparing": False,
    "any/contrasts": True,
}
"""Word lists, and whether their Latin entries are whole words or beginnings of words."""
_ALONE = ("reject", "verdict", "unadvised", "hesitate", "fit", "suits", "miss", "forbid")
_ADVISING = (
    *_ALONE,
    *("dodge", "propose", "advise", "act", "ability", "choice", "best", "label", "if_you", "instead", "just"),
)
"""Classes of `advice.toml` that can advise without an object, and all without one of which nothing is advised."""

Triggered = Mapping[str, frozenset[int] | set[int]]
"""Per word list the indexes of the sentences that hold a word of it."""


@cache
def _automaton() -> tuple[AhoCorasick, list[tuple[bool, list[str], list[str]]]]:
    """All words; of each whether it is Latin, the lists that hold it, and those where it may be a word's beginning."""
    owners: dict[str, list[str]] = {}
    for name in LISTS:
        for word in lines(name):
            owners.setdefault(fold_name(word), []).append(name)
    for language in ("en", "zh"):
        for name in _ADVISING:
            for word in toml(f"{language}/advice").get(name, "").split(","):
                held = owners.setdefault(fold_name(" ".join(word.split())), [])
                held.extend(("advice", "verdict") if name in _ALONE else ("advice",))
    owners.pop("", None)
    entries = [
        (word.isascii(), names, [name for name in names if not (word.isascii() and LISTS.get(name, True))])
        for word, names in owners.items()
    ]
    return AhoCorasick(list(owners), store_patterns=False), entries


def triggered(document: Document) -> Triggered:
    """Where the words of each list stand."""
    automaton, entries = _automaton()
    folded = fold(document.clean)
    text = folded.text
    starts = [*(sentence.start for sentence in document.sentences), len(document.clean) + 1]
    found: dict[str, set[int]] = {name: set() for name in (*LISTS, "advice", "verdict")}
    sentence = -1
    for index, start, end in automaton.find_matches_as_indexes(text, overlapping=True):
        latin, names, begun = entries[index]
        if latin:
            if start and text[start - 1] in LATIN:
                continue
            if text[end : end + 1] in LATIN:
                names = begun
        last = end if folded.edits is None else folded.end(end)
        while starts[sentence + 1] < last:
            sentence += 1
        for name in names:
            found[name].add(sentence)
    return found
