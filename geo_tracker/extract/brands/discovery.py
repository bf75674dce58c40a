"""Names that look like brands and are not tracked: leads of items, names beside tracked brands, well-known names."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from geo_tracker.extract.brands.common_words import frequency, is_english_word
from geo_tracker.extract.data import lines, words
from geo_tracker.extract.opinions.scopes import LEAD, leads
from geo_tracker.extract.records import Discovered, Document, Mention, Sentence
from geo_tracker.extract.text.boundaries import stands_alone
from geo_tracker.extract.text.folding import fold, fold_name
from geo_tracker.extract.text.segmentation import dictionary, has_word, is_han, is_personal_name

_LONGEST = 30
_LEAD_NAME = re.compile(r"[^\n\0*|:：—–(（,，。;；]{2,40}?(?=\s*(?:\*|\||[:：]|—|–|\s-\s|[(（]|\Z))")
_WORD = r"[^\s、,，。;；:：!?！？()（）\[\]*|\0\n/]"
_ENUMERATED = re.compile(rf"{_WORD}+(?:[ &'’.-]{{1,2}}[A-Z0-9]{_WORD}*)*")
_SEPARATORS_AFTER = re.compile(r"[*”」]*\s*(?:、|, (?:and |or )?|/| and | or |和|与|以及|或)\s*[*“「]*")
_CAPITALISED = re.compile(r"[A-Z][\w&'’.+-]*(?: [A-Z0-9][\w&'’.+-]*){0,3}")
_HAN_NAME = re.compile(r"[\u4e00-\u9fff·]{2,6}(?:[A-Za-z0-9]{0,8})")
_MODEL_TAIL = re.compile(r"[\s（(]*[A-Za-z]*\d.*\Z")
_LATIN = re.compile(r"[A-Za-z]+")
_LONGEST_HAN = 8
_EVERYDAY_CHARACTER = 11_000
"""Frequency of a Chinese character from which it is a word by itself."""
_REMEMBERED = 20_000
"""Names of which it is kept whether they are coined; answers of one topic repeat theirs."""


class Candidate(NamedTuple):
    """A span that may be a brand's name."""

    start: int
    end: int
    reason: str


def discover(
    document: Document, mentions: Sequence[Mention], tracked: Callable[[str], bool]
) -> tuple[Discovered, ...]:
    """Untracked names in order of first occurrence, each with its count in the text."""
    spans = [(m.start, m.end) for m in mentions]
    found: dict[str, Discovered] = {}
    seen: set[str] = set()
    for start, end, reason in sorted(_candidates(document, mentions)):
        name = document.text[start:end]
        if name in seen or _overlaps(spans, start, end):
            continue
        seen.add(name)
        key = fold_name(name)
        if key in found or tracked(key):
            continue
        found[key] = Discovered(name, start, end, document.clean.count(name), reason)
    return tuple(found.values())


