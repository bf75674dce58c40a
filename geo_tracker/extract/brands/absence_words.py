"""What is said around a name as words and word classes, whose learned weights tell whether it is only not known.

Rules know the shapes that their authors thought of: on 350 English texts by a writer who had seen none of them they
found 156 of those that know nothing of the brand, the weights 310, learned on the others (27 November 2026). The
weights are learned by `python -m tests.quality.train_absence`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from geo_tracker.extract.brands.ignorance import clauses, row
from geo_tracker.extract.data import NAME, OTHER_NAME, weights
from geo_tracker.extract.records import Document, Mention
from geo_tracker.extract.text.grams import letters, runs, words
from geo_tracker.extract.text.segmentation import has_han

LIKELY = 1.0
"""Log-odds above which a name is not known. Held out, beside the rules, 0 finds 448 of 499 brands that are not known
and loses 20 of 446 that are spoken of, 0.3 440 and 19, 1 431 and 16 (English, 27 November 2026)."""
SENTENCES = 2
"""A brand that is named in more of them is spoken of: of 643 texts that know nothing of it 638 name it in one."""
HOPELESS = -1.0
"""Log-odds of the words alone below which no word classes are read, nine in ten of the brands that are spoken of: of
641 texts that know nothing of a brand the lowest has -0.2."""
REACH = 120
"""Characters around a name that are read."""
_FOLLOWING = 150
"""Characters of a sentence behind it."""
_EMPTY = "—–-·.?？/\\~*"
Named = Mapping[int, Sequence[Mention]]
"""Mentions by sentence."""


def log_odds(document: Document, named: Named, brand: str, sentences: Sequence[int]) -> float:
    """How likely a text says nothing of a brand but that it is not known; `sentences` are those that name it."""
    language = "zh" if has_han(masked(document, named, sentences[0], brand)) else "en"
    worth = weights(f"{language}/absence")
    said = sum(worth.get(feature, 0.0) for feature in _words(document, named, brand, sentences))
    if said < HOPELESS:
        return said
    return said + sum(worth.get(feature, 0.0) for feature in _classes(document, named, brand, sentences))


def features(document: Document, named: Named, brand: str, sentences: Sequence[int]) -> set[str]:
    """What is said around a brand's names, in its sentences and in those behind them that name nobody."""
    return _words(document, named, brand, sentences) | _classes(document, named, brand, sentences)


def _words(document: Document, named: Named, brand: str, sentences: Sequence[int]) -> set[str]:
    found = {"all", f"sentences:{len(sentences)}"}
    for index in sentences:
        found.update(_words_beside(document, named, brand, index))
        found.update(_words_behind(document, following(document, named, index)))
    return found


def _classes(document: Document, named: Named, brand: str, sentences: Sequence[int]) -> set[str]:
    found: set[str] = set()
    for index in sentences:
        for clause in clauses(row(masked(document, named, index, brand))):
            found.update(letters(clause[:40], 2, 4, "X:" if "X" in clause else "other:"))
        for at in following(document, named, index):
            for clause in clauses(row(_plain(document, at)))[:3]:
                found.update(letters(clause[:30], 2, 4, "rest:"))
    return found


def following(document: Document, named: Named, index: int) -> range:
    """The sentences behind one, two at most, up to the next that names a brand."""
    last = index + 1
    while last < min(len(document.sentences), index + 3) and last not in named:
        last += 1
    return range(index + 1, last)


def _words_beside(document: Document, named: Named, brand: str, index: int) -> Iterator[str]:
    text = masked(document, named, index, brand)
    kind = document.sentences[index].kind
    yield f"kind:{kind}"
    parts = words(text)
    longest, window = (4, 14) if has_han(text) else (3, 8)
    first, last = parts.index(NAME), len(parts) - 1 - parts[::-1].index(NAME)
    yield from runs(parts, longest, "any:")
    yield from runs(parts[last + 1 : last + 1 + window], longest, "after:")
    yield from runs(parts[max(0, first - window) : first], longest, "before:")
    if kind == "table_row":
        yield from _cells(text)


def _cells(text: str) -> Iterator[str]:
    """What the cells beside a name hold, and whether they are all alike or all empty."""
    cells = [cell for cell in (part.strip() for part in text.split("|")) if cell and NAME not in cell]
    yield from (f"cell:{cell}" for cell in cells if len(cell) < 16)
    alike = len(set(cells)) == 1
    yield f"cells:{'alike' if alike else 'differ'}{min(len(cells), 2)}"
    if not any(cell.strip(_EMPTY) for cell in cells):
        yield "cells:empty"
    if alike and len(cells[0]) < 24:
        yield f"alike:{cells[0]}"


def _words_behind(document: Document, behind: Sequence[int]) -> Iterator[str]:
    if not behind:
        yield "behind:nothing"
    for distance, at in enumerate(behind, 1):
        text = _plain(document, at)
        parts = words(text)
        longest = 3 if has_han(text) else 2
        yield from runs(parts, longest, f"behind{distance}:")
        yield from runs(parts, longest, "any:")


def _plain(document: Document, index: int) -> str:
    sentence = document.sentences[index]
    return document.clean[sentence.start : sentence.end][:_FOLLOWING].replace("\0", " ").lower()


def masked(document: Document, named: Named, index: int, brand: str) -> str:
    """A sentence around a brand's names, in lower case; its names and those of others are one character each."""
    sentence = document.sentences[index]
    own = [mention for mention in named[index] if mention.brand == brand]
    first, last = max(sentence.start, own[0].start - REACH), min(sentence.end, own[-1].end + REACH)
    pieces: list[str] = []
    at = first
    for mention in named[index]:
        if at <= mention.start and mention.end <= last:
            pieces += (document.clean[at : mention.start], NAME if mention.brand == brand else OTHER_NAME)
            at = mention.end
    pieces.append(document.clean[at:last])
    return "".join(pieces).replace("\0", " ").lower()
