"""Which part of a text is about which brand: clauses of its sentences, and what follows under its lead."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeVar

from geo_tracker.extract.data import lines
from geo_tracker.extract.records import Document, Mention, Sentence

T = TypeVar("T", bound=tuple[Any, ...])

LEAD = re.compile(r"(?:[\W_\d]|(?:No|Top|第)(?=\W*\d)|(?<=\d)[名位])*", re.IGNORECASE)
"""What may stand before a name that leads an item: marks, ordinals, pictures."""

_PUNCTUATION = re.compile(r"[,，;；。!！?？\n]|\.(?=\s)")
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
    for index, sentence in enumerate(document.sentences):
        named = by_sentence.get(index)
        if named:
            bias = 0
            found.extend(_split(document, sentence, index, named, index in contrary))
            if leads(document, named[0]) and sentence.kind != "table_row":
                owner, brand = sentence, named[0].brand
            elif owner is not None and not _under(document, owner, sentence, index):
                owner = None
        elif owner is not None and _under(document, owner, sentence, index):
            label = _label(document.clean[sentence.start : sentence.end])
            bias = label if label is not None else bias
            found.append(Clause(sentence.start, sentence.end, index, (brand,), 0 if label else bias))
        else:
            owner = None
    return found


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
        for name in ("praise_labels", "blame_labels")
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
    contrasts = sorted(lines("contrasts"), key=len, reverse=True)
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
