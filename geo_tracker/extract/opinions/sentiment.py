"""What a text thinks of each brand: opinion words of the clauses about it, turned by negation and comparison."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import permutations
from typing import NamedTuple

from geo_tracker.extract.data import NAME, OTHER_NAME, lines, pattern
from geo_tracker.extract.opinions.scopes import Clause, grouped
from geo_tracker.extract.records import Document, Mention, Polarity
from geo_tracker.extract.text.folding import fold_name
from geo_tracker.extract.text.lexicon import Lexicon

_CLEAR = 2
"""Opinion words, at most two of a clause, below which an opinion is unclear. Real answers and the open blind half, 26
November 2026: opinions on one word were right in 22 of 68 cases, others in 155 of 199."""
_NEGATION_REACH = 16
_NEGATION_REACH_HAN = 3
_MIXED = 0.3
"""Least share of the rarer side that makes an opinion mixed."""

_MORE, _LESS, _UP, _DOWN, _GOOD, _BAD, _DEGREE, _NEUTRAL = range(2, 10)
"""In place of a value: what is better the more, or the less, there is of it; much, little; praise and blame of one
character; an adverb of degree; and a phrase that holds an opinion word and is none."""
_JUDGED = {"zh/scaled_more": _MORE, "zh/scaled_less": _LESS}
_JUDGEMENTS = {
    "zh/scale_up": _UP,
    "zh/scale_down": _DOWN,
    "zh/good": _GOOD,
    "zh/bad": _BAD,
}
_THINGS = (_MORE, _LESS)
_BEHIND = 2
"""Characters that may stand between a thing and its judgement."""
_MOST_COMPARED = 4
"""Brands in one sentence up to which comparisons are looked for."""


Word = tuple[int, int, int]
"""An opinion word or negator: start, end, and 1, -1, or 0 for a negator."""


class Opinion(NamedTuple):
    """What is thought of one brand, and the clause that says so most clearly."""

    polarity: Polarity
    start: int
    end: int
    clear: bool
    """Whether it rests on enough to be counted."""


@cache
def _lexicon() -> Lexicon[int]:
    values: dict[str, int] = {}
    for name, value in (
        ("any/general_opinions_positive", 1),
        ("any/general_opinions_negative", -1),
        *_JUDGED.items(),
        *_JUDGEMENTS.items(),
        ("zh/intensifiers", _DEGREE),
        ("en/positive_words", 1),
        ("zh/positive_words", 1),
        ("en/negative_words", -1),
        ("zh/negative_words", -1),
        ("any/negators", 0),
        ("en/neutral_words", _NEUTRAL),
    ):
        values.update((fold_name(word), value) for word in lines(name))
    return Lexicon(values)


def opinion_words(clean: str) -> list[Word]:
    """Opinion words and negators of a masked text, in order."""
    return list(_weighed(clean, _lexicon().find(clean)))


def _weighed(clean: str, found: Iterable[Word]) -> Iterator[Word]:
    """Opinions and negators; what is much or little, good or bad, counts right behind the thing that is judged."""
    judged, last = 0, 0
    for start, end, value in found:
        if start > last and (start - last > _BEHIND or not clean[last:start].isalnum()):
            judged = 0
        if value in (1, -1, 0):
            yield start, end, value
            if value == 0:  # 不太好
                judged, last = judged or _DEGREE, end
        elif value in _THINGS:
            judged, last = value, end
        elif value == _DEGREE:
            judged, last = judged or _DEGREE, end
        elif value != _NEUTRAL and judged:
            opinion = _judgement(judged, value)
            if opinion:
                yield start, end, opinion
            judged = 0


def _judgement(judged: int, value: int) -> int:
    """1, -1 or 0: a high price is bad, a high quality good; good is good of anything."""
    if value in (_GOOD, _BAD):
        return 1 if value == _GOOD else -1
    if judged == _DEGREE:
        return 0
    return 1 if (judged == _MORE) == (value == _UP) else -1


def opinions(
    document: Document,
    mentions: Sequence[Mention],
    about: Sequence[Clause],
    values: Sequence[int],
    advised: Mapping[str, bool],
    comparing: Collection[int],
) -> dict[str, Opinion]:
    """The opinion on each brand of which the text has one; advice for or against a brand is one."""
    if not about:
        return {}
    compared = _comparisons(document, mentions, comparing)
    scores: dict[str, list[tuple[int, int, int]]] = {}
    for clause, value in zip(about, values, strict=True):
        for brand in clause.brands if value else ():
            if (clause.sentence, brand) not in compared:
                scores.setdefault(brand, []).append((value, clause.start, clause.end))
    for (sentence, brand), value in compared.items():
        found = document.sentences[sentence]
        scores.setdefault(brand, []).append((value, found.start, found.end))
    for brand, good in advised.items():
        first = next((clause for clause in about if brand in clause.brands), None)
        if first and (not good or brand in scores):
            scores.setdefault(brand, []).append((1 if good else -1, first.start, first.end))
    return {brand: _opinion(found, advised.get(brand) is False) for brand, found in scores.items()}


def clause_values(document: Document, mentions: Sequence[Mention], about: Sequence[Clause]) -> list[int]:
    """Praise less blame of each clause; where it says neither, of the label that it stands under."""
    if not about:
        return []
    words = _outside(opinion_words(document.clean), mentions)
    if words is None:
        words = opinion_words(_without_names(document.clean, mentions))
    groups = grouped(words, about)
    return [
        (_value(document.clean, group) if group else 0) or clause.bias
        for clause, group in zip(about, groups, strict=True)
    ]


def _outside(words: Sequence[Word], mentions: Sequence[Mention]) -> list[Word] | None:
    """Words that are not part of a name; None where one begins or ends within a name, 太贵 in 方太贵."""
    spans = iter(mentions)
    span = next(spans, None)
    kept: list[Word] = []
    for word in words:
        while span is not None and span.end <= word[0]:
            span = next(spans, None)
        if span is None or word[1] <= span.start:
            kept.append(word)
        elif word[0] < span.start or word[1] > span.end:
            return None
    return kept


def _without_names(clean: str, mentions: Iterable[Mention]) -> str:
    pieces: list[str] = []
    at = 0
    for mention in mentions:
        pieces.extend((clean[at : mention.start], "\0" * (mention.end - mention.start)))
        at = mention.end
    return "".join((*pieces, clean[at:]))


def _value(text: str, words: Sequence[Word]) -> int:
    """Sum of a clause's opinion words, each turned round by a negator shortly before."""
    total = 0
    negated: int | None = None
    for start, end, value in words:
        if value == 0:
            negated = end
            continue
        reach = _NEGATION_REACH if text[start].isascii() else _NEGATION_REACH_HAN
        if negated is not None and start - negated <= reach:
            total -= value
            negated = None
        else:
            total += value
    return total


