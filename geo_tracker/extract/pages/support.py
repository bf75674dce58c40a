"""Whether a page says what an answer's sentence says: text evidence, no understanding."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from rapidfuzz import fuzz, process

from geo_tracker.extract.data import lines
from geo_tracker.extract.text.segmentation import dictionary, is_han
from geo_tracker.extract.text.sentences import read

Verdict = Literal["supported", "partly", "not_found"]
SUPPORTED = 0.6
"""Share of a claim's content words that one passage must hold."""
PARTLY = 0.45
"""Share from which on a passage holds part of a claim."""
_WINDOW = 2
"""Sentences of a passage."""
_ALIKE = 84.0
"""Similarity in percent from which two Latin words count as forms of one."""
_MAX_SENTENCES = 2000
_WORD = re.compile(r"[a-z][a-z0-9'’-]*|[\u3400-\u9fff]+")
_NUMBER = re.compile(r"(?<![a-z\d.])(?:\d+(?:,\d{3})+|\d+)(?:\.\d+)?")
_NEGATION = re.compile(
    r"\b(?:not|no|none|nothing|never|neither|nor|without|cannot)\b|n't\b"
    r"|不(?![同过仅但错少断管论止妨久])|没有|未(?![来必])|无需|并非|无法"
)
_NUMERALS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100,
}  # fmt: skip
_HAN_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"两": 2}
_HAN_NUMERAL = re.compile(r"[一二三四五六七八九]?十[一二三四五六七八九]?|[二两三四五六七八九]")
"""Without 一 alone and `one`, which are articles more often than numbers."""
_CLAUSE = re.compile(r"[,，;；:：.。!！?？](?!\d)|\b(?:and|but|while)\b|(?=\bwithout\b)|但是?|不过")
_MEASURE = re.compile(f"({_NUMBER.pattern})" + r"\s?([a-z%]+|[\u3400-\u9fff])")
_LEAD = re.compile(
    r"^\W*(?:(?:需要|值得)注意的是|值得一提的是|不过|此外|另外|总的来说"
    r"|(?:keep in mind|note) that|besides|in addition|however)\W*"
)
"""What a sentence says to its reader, not of its subject."""
_CLAIM = re.compile(r"[,，;；。!！?？](?!\d)|\b(?:and|but|while)\b|并且|而且|还(?=[带有附支])|但是?")
_POSSESSIVE = re.compile("['’]s$")
_MIN_CLAIM = 2
"""Content words of a claim that is looked for on its own."""
_DENIED = 1 / 3
"""Share of a claim's words that the page only holds under a negation, from which on it says the opposite."""


@dataclass(frozen=True, slots=True)
class Support:
    """How far a page supports a sentence, and the passage that does it best."""

    verdict: Verdict
    score: float
    """Share of the sentence's content words that the passage holds, 0 to 1."""
    quote: str | None
    missing: tuple[str, ...] = ()
    """Numbers of the sentence that the passage does not hold."""


class PageEvidence:
    """A page's text, cut into passages once, for any number of sentences."""

    def __init__(self, text: str) -> None:
        document = read(text)
        spans = document.sentences[:_MAX_SENTENCES]
        sentences = [text[span.start : span.end].strip() for span in spans]
        self._passages = [
            _Passage(" ".join(sentences[first : first + size]))
            for size in range(1, _WINDOW + 1)
            for first in range(len(sentences) - size + 1)
        ]

    def check(self, sentence: str) -> Support:
        """What the page holds of a sentence: all of its claims, some or none."""
        claims = _claims(sentence)
        if not claims or not self._passages:
            return Support("not_found", 0.0, None)
        found = [self._claim(claim) for claim in claims]
        verdicts = {each.verdict for each in found}
        verdict: Verdict = "partly" if len(verdicts) > 1 else verdicts.pop()
        best = max(found, key=lambda each: each.score if each.quote else -1.0)
        return Support(
            verdict,
            round(sum(each.score for each in found) / len(found), 3),
            best.quote,
            tuple(number for each in found for number in each.missing),
        )

    def _claim(self, claim: _Passage) -> Support:
        rated = [(*_rate(claim, passage), passage) for passage in self._passages]
        held, _numbers_held, passage = max(rated, key=lambda each: (each[0] + each[1], -len(each[2].text)))
        missing = tuple(sorted(claim.numbers - passage.numbers))
        verdict = _verdict(held, claim, passage, missing)
        return Support(verdict, held, passage.text if verdict != "not_found" else None, missing)


