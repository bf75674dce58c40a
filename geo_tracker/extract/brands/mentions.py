"""Which tracked brands a text names, and where: all aliases at once, the longest name wins."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from geo_tracker.extract.brands.absence import absent_brands
from geo_tracker.extract.brands.contexts import Candidate, weigh
from geo_tracker.extract.brands.fuzzy import Misspellings
from geo_tracker.extract.brands.patterns import OTHER, build, written_as
from geo_tracker.extract.brands.senses import COUNTED, UNSURE
from geo_tracker.extract.data import words
from geo_tracker.extract.opinions.attributes import Attributes
from geo_tracker.extract.records import (
    BlockKind,
    BrandSpec,
    Document,
    DomainMention,
    Findings,
    Mention,
    Where,
)
from geo_tracker.extract.text.boundaries import stands_alone, touches_han
from geo_tracker.extract.text.folding import Folded, fold, fold_name
from geo_tracker.extract.text.segmentation import Segmenter, has_han, has_word

_JOINTS = frozenset("比和与跟或及")
_LONGEST_BESIDE = 7
NEXT_TO = 12
"""Characters beside a name within which an excluded or included word counts as next to it."""

_WHERE: dict[BlockKind, Where] = {
    "paragraph": "prose",
    "heading": "heading",
    "list_item": "list_item",
    "table_row": "table_cell",
    "quote": "quote",
    "code": "prose",
    "image": "image_alt",
}


class Matcher:
    """Finds the brands of one workspace; built once, used for any number of texts."""

    def __init__(
        self, brands: Sequence[BrandSpec], *, topics: Sequence[str] = (), attributes: Sequence[str] = ()
    ) -> None:
        self.brands = tuple(brands)
        self.topics = tuple(filter(None, map(fold_name, topics)))
        self.attributes = Attributes(attributes)
        patterns = build(self.brands)
        self._owners = list(patterns.values())
        self._names = frozenset(patterns)
        self._automaton = AhoCorasick(
            list(patterns),
            matchkind=MatchKind.Standard,
            store_patterns=False,
            implementation=Implementation.ContiguousNFA,
        )
        han = [text for text in patterns if has_han(text)]
        self._segmenter = Segmenter(han) if han else None
        self._misspellings = Misspellings(patterns)

    def tracks(self, name: str) -> bool:
        """Whether a folded name is a spelling of a tracked brand."""
        return name in self._names

    def find(self, document: Document) -> tuple[Mention, ...]:
        """Mentions that count, in order, not overlapping; offsets index the document's text."""
        return self.read(document).mentions

    def read(self, document: Document) -> Findings:
        """Mentions, those that are unsure, brands that the text says it does not know, and their domains."""
        folded = fold(document.clean)
        kept = _longest(self._candidates(document, folded))
        domains = tuple(self._domain(document, c) for c in kept if c.pattern.domain)
        mentions = [m for m in self._weighed(document, folded, kept) if m.confidence >= UNSURE]
        absent = absent_brands(document, mentions)
        present = [m for m in mentions if m.brand not in absent]
        counted = _joined((m for m in present if m.confidence >= COUNTED), document)
        unsure = tuple(m for m in present if m.confidence < COUNTED)
        return Findings(tuple(counted), unsure, absent, domains)

    def weigh(self, document: Document) -> Iterator[Mention]:
        """Every place of a name with its confidence, what is hardly the brand included."""
        folded = fold(document.clean)
        return self._weighed(document, folded, _longest(self._candidates(document, folded)))

    def _weighed(self, document: Document, folded: Folded, kept: Sequence[Candidate]) -> Iterator[Mention]:
        named = [c for c in kept if c.pattern.brand != OTHER and not c.pattern.domain]
        located = list(_located(document, self._with_slips(document, folded, kept, named)))
        return self._mentions(document, folded.text, located)

    def _candidates(self, document: Document, folded: Folded) -> Iterator[Candidate]:
        for index, start, end in self._automaton.find_matches_as_indexes(folded.text, overlapping=True):
            if not stands_alone(folded.text, start, end):
                continue
            first, last = folded.start(start), folded.end(end)
            for pattern in self._owners[index]:
                if written_as(document.text[first:last], pattern) and self._is_word(folded.text, start, end):
                    yield Candidate(first, last, pattern)
                    break

    def _is_word(self, text: str, start: int, end: int) -> bool:
        """Whether a Han name keeps its edges when the text is cut into words."""
        if self._segmenter is None or not touches_han(text, start, end):
            return True
        found = self._segmenter.words_around(text, start, end)
        if not any(first == start for _, first, _ in found):
            if not self._compared(text, start):
                return False
            found = [
                (w, start + a, start + b)
                for w, a, b in self._segmenter.words_around(text[start:], 0, end - start)
            ]
        return any(last == end or self._compounds(text, first, last, start, end) for _, first, last in found)

    def _compared(self, text: str, start: int) -> bool:
        """Whether a name and a joint stand before: 全季比|如家, where 比如 is a word too."""
        if text[start - 1] not in _JOINTS:
            return False
        return any(text[max(0, start - 1 - n) : start - 1] in self._names for n in range(2, _LONGEST_BESIDE))

    def _compounds(self, text: str, first: int, last: int, start: int, end: int) -> bool:
        """Whether a word runs on from the name's own last word, or from the name to a product noun: 茅台|酒."""
        if end >= last:
            return False
        if first == start:
            return text[end:last] in words("zh/heads")
        return start < first < end - 1 and has_word(text[first:end])

    def _with_slips(
        self, document: Document, folded: Folded, kept: Sequence[Candidate], named: Sequence[Candidate]
    ) -> list[Candidate]:
        """The finds with misspelt names where nothing else was found."""
        slips = [
            Candidate(folded.start(slip.start), folded.end(slip.end), slip.pattern, slip=slip.confidence)
            for slip in self._misspellings.find(folded.text, self._segmenter)
        ]
        if not slips:
            return list(named)
        taken = [candidate.start for candidate in kept]
        free = [s for s in slips if not _overlaps(s, kept, bisect_right(taken, s.start))]
        return sorted((*named, *free), key=lambda candidate: candidate.start)

    def _domain(self, document: Document, found: Candidate) -> DomainMention:
        start, end, pattern = found[:3]
        return DomainMention(self.brands[pattern.brand].name, start, end, document.text[start:end])

    def _mentions(self, document: Document, folded: str, found: Sequence[Candidate]) -> Iterator[Mention]:
        """Every candidate that its user's words allow, with its confidence."""
        allowed = [
            c._replace(decided=_beside(c, document, c.pattern.includes))
            for c in found
            if _allowed(c, document, folded)
        ]
        topical = any(topic in folded for topic in self.topics)
        for candidate, judged in zip(allowed, weigh(document, allowed, topical), strict=True):
            yield _mention(document, self.brands[candidate.pattern.brand].name, candidate, *judged)