def _opinion(found: Sequence[tuple[int, int, int]], rejected: bool) -> Opinion:
    """What clauses say together; advice against a brand is clear."""
    praise = sum(value > 0 for value, _, _ in found)
    blame = sum(value < 0 for value, _, _ in found)
    total = praise + blame
    polarity: Polarity
    polarity = "positive" if praise > blame else "negative"
    if min(praise, blame) / total >= _MIXED:
        polarity = "mixed"
    side = -1 if blame > praise else 1
    _, start, end = max(found, key=lambda score: score[0] * side)
    return Opinion(
        polarity, start, end, rejected or sum(min(abs(value), 2) for value, _, _ in found) >= _CLEAR
    )


def _comparisons(
    document: Document, mentions: Sequence[Mention], comparing: Collection[int]
) -> dict[tuple[int, str], int]:
    """Winner 1 and loser -1 of the sentences that compare two brands."""
    by_sentence: dict[int, list[Mention]] = {}
    for mention in mentions:
        if mention.sentence in comparing:
            by_sentence.setdefault(mention.sentence, []).append(mention)
    result: dict[tuple[int, str], int] = {}
    for index, named in by_sentence.items():
        brands = list(dict.fromkeys(m.brand for m in named))
        if len(brands) > _MOST_COMPARED:
            continue
        sentence = document.sentences[index]
        text = document.clean[sentence.start : sentence.end]
        anyone = named_text(text, sentence.start, named, dict.fromkeys(brands, NAME))
        if _any_outcome().search(anyone):
            outcomes = _beside(text, sentence.start, named)
            result.update({(index, brand): value for brand, value in outcomes.items()})
        if len(brands) < 2 or not _any_comparison().search(anyone):
            continue
        for better, other in permutations(brands, 2):
            if _wins(text, sentence.start, named, better, other):
                result[index, better] = 1
                result[index, other] = -1
    return result


def _beside(text: str, start: int, named: Sequence[Mention]) -> dict[str, int]:
    """Brands that are compared with something that is not tracked, and come off better or worse."""
    found: dict[str, int] = {}
    for brand in dict.fromkeys(mention.brand for mention in named):
        marked = named_text(text, start, named, {brand: NAME})
        better, worse = (pattern(name).search(marked) is not None for name in ("any/outdoing", "any/outdone"))
        if better != worse:
            found[brand] = 1 if better else -1
    return found


@cache
def _any_outcome() -> re.Pattern[str]:
    """A name that comes off better or worse, whichever it is: most sentences have none and are read once."""
    return re.compile("|".join(pattern(name).pattern for name in ("any/outdoing", "any/outdone")))


@cache
def _any_comparison() -> re.Pattern[str]:
    """A comparison of two names, whichever they are: most sentences have none and are read once."""
    return re.compile(pattern("any/comparisons").pattern.replace(OTHER_NAME, NAME))


def _wins(text: str, start: int, named: Sequence[Mention], better: str, other: str) -> bool:
    names = {better: NAME, other: OTHER_NAME}
    return pattern("any/comparisons").search(named_text(text, start, named, names)) is not None


def named_text(text: str, start: int, named: Sequence[Mention], names: dict[str, str]) -> str:
    """A sentence in lower case, with each brand's mentions replaced by what stands for it."""
    pieces: list[str] = []
    at = 0
    for mention in named:
        if mention.brand in names:
            pieces.extend((text[at : mention.start - start], names[mention.brand]))
            at = mention.end - start
    pieces.append(text[at:])
    return "".join(pieces).replace("\0", " ").replace("‑", "-").lower()
