"""Sentences as rows of word classes, and the shapes in which such a row advises for or against a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from geo_tracker.extract.data import NAME, toml
from geo_tracker.extract.opinions import chinese_advice, english_advice
from geo_tracker.extract.text.folding import fold_plain
from geo_tracker.extract.text.lexicon import Lexicon
from geo_tracker.extract.text.segmentation import has_word

LETTERS = {
    "content": "w",
    "hesitate": "z",
    "unadvised": "J",
    "forbid": "n",
    "negator": "N",
    "reject": "R",
    "dodge": "f",
    "propose": "P",
    "give": "g",
    "miss": "M",
    "verdict": "K",
    "label": "t",
    "suits": "k",
    "fit": "D",
    "advise": "V",
    "than": "L",
    "instead": "I",
    "just": "H",
    "question": "Q",
    "condition": "q",
    "supposed": "S",
    "hearsay": "h",
    "others": "o",
    "bad": "B",
    "best": "G",
    "good": "A",
    "choice": "C",
    "yes": "y",
    "enough": "e",
    "one": "i",
    "my": "p",
    "self": "s",
    "modal": "m",
    "ability": "c",
    "you": "u",
    "reference_is": "rb",
    "if_you": "qu",
    "reference": "r",
    "be": "b",
    "of": "d",
    "past": "l",
    "for": "F",
    "to": "T",
    "and": "a",
    "act": "v",
    "more": "j",
    "filler": "",
}
"""Classes of `advice.toml` and their letters; the first that holds a word wins.

