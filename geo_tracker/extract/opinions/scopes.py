"""Which part of a text is about which brand: clauses of its sentences, and what follows under its lead."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

from geo_tracker.extract.data import lines
from geo_tracker.extract.records import Document, Mention, Sentence

T = TypeVar("T", bound=tuple[Any, ...])

LEAD = re.compile(r"(?:[\W_\d]|(?:No|Top|第)(?=\W*\d)|(?<=\d)[名位])*", re.IGNORECASE)
"""What may stand before a name that leads an item: marks, ordinals, pictures."""

_PUNCTUATION = re.compile(r"[,，;；。!！?？\n]|\.(?=\s)")
_LONGEST_LABEL = 60
_LINKING = re.compile(r"\b(?:of|for|with|using|the)\b|'s\b|’s\b|的", re.IGNORECASE)
_ANY_LABEL = re.compile(r"\s*[-*•]?\s*\*\*[^*\n]{1,30}(?:[:：]\*\*|\*\*\s*[:：])")


class Clause(NamedTuple):
    """A stretch of a sentence and the brands it is about."""

    start: int
    end: int
    sentence: int
    brands: tuple[str, ...]
    bias: int = 0
    """1 under a label such as Pros, -1 under Cons."""


def grouped(spans: Sequence[T], clauses: Iterable[Clause]) -> Iterator[Sequence[T]]:
    """For each clause the spans within it; both are in order and without overlap."""
    index, count = 0, len(spans)
    for clause in clauses:
        while index < count and spans[index][0] < clause.start:
            index += 1
        first = index
        while index < count and spans[index][1] <= clause.end:
            index += 1
        yield spans[first:index]


def leads(document: Document, mention: Mention) -> bool:
    """Whether a mention is the first word of its sentence, item or cell."""
    start = document.sentences[mention.sentence].start
    return LEAD.fullmatch(document.clean, start, mention.start) is not None


def clauses(document: Document, mentions: Sequence[Mention], contrary: Collection[int]) -> list[Clause]:
    """Clauses that are about a brand, in order; `contrary` are the sentences that hold a contrast."""
    by_sentence: dict[int, list[Mention]] = {}
    for mention in mentions:
        by_sentence.setdefault(mention.sentence, []).append(mention)
    found: list[Clause] = []
    owner: Sentence | None = None
    brand = ""
    bias = 0
    spoken_of = ""
    for index, sentence in enumerate(document.sentences):
        named = by_sentence.get(index)
        if named:
            spoken_of = named[0].brand if len({mention.brand for mention in named}) == 1 else ""
            bias = (_label_of(document, sentence, named[0]) or 0) if spoken_of else 0
            found.extend(_split(document, sentence, index, named, index in contrary))
            if (bias or leads(document, named[0])) and sentence.kind != "table_row":
                owner, brand = sentence, named[0].brand
            elif owner is not None and not _under(document, owner, sentence, index):
                owner = None
        elif owner is not None and _under(document, owner, sentence, index):
            label = _label(document.clean[sentence.start : sentence.end])
            bias = label if label is not None else bias
            for start, end in _pieces(document, sentence, index in contrary):
                found.append(Clause(start, end, index, (brand,), 0 if label else bias))
        elif spoken_of and _goes_on(document, sentence, index):
            found.append(Clause(sentence.start, sentence.end, index, (spoken_of,)))
        else:
            owner, spoken_of = None, ""
    return found


def _pieces(document: Document, sentence: Sentence, contrary: bool) -> list[tuple[int, int]]:
    """The clauses of a sentence that holds a contrast; else the whole of it."""
    if not contrary:
        return [(sentence.start, sentence.end)]
    cuts = [found.end() for found in _cut().finditer(document.clean, sentence.start + 1, sentence.end)]
    return [piece for piece in pairwise((sentence.start, *cuts, sentence.end)) if piece[0] < piece[1]]


def _label_of(document: Document, sentence: Sentence, mention: Mention) -> int | None:
    """What `_label` says of a line that is a label with a brand's name: Pros of X, X的缺点."""
    if sentence.end - sentence.start > _LONGEST_LABEL or mention.end > sentence.end:
        return None
    clean = document.clean
    rest = clean[sentence.start : mention.start] + clean[mention.end : sentence.end]
    return _label(_LINKING.sub(" ", rest).strip(" ")) or None


def _goes_on(document: Document, sentence: Sentence, index: int) -> bool:
    """Whether a sentence begins with a pronoun and stands right behind another of its paragraph."""
    before = document.sentences[index - 1]
    if "\n" in document.clean[before.end : sentence.start]:
        return False
    return _pronouns().match(document.clean, sentence.start) is not None


@cache
def _pronouns() -> re.Pattern[str]:
    latin = "|".join(word for word in lines("any/pronouns") if word.isascii())
    han = "|".join(word for word in lines("any/pronouns") if not word.isascii())
    return re.compile(rf"[\W_]*(?:(?:{latin})\b|{han})", re.IGNORECASE)


def _under(document: Document, owner: Sentence, sentence: Sentence, index: int) -> bool:
    """Whether a sentence belongs to the item or section that a brand leads."""
    if sentence.kind in ("heading", "table_row"):
        return False
    if owner.kind == "heading":
        return True
    if sentence.indent > owner.indent:
        return True
    if sentence.ordinal is not None or sentence.indent < owner.indent:
        return False
    before = document.sentences[index - 1]
    follows = document.clean.count("\n", before.end, sentence.start) <= 1
    return follows and (
        sentence.kind != "list_item" or owner.kind != "list_item" or owner.ordinal is not None
    )


@cache
def _labels() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Labels of praise and of blame."""
    praise, blame = (
        re.compile(rf"[\W_]*(?:{'|'.join(map(re.escape, lines(name)))})[\W_]*(?:[:：]|\Z)", re.IGNORECASE)
        for name in ("any/praise_labels", "any/blame_labels")
    )
    return praise, blame


def _label(text: str) -> int | None:
    """1 or -1 for a line such as Pros or 缺点, 0 for another label, None for ordinary text."""
    praise, blame = _labels()
    if praise.match(text):
        return 1
    if blame.match(text):
        return -1
    return 0 if _ANY_LABEL.match(text) else None


@cache
def _cut() -> re.Pattern[str]:
    contrasts = sorted(lines("any/contrasts"), key=len, reverse=True)
    latin = "|".join(re.escape(word) for word in contrasts if word.isascii())
    han = "|".join(re.escape(word) for word in contrasts if not word.isascii())
    return re.compile(rf"{_PUNCTUATION.pattern}|(?=\b(?:{latin})\b)|(?={han})", re.IGNORECASE)


def _split(
    document: Document, sentence: Sentence, index: int, named: Sequence[Mention], contrary: bool
) -> Iterator[Clause]:
    """Cut a sentence at its commas and contrasts; a clause without a name continues the one before it."""
    cutting = _cut() if contrary else _PUNCTUATION
    cuts = [found.end() for found in cutting.finditer(document.clean, sentence.start, sentence.end)]
    brands: tuple[str, ...] = (named[0].brand,)
    start = sentence.start
    following, count = 0, len(named)
    for end in (*cuts, sentence.end):
        if end <= start:
            continue
        first = following
        while following < count and named[following].start < end:
            following += 1
        if following > first:
            own = [mention.brand for mention in named[first:following]]
            brands = tuple(dict.fromkeys(own))
        yield Clause(start, end, index, brands)
        start = end