def _overlaps(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether a stretch overlaps one of the spans, which are in order."""
    index = bisect_left(spans, end, key=lambda span: span[0])
    return index > 0 and spans[index - 1][1] > start


def _candidates(document: Document, mentions: Sequence[Mention]) -> Iterator[Candidate]:
    yield from _well_known(document)
    yield from _beside(document, mentions)
    yield from _leads(document, mentions)


@cache
def _names() -> AhoCorasick:
    return AhoCorasick(sorted(words("any/names")), matchkind=MatchKind.LeftmostLongest, store_patterns=False)


def _well_known(document: Document) -> Iterator[Candidate]:
    folded = fold(document.clean)
    for _, start, end in _names().find_matches_as_indexes(folded.text):
        if stands_alone(folded.text, start, end):
            yield Candidate(folded.start(start), folded.end(end), "a well-known name")


def _beside(document: Document, mentions: Sequence[Mention]) -> Iterator[Candidate]:
    """Names in one enumeration with a tracked brand."""
    walked: set[int] = set()  # an enumeration of tracked brands is gone through once, not from each of them
    for mention in mentions:
        sentence = document.sentences[mention.sentence]
        at = mention.end
        while at not in walked and (separator := _SEPARATORS_AFTER.match(document.clean, at, sentence.end)):
            walked.add(at)
            found = _ENUMERATED.match(document.clean, separator.end(), sentence.end)
            span = found and _name_span(document.clean, found.start(), found.end())
            if not span:
                break
            yield Candidate(*span, "named beside a tracked brand")
            at = span[1]


def _leads(document: Document, mentions: Sequence[Mention]) -> Iterator[Candidate]:
    """Names that lead items of a list, or rows of a table, of which a tracked brand leads one too."""
    led = {m.sentence for m in mentions if leads(document, m)}
    shapes = {_shape(document.sentences[index]) for index in led}
    shapes = {shape for shape in shapes if shape[0] not in ("heading", "paragraph")}
    for index, sentence in enumerate(document.sentences if shapes else ()):
        if index in led or _shape(sentence) not in shapes:
            continue
        lead = LEAD.match(document.clean, sentence.start, sentence.end)
        at = lead.end() if lead else sentence.start
        if document.clean[at - 1 : at].isdigit():
            continue
        found = _LEAD_NAME.match(document.clean, at, sentence.end)
        span = found and _name_span(document.clean, *found.span())
        if span:
            yield Candidate(*span, "leads an item beside tracked brands")


def _shape(sentence: Sentence) -> tuple[str, bool, int]:
    """Items of one list share it."""
    return sentence.kind, sentence.ordinal is not None, sentence.indent


def _name_span(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The part of a span that reads as a name, if it does: capitalised, or Han that is no everyday word."""
    while start < end and not text[start].isalnum():
        start += 1
    piece = text[start:end]
    found = _CAPITALISED.match(piece) if piece[:1].isascii() else _HAN_NAME.match(piece)
    if found is None or len(found.group()) > _LONGEST:
        return None
    name = _MODEL_TAIL.sub("", found.group()).rstrip(" .'’-") or found.group()
    return (start, start + len(name)) if _plausible(name, piece) else None


def _plausible(name: str, piece: str) -> bool:
    """Whether a name is more than everyday words."""
    if is_han(name[0]):
        return 2 <= len(name) <= _LONGEST_HAN and len(piece) - len(name) <= 2 and _coined(name)
    parts = [part.lower() for part in _LATIN.findall(name)]
    strange = sum(not is_english_word(part) for part in parts)
    return len(name) > 1 and 2 * strange >= len(parts) > 0


@cache
def _heads() -> re.Pattern[str]:
    """The longest product noun at the end of a name."""
    heads = sorted((head for head in lines("zh/heads") if len(head) > 1), key=len, reverse=True)
    return re.compile(f"(?<=..)(?:{'|'.join(map(re.escape, heads))})\\Z")


@lru_cache(maxsize=_REMEMBERED)
def _coined(name: str) -> bool:
    """Whether a Han name is no word, nor put together from everyday words."""
    core = _heads().sub("", name)
    return len(core) > 1 and all(
        is_personal_name(word)
        or (len(word) == 1 and frequency(word) < _EVERYDAY_CHARACTER)
        or not has_word(word)
        for word in dictionary().cut(core, False)
    )


def ranked(found: Iterable[Iterable[Discovered]]) -> list[tuple[str, int, Discovered]]:
    """Names over many answers: name, answers that have it, one occurrence as evidence; most answers first."""
    answers: dict[str, int] = {}
    first: dict[str, Discovered] = {}
    for discovered in found:
        for key, one in {fold_name(d.name): d for d in discovered}.items():
            answers[key] = answers.get(key, 0) + 1
            first.setdefault(key, one)
    return sorted(
        ((first[k].name, n, first[k]) for k, n in answers.items()), key=lambda row: (-row[1], row[0])
    )