def _allowed(found: Candidate, document: Document, folded: str) -> bool:
    """Whether the words that the user requires or excludes let the alias count."""
    pattern = found.pattern
    if pattern.requires and not any(word in folded for word in pattern.requires):
        return False
    return not _beside(found, document, pattern.excludes)


def _beside(found: Candidate, document: Document, words: Sequence[str]) -> bool:
    """Whether one of these words stands next to the name."""
    if not words:
        return False
    beside = document.clean[max(0, found.start - NEXT_TO) : found.end + NEXT_TO]
    return any(word in fold(beside).text for word in words)


def _longest(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Leftmost longest, without overlap."""
    kept: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda c: (c.start, -c.end)):
        if not kept or candidate.start >= kept[-1].end:
            kept.append(candidate)
    return kept


def _overlaps(candidate: Candidate, kept: Sequence[Candidate], index: int) -> bool:
    """Whether a candidate overlaps its neighbours among non-overlapping finds; `index` is where it would stand."""
    before, after = kept[index - 1 : index] if index else (), kept[index : index + 1]
    return any(other.end > candidate.start for other in before) or any(
        other.start < candidate.end for other in after
    )


def _located(document: Document, candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """Put each find into its sentence; one that crosses a sentence's end is none."""
    starts = [sentence.start for sentence in document.sentences]
    for candidate in candidates:
        index = bisect_right(starts, candidate.start) - 1
        if index >= 0 and candidate.end <= document.sentences[index].end:
            yield candidate._replace(sentence=index)


def _mention(document: Document, brand: str, found: Candidate, confidence: float, reason: str) -> Mention:
    sentence = document.sentences[found.sentence]
    where = _WHERE[sentence.kind]
    label = bisect_right(document.labels, found.start, key=lambda label: label[0]) - 1
    if label >= 0 and found.end <= document.labels[label][1]:
        where = document.labels[label][2]
    column = None
    if sentence.kind == "table_row":
        row = document.clean[sentence.start : found.start].lstrip()
        column = row.count("|") - row.startswith("|")
    return Mention(
        brand=brand,
        start=found.start,
        end=found.end,
        text=document.text[found.start : found.end],
        alias=found.pattern.alias.text,
        where=where,
        sentence=found.sentence,
        confidence=confidence,
        reason=reason,
        column=column,
    )


def _joined(mentions: Iterable[Mention], document: Document) -> Iterator[Mention]:
    """A brand's name and its product's, one space between, are one name in English: Urban Decay Naked.

    In Chinese text they are two names side by side: 大疆 DJI.
    """
    last: Mention | None = None
    for mention in mentions:
        if last is not None and _continues(last, mention, document):
            last = replace(last, end=mention.end, text=document.text[last.start : mention.end])
            continue
        if last is not None:
            yield last
        last = mention
    if last is not None:
        yield last


def _continues(last: Mention, mention: Mention, document: Document) -> bool:
    if last.brand != mention.brand or mention.start - last.end != 1 or document.text[last.end] != " ":
        return False
    sentence = document.sentences[mention.sentence]
    return not has_han(document.clean[sentence.start : sentence.end])