X is a name; a comma, a full stop, a colon (any mark that opens what is said of what stands before it), `|` (a cell's
edge), `?` and a line break stand for themselves; x is a mark of refusal.
"""

_DASH = re.compile(r"[ \t]-+[ \t]")
_WORD = re.compile(r"[a-z0-9](?:[\w'&+%-]|[.,](?=\d))*|[\u3400-\u9fff]")
_REST = re.compile(r"[^\ue000-\ue07fw,.:|?\n]+")
_MARKS = str.maketrans(
    {
        **dict.fromkeys("，", ","),
        **dict.fromkeys("。;；!！…", "."),
        **dict.fromkeys("：()（）[]→=>–—✅✔👍", ":"),
        **dict.fromkeys("❌🚫✗👎⛔", "\ue078"),
        "？": "?",
        "w": "",
    }
)
_MOVED_NAME = "\ue058"
_LETTERS_OF = {0xE000 + code: chr(code) for code in range(128)}
"""Letters are moved out of the way of the text while it is read, and back."""
RESERVED = re.compile(f"[\ue000-\ue07f{NAME}]")
"""Characters that a text may not bring along: they stand for letters and names."""
_CHECKED = frozenset("vcnRbaLmqhrN")
"""Classes whose single Chinese characters are often part of longer words."""


@cache
def _classes(language: str) -> Lexicon[str]:
    """The letter of every word of a language."""
    letters: dict[str, str] = {}
    lists = toml(f"{language}/advice")
    for name, letter in LETTERS.items():
        for word in lists.get(name, "").split(","):
            if word.strip():
                letters.setdefault(fold_plain(" ".join(word.split())), letter)
    return Lexicon(letters)


def row(text: str, language: str) -> str:
    """The classes of sentences in which names are written as `NAME`."""
    folded = fold_plain(text).replace(NAME, _MOVED_NAME)
    pieces: list[str] = []
    at = 0
    for start, end, letter in _classes(language).find_folded(folded):
        if letter in _CHECKED and end - start == 1 and _inside_word(folded, start, at):
            letter = "w"
        pieces.extend((folded[at:start], _moved(letter)))
        at = end
    pieces.append(folded[at:])
    coded = _WORD.sub("\ue077", _DASH.sub(":", "".join(pieces)))
    return _REST.sub("", coded.translate(_MARKS)).translate(_LETTERS_OF)


@cache
def _moved(letters: str) -> str:
    return "".join(chr(0xE000 + ord(letter)) for letter in letters) or " "


def _inside_word(text: str, at: int, read: int) -> bool:
    """Whether a Chinese character is part of a longer word, 用 in 费用; what stands before `read` has a class."""
    if text[at] < "\u3400":
        return False
    return _is_word(text[max(read, at - 1) : at + 1]) or _is_word(text[at : at + 2])


@lru_cache(maxsize=20_000)
def _is_word(pair: str) -> bool:
    return len(pair) == 2 and has_word(pair)


_INSTEAD = re.compile(r"(?:^|(?<=[,.:\n]))Iw{0,2}[Vvc]?[wdGA]{0,4}(?P<x>X)[^X.:|?\n]*,(?=[^.:|?\n]*[VvcPK])")
"""Instead of X, advice for something else; a report (instead of X he bought) is of no act that the row knows."""
_JOINED = re.compile(r"(?:X,?a)*X\Z")


class _Shape(NamedTuple):
    """What a shape says; `keys` are letters of which a row must hold one."""

    keys: frozenset[str]
    expression: re.Pattern[str]
    good: bool
    guarded: bool
    """Whether a denial before it in its clause, or that others say so, undoes it."""
    bare: bool
    """Whether it is said of what was named last."""


@cache
def _shapes(language: str) -> list[_Shape]:
    of = english_advice if language == "en" else chinese_advice
    groups = (
        (of.FOR, True, True, False),
        (of.FOR_AS_SAID, True, False, False),
        (of.AGAINST, False, True, False),
        (of.AGAINST_AS_SAID, False, False, False),
        (of.BARE_FOR, True, True, True),
        (of.BARE_AGAINST, False, False, True),
    )
    return [
        _Shape(frozenset(keys), re.compile(shape), *kind)
        for shapes, *kind in groups
        for keys, shape in shapes
    ]


class Reading(NamedTuple):
    """A sentence as a row, the brands of its names in order, and the brand that was spoken of before it."""

    coded: str
    names: Sequence[str]
    spoken_of: str
    language: str


def advice(reading: Reading) -> dict[str, bool]:
    """What a sentence advises of its names and of what stands for one; against weighs more."""
    coded, names, spoken_of, language = reading
    of = english_advice if language == "en" else chinese_advice
    brands: list[str | None] = [None] * len(coded)
    for at, name in zip((at for at, letter in enumerate(coded) if letter == "X"), names, strict=True):
        brands[at] = name
    said: dict[str, bool] = {}
    for found in _INSTEAD.finditer(coded):
        _take(said, coded, brands, found.start("x"), spoken_of, False)
    if "L" in coded or "I" in coded:
        coded = of.OTHERS.sub(lambda found: found.group().replace("X", "w"), coded)
    for found in of.WHOLE.finditer(coded):
        _take(said, coded, brands, found.start(found.lastgroup or "x"), spoken_of, True)
    coded, brands = _without(of.SET_ASIDE, coded, brands)
    letters = set(coded)
    for shape in _shapes(language):
        if letters.isdisjoint(shape.keys):
            continue
        for found in shape.expression.finditer(coded):
            if shape.guarded and of.GUARD.search(_before(coded, found.start())):
                continue
            if shape.bare:
                _take_last(said, coded, brands, found.end(), spoken_of, shape.good)
                continue
            for at in range(*found.span("x")):
                _take(said, coded, brands, at, spoken_of, shape.good)
    return said


def _take(
    said: dict[str, bool], coded: str, brands: Sequence[str | None], at: int, spoken_of: str, good: bool
) -> None:
    """Note what is said of a name or of what stands for one."""
    if coded[at] == "r":
        _take_last(said, coded, brands, at, spoken_of, good)
    elif coded[at] == "X":
        brand = brands[at]
        if brand is not None:
            said[brand] = said.get(brand, True) and good


def _take_last(
    said: dict[str, bool], coded: str, brands: Sequence[str | None], at: int, spoken_of: str, good: bool
) -> None:
    """Note what is said of the name that stands last before a place, and of those that it is joined to."""
    last = coded.rfind("X", 0, at)
    joined = _JOINED.search(coded, 0, last + 1)
    named = [brand for brand in brands[joined.start() : last + 1] if brand] if joined else [spoken_of]
    for brand in filter(None, named):
        said[brand] = said.get(brand, True) and good


def _before(coded: str, at: int) -> str:
    """What stands before a place in its clause."""
    return coded[max(coded.rfind(mark, 0, at) for mark in ",.:|\n") + 1 : at]


def _without(aside: re.Pattern[str], coded: str, brands: list[str | None]) -> tuple[str, list[str | None]]:
    """A row without what is set aside, and the comma behind it."""
    spans = [found.span() for found in aside.finditer(coded)]
    for start, end in reversed(spans):
        if start == 0 or coded[start - 1] in ",.:|\n":
            end += coded[end : end + 1] == ","
        coded, brands = coded[:start] + coded[end:], brands[:start] + brands[end:]
    return coded, brands