def _claims(sentence: str) -> list[_Passage]:
    """A sentence's clauses; one with little content of its own stays with the one before it."""
    folded = _LEAD.sub("", unicodedata.normalize("NFKC", sentence).lower())
    claims: list[str] = []
    for clause in _CLAIM.split(folded):
        if claims and min(len(_content(clause)), len(_content(claims[-1]))) < _MIN_CLAIM:
            claims[-1] += f" {clause}"
        else:
            claims.append(clause)
    return [passage for passage in map(_Passage, claims) if passage.words]


class _Passage:
    def __init__(self, text: str) -> None:
        self.text = text
        folded = unicodedata.normalize("NFKC", text).lower()
        self.folded = folded
        self.numbers = frozenset(_numbers(folded))
        self.words = _content(folded)
        self.negated = bool(_NEGATION.search(folded))


def _content(folded: str) -> tuple[str, ...]:
    """Words that carry content, each once: Latin words and Chinese words of the dictionary, without grammar."""
    found: list[str] = []
    for run in _WORD.findall(folded):
        found.extend(_cut(run) if is_han(run[0]) else [_POSSESSIVE.sub("", run.strip("'’-"))])
    grammar = _grammar()
    kept = (word for word in found if word and word not in grammar and word not in _NUMERALS)
    return tuple(dict.fromkeys(word for word in kept if not _HAN_NUMERAL.fullmatch(word)))


@cache
def _grammar() -> frozenset[str]:
    return frozenset(word for line in lines("any/grammar_words") for word in line.split())


@lru_cache(maxsize=20_000)
def _cut(run: str) -> tuple[str, ...]:
    return tuple(dictionary().cut(run))


def _numbers(folded: str) -> list[str]:
    written = [number.replace(",", "") for number in _NUMBER.findall(folded)]
    spelt = [str(_NUMERALS[word]) for word in re.findall(r"[a-z]+", folded) if word in _NUMERALS]
    return written + spelt + [str(_han(numeral)) for numeral in _HAN_NUMERAL.findall(folded)]


def _han(numeral: str) -> int:
    if "十" not in numeral:
        return _HAN_DIGITS[numeral]
    tens, _ten, ones = numeral.partition("十")
    return 10 * (_HAN_DIGITS[tens] if tens else 1) + (_HAN_DIGITS[ones] if ones else 0)


def _rate(claim: _Passage, passage: _Passage) -> tuple[float, float]:
    """Shares of the claim's content words and of its numbers that a passage holds."""
    held = sum(_holds(passage, word) for word in claim.words) / len(claim.words)
    numbers = len(claim.numbers & passage.numbers) / len(claim.numbers) if claim.numbers else 0.0
    return held, 0.5 * numbers


def _holds(passage: _Passage, word: str) -> bool:
    if is_han(word[0]):
        return word in passage.folded
    if word in passage.words:
        return True
    alike = process.extractOne(word, passage.words, scorer=fuzz.ratio, score_cutoff=_ALIKE)
    return alike is not None or any(_same_stem(word, other) for other in passage.words)


def _same_stem(one: str, other: str) -> bool:
    shared = min(len(one), len(other)) - 1
    return shared >= 4 and one[:shared] == other[:shared] and abs(len(one) - len(other)) <= 4


def _denies(claim: _Passage, passage: _Passage) -> bool:
    """Whether the passage says the opposite: it negates the claim's words, or lacks the claim's own negation."""
    clauses = [
        (clause, bool(_NEGATION.search(clause))) for clause in _CLAUSE.split(passage.folded) if clause.strip()
    ]
    under = " ".join(clause for clause, negated in clauses if negated)
    plain = " ".join(clause for clause, negated in clauses if not negated)
    if claim.negated:
        return not any(word in under for word in claim.words)
    only = [word for word in claim.words if word in under and word not in plain]
    return len(only) >= _DENIED * len(claim.words)


def _misplaced(claim: _Passage, passage: _Passage) -> bool:
    """Whether the passage gives the claim's number to another subject, and its subject another number of that unit."""
    clauses = [(clause, set(_MEASURE.findall(clause))) for clause in _CLAUSE.split(passage.folded) if clause]
    for number, unit in _MEASURE.findall(claim.folded):
        holding = " ".join(clause for clause, measures in clauses if (number, unit) in measures)
        others = (clause for clause, measures in clauses if any(unit == other for _, other in measures))
        if holding and claim.words[0] not in holding and any(claim.words[0] in other for other in others):
            return True
    return False


def _verdict(held: float, claim: _Passage, passage: _Passage, missing: Sequence[str]) -> Verdict:
    if held < PARTLY or _denies(claim, passage) or _misplaced(claim, passage):
        return "not_found"
    if missing:
        return "partly" if len(missing) < len(claim.numbers) else "not_found"
    return "supported" if held >= SUPPORTED else "partly"
