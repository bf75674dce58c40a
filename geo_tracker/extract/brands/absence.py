"""Brands of which an answer says that it knows nothing: they are not mentioned."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from enum import Enum, auto
from functools import cache

from geo_tracker.extract.brands.absence_words import LIKELY, SENTENCES, Named, following, log_odds
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
_OWN = ("i", "me", "my", "mine", "myself", "我", "?", "？")
_EMPTY_CELL = re.compile(r"\|\s*(?:[—–?？·.*-]+|[Nn]/[Aa])\s*(?:\||$)")
_REACH = 200
"""Characters around a name, or of a sentence without one, that are read."""


def absent_brands(document: Document, mentions: Sequence[Mention]) -> frozenset[str]:
    """Brands of which the text says that it found or knows nothing, and of which it says nothing else.

    What rules do not see is judged by learned weights, where the answer denies, asks, speaks of itself or leaves a
    cell empty.
    """
    if not mentions:
        return frozenset()
    reading = _Reading(document, mentions)
    denying, speaking = _speaking(document)
    for index in _of_knowledge(document, denying, reading.named.keys()):
        reading.hear(index)
    speaking |= denying | _empty_cells(document)
    unknown = _unknown(document, reading.named, speaking, reading.absent) if speaking else ()
    return frozenset({*reading.absent, *unknown})


def _unknown(document: Document, named: Named, speaking: Set[int], absent: Set[str]) -> Iterator[str]:
    """Brands, of those not known to be absent, that the words around their names say are not known."""
    own: defaultdict[str, list[int]] = defaultdict(list)
    near: defaultdict[str, bool] = defaultdict(bool)
    for index, mentions in named.items():
        spoken = index in speaking or any(at in speaking for at in following(document, named, index))
        for brand in {mention.brand for mention in mentions} - absent:
            own[brand].append(index)
            near[brand] |= spoken
    for brand, sentences in own.items():
        few = near[brand] and len(sentences) <= SENTENCES
        if few and log_odds(document, named, brand, sentences) > LIKELY:
            yield brand


class _Sign(Enum):
    DENIES = auto()
    HOLDS = auto()
    """Only holds a word that denies: 不错, 是不是."""
    SPEAKS = auto()
    """Of who answers, or asks."""


@cache
def _signs() -> Lexicon[_Sign]:
    """All words that deny, of both languages, and those with which an answer speaks of itself or asks."""
    own = dict.fromkeys(_OWN, _Sign.SPEAKS)
    return Lexicon(
        own | {word: _Sign.DENIES if denies else _Sign.HOLDS for word, denies in denials().items()}
    )


@cache
def _objects() -> Lexicon[bool]:
    """Words without one of which no denial is of knowledge; False for those that tell only beside a name."""
    return Lexicon(concerned())


def _speaking(document: Document) -> tuple[set[int], set[int]]:
    """The sentences that deny something, and those in which the answer speaks of itself or asks."""
    starts = [sentence.start for sentence in document.sentences]
    found: dict[_Sign, set[int]] = {sign: set() for sign in _Sign}
    for start, _, sign in _signs().find(document.clean):
        found[sign].add(bisect_right(starts, start) - 1)
    for short in _SHORT_NOT.finditer(document.clean):
        found[_Sign.DENIES].add(bisect_right(starts, short.start()) - 1)
    return found[_Sign.DENIES] - {-1}, found[_Sign.SPEAKS]


def _empty_cells(document: Document) -> set[int]:
    """Table rows with a cell that holds a mark only."""
    return {
        index
        for index, sentence in enumerate(document.sentences)
        if sentence.kind == "table_row" and _EMPTY_CELL.search(document.clean, sentence.start, sentence.end)
    }


def _of_knowledge(document: Document, denying: Set[int], named: Set[int]) -> list[int]:
    """Those sentences that deny and hold a word for what may be denied; `named` are those with a brand."""
    if not denying:
        return []
    starts = [sentence.start for sentence in document.sentences]
    objects = (
        (bisect_right(starts, start) - 1, alone) for start, _, alone in _objects().find(document.clean)
    )
    return sorted(denying & {index for index, alone in objects if alone or index in named})


class _Reading:
    """What has been heard of the brands of one text."""

    def __init__(self, document: Document, mentions: Sequence[Mention]) -> None:
        self.absent: set[str] = set()
        self._document = document
        self.named: defaultdict[int, list[Mention]] = defaultdict(list)
        self._of_brand: defaultdict[str, set[int]] = defaultdict(set)
        for mention in mentions:
            self.named[mention.sentence].append(mention)
            self._of_brand[mention.brand].add(mention.sentence)
        self._described: dict[str, bool] = {}

    def hear(self, index: int) -> None:
        """Take in a sentence that denies something."""
        named = {mention.brand for mention in self.named.get(index, ())}
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
            for mention in reversed(self.named.get(at, ())):
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
        sentence, named = self._document.sentences[index], self.named.get(index, ())
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
