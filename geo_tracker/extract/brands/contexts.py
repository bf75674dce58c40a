"""Candidates for mentions, weighed: what stands around each, and what names beyond doubt tell of the rest."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from geo_tracker.extract.brands.common_words import Kind
from geo_tracker.extract.brands.patterns import Pattern
from geo_tracker.extract.brands.places import Place
from geo_tracker.extract.brands.senses import judge
from geo_tracker.extract.opinions.scopes import LEAD
from geo_tracker.extract.records import BlockKind, Document
from geo_tracker.extract.text.folding import simplify
from geo_tracker.extract.text.segmentation import has_han

_ROUNDS = 2
"""Each learns from the names that the one before found certain."""
DECIDED = "a rule of the workspace"
CERTAIN = 0.75
_PLAIN = 0.4
"""Confidence below which a word is not the brand."""
_REACH = 400
"""Characters of its sentence on each side that a name is judged by."""
_NEAR = 15
"""Characters within which the same word has the same sense."""
_NEIGHBOURS = 8
"""Certain names of its sentence on each side that a name is judged by."""


class Candidate(NamedTuple):
    """A pattern found in a text, at offsets of the original, with the sentence it stands in."""

    start: int
    end: int
    pattern: Pattern
    sentence: int = 0
    slip: float | None = None
    """Confidence of a misspelt name; None where the spelling is right."""
    decided: bool = False
    """The user's own rule says that the name is the brand here."""


Judgement = tuple[float, str]
"""Confidence 0..1 and its reason."""
_Shape = tuple[BlockKind, bool, int]
"""Items of one list share it."""


def weigh(document: Document, found: Sequence[Candidate], topical: bool) -> list[Judgement]:
    """The confidence of every candidate, which are in order; `topical` if the text has a topic of the workspace."""
    judged = [_given(candidate) for candidate in found]
    unclear = [index for index, given in enumerate(judged) if given is None]
    for _ in range(_ROUNDS if unclear else 0):
        context = _Context(document, found, judged)
        for index in unclear:
            judged[index] = judge(context.place(index, topical), found[index].pattern.kind)
        if not context.outdated(judged):
            break
    return [given or (0.0, "") for given in judged]


def _given(candidate: Candidate) -> Judgement | None:
    """Confidence of a find that needs no context."""
    if candidate.slip is not None:
        return candidate.slip, "misspelt"
    if candidate.decided:
        return 1.0, DECIDED
    if candidate.pattern.kind is Kind.NAME or candidate.pattern.requires:
        return 1.0, "name"
    return None


class _Context:
    """What is known of the candidates of one text before a round."""

    def __init__(
        self, document: Document, found: Sequence[Candidate], judged: Sequence[Judgement | None]
    ) -> None:
        self._document = document
        self._text = simplify(document.clean) if has_han(document.clean) else document.clean
        self._found = found
        self._certain = _certain(judged)
        self._in_sentence: defaultdict[int, list[Candidate]] = defaultdict(list)
        self._of_brand: defaultdict[int, set[int]] = defaultdict(set)
        self._leading: defaultdict[_Shape, set[int]] = defaultdict(set)
        for index in self._certain:
            self._learn(found[index])
        self._same = _same_words(found, judged)

    def _learn(self, candidate: Candidate) -> None:
        self._in_sentence[candidate.sentence].append(candidate)
        self._of_brand[candidate.pattern.brand].add(candidate.start)
        shape = _shape(self._document, candidate)
        if shape:
            self._leading[shape].add(candidate.pattern.brand)

    def outdated(self, judged: Sequence[Judgement | None]) -> bool:
        """Whether the round found new certain names, or everyday words that stand beside others like them."""
        return _certain(judged) != self._certain or any(len(group) > 1 for group in self._same.values())

    def place(self, index: int, topical: bool) -> Place:
        """Where a candidate stands."""
        own = self._found[index]
        sentence, brand = self._document.sentences[own.sentence], own.pattern.brand
        beside = self._found[max(0, index - 1) : index + 2]
        shape = _shape(self._document, own)
        return Place(
            text=self._text,
            sentence=(max(sentence.start, own.start - _REACH), min(sentence.end, own.end + _REACH)),
            start=own.start,
            end=own.end,
            alias=own.pattern.alias.text,
            others=tuple((c.start, c.end) for c in self._others(own)),
            same_brand=bool(self._of_brand.get(brand, frozenset()) - {own.start}),
            same_plain=self._nearest_is_plain(own),
            brands=len(self._of_brand.keys() - {brand}),
            topical=topical,
            prior=own.pattern.alias.prior,
            beside_own_name=_beside_own(self._document.text, own, beside),
            listed=shape is not None and bool(self._leading.get(shape, frozenset()) - {brand}),
            doubtful=tuple(
                (c.start, c.end) for c in beside if c.sentence == own.sentence and c.pattern.brand != brand
            ),
        )

    def _others(self, own: Candidate) -> Iterator[Candidate]:
        named = self._in_sentence.get(own.sentence, [])
        at = bisect_left(named, own.start, key=lambda candidate: candidate.start)
        for candidate in named[max(0, at - _NEIGHBOURS) : at + _NEIGHBOURS + 1]:
            if candidate.pattern.brand != own.pattern.brand:
                yield candidate

    def _nearest_is_plain(self, own: Candidate) -> bool:
        """Whether the same word, where it stands next in the sentence, is an everyday word."""
        group = self._same.get((own.sentence, own.pattern.alias.text), [])
        at = bisect_left(group, (own.start,))
        near = range(own.start - _NEAR, own.start + _NEAR)
        beside = [word for word in group[max(0, at - 1) : at + 2] if word[0] != own.start and word[0] in near]
        return bool(beside) and min(beside, key=lambda word: abs(word[0] - own.start))[1] < _PLAIN


def _certain(judged: Sequence[Judgement | None]) -> list[int]:
    return [index for index, given in enumerate(judged) if given and given[0] >= CERTAIN]


def _same_words(
    found: Sequence[Candidate], judged: Sequence[Judgement | None]
) -> dict[tuple[int, str], list[tuple[int, float]]]:
    """Starts and confidences of the candidates of one alias in one sentence; 1 where it is not known yet."""
    groups: defaultdict[tuple[int, str], list[tuple[int, float]]] = defaultdict(list)
    for candidate, given in zip(found, judged, strict=True):
        key = (candidate.sentence, candidate.pattern.alias.text)
        groups[key].append((candidate.start, given[0] if given else 1.0))
    return groups


def _shape(document: Document, found: Candidate) -> _Shape | None:
    """The shape of the item, heading or row that a find leads; None where it leads none."""
    sentence = document.sentences[found.sentence]
    if sentence.kind in ("paragraph", "quote"):
        return None
    if LEAD.fullmatch(document.clean, sentence.start, found.start) is None:
        return None
    return sentence.kind, sentence.ordinal is not None, sentence.indent


def _beside_own(text: str, found: Candidate, beside: Sequence[Candidate]) -> bool:
    """Whether a neighbour is of the same brand, with one space between."""
    gaps = (
        text[min(found.end, other.end) : max(found.start, other.start)]
        for other in beside
        if other.pattern.brand == found.pattern.brand
    )
    return " " in gaps
