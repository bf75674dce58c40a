"""Which brands a text advises to choose, and which to avoid."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from geo_tracker.extract.data import NAME
from geo_tracker.extract.opinions.advice import advice, row
from geo_tracker.extract.opinions.picks import picks
from geo_tracker.extract.records import Document, Mention
from geo_tracker.extract.text.segmentation import has_han
from geo_tracker.extract.text.triggers import Triggered

_TAIL = re.compile(r"(?:(?:['’]s)?[ \u2011-](?!I\b)[A-Z0-9][\w.+’'-]*|['’]s\b(?= [a-z]))+")
"""What belongs to a name in Latin letters: Breville's Bambino Plus."""


def verdicts(document: Document, mentions: Sequence[Mention], found: Triggered) -> dict[str, bool]:
    """True for brands that the text advises, False for those it advises against; the rest are absent."""
    named: defaultdict[int, list[Mention]] = defaultdict(list)
    for mention in mentions:
        named[mention.sentence].append(mention)
    said = picks(document, named, found)
    explicit: dict[str, bool] = {}
    for index, spoken_of, coded, language in _rows(document, named, found):
        for brand, good in advice(
            coded, [m.brand for m in named.get(index, ())], spoken_of, language
        ).items():
            explicit[brand] = explicit.get(brand, True) and good
    return {**said, **explicit}


def _rows(
    document: Document, named: Mapping[int, Sequence[Mention]], found: Triggered
) -> list[tuple[int, str, str, str]]:
    """Sentences that may advise something of a brand: index, brand that was spoken of before, row, language."""
    texts: dict[str, list[str]] = {"en": [], "zh": []}
    places: dict[str, list[tuple[int, str]]] = {"en": [], "zh": []}
    for index in sorted(found["advice"]):
        spoken_of = _spoken_of(document, named, index)
        if index in named or spoken_of:
            text = _text(document, index, named.get(index, ()))
            language = "zh" if has_han(text) else "en"
            texts[language].append(text)
            places[language].append((index, spoken_of))
    return [
        (index, spoken_of, coded, language)
        for language, lines in texts.items()
        if lines
        for (index, spoken_of), coded in zip(
            places[language], row("\n".join(lines), language).split("\n"), strict=True
        )
        if "?" not in coded
    ]


def _text(document: Document, index: int, named: Sequence[Mention]) -> str:
    """A sentence with its names, and what belongs to them, written as `NAME`."""
    sentence = document.sentences[index]
    clean = document.clean
    pieces: list[str] = []
    at = sentence.start
    for mention in named:
        if mention.start < at:
            continue
        pieces.extend((clean[at : mention.start], NAME))
        tail = _TAIL.match(clean, mention.end, sentence.end)
        at = tail.end() if tail else mention.end
    pieces.append(clean[at : sentence.end])
    return "".join(pieces).replace("\0", " ").replace("\n", " ")


def _spoken_of(document: Document, named: Mapping[int, Sequence[Mention]], index: int) -> str:
    """The brand that the sentences before speak of, in the same paragraph or under the same heading or item."""
    sentences = document.sentences
    for at in range(index - 1, max(-1, index - 8), -1):
        if at in named:
            brands = {mention.brand for mention in named[at]}
            return named[at][-1].brand if len(brands) == 1 else ""
        if sentences[at].kind == "heading" or sentences[at].ordinal is not None:
            return ""
    return ""
