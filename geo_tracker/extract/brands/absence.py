"""Brands of which an answer says that it knows nothing: they are not mentioned."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence, Set
from functools import cache

from geo_tracker.extract.brands.ignorance import (
    Said,
    bare,
    clauses,
    concerned,
    denials,
    denies,
    row,
    says_nothing,
)
from geo_tracker.extract.data import NAME, OTHER_NAME
from geo_tracker.extract.records import Document, Mention
from geo_tracker.extract.text.lexicon import Lexicon

_SHORT_NOT = re.compile(r"n['’]t\b", re.IGNORECASE)
_ABOUT_KNOWING = re.compile("[jkibcvrshxA]")
_OF_IT = re.compile("(?:[fp]g*w{1,2}|S)?r")
_MEMORY = 4
"""Sentences for which a name stays what `it` may stand for."""
_FORMER, _LATTER = re.compile(r"\bthe former\b|前者"), re.compile(r"\bthe latter\b|后者")
_REACH = 200
"""Characters around a name, or of a sentence without one, that are read."""


def absent_brands(document: Document, mentions: Sequence[Mention]) -> frozenset[str]:
    """Brands of which the text says that it found or knows nothing, and of which it says nothing else."""
    if not mentions:
        return frozenset()
    reading = _Reading(document, mentions)
    for index in _denying(document, {mention.sentence for mention in mentions}):
        reading.hear(index)
    return frozenset(reading.absent)


@cache
def _negations() -> Lexicon[bool]:
    """All words that deny, of both languages, and those that only hold one: 不错, 是不是."""
    return Lexicon(denials())


@cache
def _objects() -> Lexicon[bool]:
    """Words without one of which no denial is of knowledge; False for those that tell only beside a name."""
    return Lexicon(concerned())


def _denying(document: Document, named: Set[int]) -> list[int]:
    """Sentences with a word that denies, and one of what may be denied; `named` are those with a brand."""
    starts = [sentence.start for sentence in document.sentences]
    denials = [start for start, _, denies in _negations().find(document.clean) if denies]
    denials.extend(found.start() for found in _SHORT_NOT.finditer(document.clean))
    denying = {bisect_right(starts, start) - 1 for start in denials} - {-1}
    if not denying:
        return []
    objects = (
        (bisect_right(starts, start) - 1, alone) for start, _, alone in _objects().find(document.clean)
    )
    concerned = {index for index, alone in objects if alone or index in named}
    return sorted(denying & concerned)


class _Reading:
    """What has been heard of the brands of one text."""

    def __init__(self, document: Document, mentions: Sequence[Mention]) -> None:
        self.absent: set[str] = set()
        self._document = document
        self._named: defaultdict[int, list[Mention]] = defaultdict(list)
        self._of_brand: defaultdict[str, set[int]] = defaultdict(set)
        for mention in mentions:
            self._named[mention.sentence].append(mention)
            self._of_brand[mention.brand].add(mention.sentence)
        self._described: dict[str, bool] = {}

    def hear(self, index: int) -> None:
        """Take in a sentence that denies something."""
        named = {mention.brand for mention in self._named.get(index, ())}
        for brand in named - self.absent:
            said = self._of_name(index, brand)
            if said is Said.UNKNOWN or (said is Said.PARTLY and not self._is_described(brand)):
                self.absent.add(brand)
        if not named and _of_what_was_named(self._clauses(index, "")):
            self._of_nobody(index)

    def _of_name(self, index: int, brand: str) -> Said:
        """What a sentence that names the brand says of its being known."""
        parts = self._clauses(index, brand)
        pairs = zip(("", *parts), parts, strict=False)
        said = max((denies(part, before) for before, part in pairs if "X" in part), default=Said.NOTHING)
        return said or self._after_name(parts, self._document.sentences[index].kind == "table_row")

    def _after_name(self, parts: Sequence[str], table: bool) -> Said:
        """Knowledge denied behind a clause that only names: X — no information."""
        last = max((at for at, part in enumerate(parts) if "X" in part), default=len(parts))
        if last == len(parts) or "Y" in parts[last] or not says_nothing(parts[last]):
            return Said.NOTHING
        following = [bare(part, parts[last]) for part in parts[last + 1 :]]
        if table and not all(following):
            return Said.NOTHING
        if following[:1] and following[0]:
            return following[0]
        return Said.PARTLY if any(following) else Said.NOTHING

    def _of_nobody(self, index: int) -> None:
        """A sentence that names nobody it denies to know speaks of the last name of which nothing was said."""
        for at in range(index, max(-1, index - _MEMORY - 1), -1):
            for mention in reversed(self._named.get(at, ())):
                if not self._is_described(mention.brand):
                    self.absent.add(mention.brand)
                    return

    def _is_described(self, brand: str) -> bool:
        """Whether any sentence says something of the brand."""
        if brand not in self._described:
            self._described[brand] = any(self._describes(index, brand) for index in self._of_brand[brand])
        return self._described[brand]

    def _describes(self, index: int, brand: str) -> bool:
        parts = self._clauses(index, brand)
        own = [at for at, part in enumerate(parts) if "X" in part]
        if any(not says_nothing(parts[at]) and not denies(parts[at]) for at in own):
            return True
        following = parts[own[-1] + 1 :] if own else []
        if any(map(_goes_on, following)):
            return True
        if own and _only_names(parts[own[-1]]):
            return self._introduces(following, index)
        return any(_goes_on(part) for part in self._clauses(index + 1, "")[:1])

    def _introduces(self, following: Sequence[str], index: int) -> bool:
        """Whether content follows a bare name: X: a good tent."""
        after = (*following, *self._clauses(index + 1, ""))
        clause = next((clause for clause in after if "n" not in clause), "")
        return not says_nothing(clause) and not bare(clause) and not clause.endswith("w")

    def _clauses(self, index: int, brand: str) -> list[str]:
        """The clauses of a sentence around a brand's names; without a brand, of those that name nobody."""
        if index >= len(self._document.sentences):
            return []
        sentence, named = self._document.sentences[index], self._named.get(index, ())
        own = [mention for mention in named if mention.brand == brand]
        first = max(sentence.start, own[0].start - _REACH) if own else sentence.start
        last = min(sentence.end, (own[-1].end if own else first) + _REACH)
        pieces: list[str] = []
        at = first
        for mention in named:
            if first <= mention.start and mention.end <= last:
                pieces.extend(
                    (self._document.clean[at : mention.start], NAME if mention.brand == brand else OTHER_NAME)
                )
                at = mention.end
        pieces.append(self._document.clean[at:last])
        text = "".join(pieces).replace("\0", " ").lower()
        return clauses(row(_resolved(text)))


def _resolved(text: str) -> str:
    """The former and the latter of a text that names two brands as those names."""
    named = [character for character in text if character in (NAME, OTHER_NAME)]
    if len(set(named)) < 2:
        return text
    for words, name in ((_FORMER, named[0]), (_LATTER, named[-1])):
        text = words.sub(name, text)
    return text


def _of_what_was_named(parts: Sequence[str]) -> bool:
    """Whether knowledge is denied, and no clause before says of what: Noise: no data."""
    first = next((at for at, part in enumerate(parts) if bare(part)), len(parts))
    return first < len(parts) and not any(map(_is_topic, parts[:first]))


def _is_topic(clause: str) -> bool:
    return "w" in clause and not _ABOUT_KNOWING.search(clause)


def _only_names(clause: str) -> bool:
    return not any(letter in clause for letter in "wshxqnu?")


def _goes_on(clause: str) -> bool:
    """Whether a clause says something of what was named last: it is owned by."""
    return _OF_IT.match(clause) is not None and not says_nothing(clause) and "n" not in clause
