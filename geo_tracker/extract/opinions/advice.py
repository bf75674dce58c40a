"""Sentences as rows of word classes, and the shapes in which such a row advises for or against a name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
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
    "give": "g",
    "miss": "M",
    "verdict": "K",
    "label": "t",
    "fit": "D",
    "advise": "V",
    "than": "L",
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
    "reference": "r",
    "be": "b",
    "of": "d",
    "past": "l",
    "for": "F",
    "to": "T",
    "and": "a",
    "act": "v",
    "filler": "",
}
"""Classes of `advice.toml` and their letters; the first that holds a word wins.

X is a name; a comma, a full stop, a colon (any mark that opens what is said of what stands before it), `|` (a cell's
edge), `?` and a line break stand for themselves; x is a mark of refusal.
"""

_GAP = re.compile(
    rf"(?P<X>{NAME})|(?P<comma>[,，])|(?P<stop>[.!;。！；…](?!\d))|(?P<colon>[:：()（）\[\]→=>–—]|[ \t]-+[ \t])|(?P<ask>[?？])|(?P<cell>\|)"
    r"|(?P<line>\n)|[a-z0-9][\w'&+%.-]*|(?P<yes>[✅✔👍])|(?P<no>[❌🚫✗👎⛔])|[\u3400-\u9fff]"
)
_MARKS = {
    "X": "X",
    "comma": ",",
    "stop": ".",
    "colon": ":",
    "ask": "?",
    "cell": "|",
    "line": "\n",
    "yes": ":",
    "no": "x",
}


@cache
def _classes(language: str) -> tuple[Lexicon[str], frozenset[str]]:
    """The letter of every word of a language, and the single characters among them."""
    letters: dict[str, str] = {}
    lists = toml(f"{language}/advice")
    for name, letter in LETTERS.items():
        for word in lists.get(name, "").split(","):
            if word.strip():
                letters.setdefault(fold_plain(" ".join(word.split())), letter)
    return Lexicon(letters), frozenset(word for word in letters if len(word) == 1)


def row(text: str, language: str) -> str:
    """The classes of sentences in which names are written as `NAME`."""
    lexicon, single = _classes(language)
    folded = fold_plain(text)
    letters: list[str] = []
    at = 0
    for start, end, letter in lexicon.find(folded):
        letters.extend(_unclassed(folded, at, start))
        inside = end - start == 1 and folded[start] in single and _inside_word(folded, start)
        letters.append("w" if inside else letter)
        at = end
    letters.extend(_unclassed(folded, at, len(folded)))
    return "".join(letters)


def _inside_word(text: str, at: int) -> bool:
    """Whether a Chinese character is part of a longer word: 用 in 费用."""
    if text[at] < "\u3400":
        return False
    around = text[max(0, at - 1) : at + 2]
    return any(len(pair) == 2 and has_word(pair) for pair in (around[:2], around[-2:]))


def _unclassed(text: str, start: int, end: int) -> Iterator[str]:
    """Letters of what no list has: names, marks, content."""
    for found in _GAP.finditer(text, start, end):
        yield _MARKS.get(found.lastgroup or "", "w")


class _Shapes(NamedTuple):
    """The shapes of a language: expression, what it says, and whether a denial before it in its clause undoes it."""

    named: list[tuple[re.Pattern[str], bool, bool]]
    bare: list[tuple[re.Pattern[str], bool, bool]]


@cache
def _shapes(language: str) -> _Shapes:
    of = english_advice if language == "en" else chinese_advice
    groups = (
        (of.FOR, True, True),
        (of.FOR_AS_SAID, True, False),
        (of.AGAINST, False, True),
        (of.AGAINST_AS_SAID, False, False),
    )
    named = [(re.compile(shape), good, guarded) for shapes, good, guarded in groups for shape in shapes]
    bare = [(re.compile(shape), True, True) for shape in of.BARE_FOR]
    bare += [(re.compile(shape), False, False) for shape in of.BARE_AGAINST]
    return _Shapes(named, bare)


def advice(coded: str, names: Sequence[str], spoken_of: str, language: str) -> dict[str, bool]:
    """What a row advises of its names, in their order, and of what stands for `spoken_of`; against weighs more."""
    of = english_advice if language == "en" else chinese_advice
    brands: list[str | None] = [None] * len(coded)
    for at, name in zip((at for at, letter in enumerate(coded) if letter == "X"), names, strict=True):
        brands[at] = name
    said: dict[str, bool] = {}
    for found in of.IF_YOU.finditer(coded):
        said[names[coded.count("X", 0, found.start("x"))]] = True
    coded, brands = _without(of.SET_ASIDE, coded, brands)
    for found in of.OTHERS.finditer(coded):
        coded = coded[: found.start()] + found.group().replace("X", "w") + coded[found.end() :]
    shapes = _shapes(language)
    for shape, good, guarded in shapes.named:
        for found in shape.finditer(coded):
            if guarded and of.GUARD.search(_before(coded, found.start())):
                continue
            for at in range(*found.span("x")):
                _take(said, coded, brands, at, spoken_of, good)
    for shape, good, guarded in shapes.bare:
        for found in shape.finditer(coded):
            if not (guarded and of.GUARD.search(_before(coded, found.start()))):
                _take_last(said, coded, brands, found.end(), spoken_of, good)
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
    """Note what is said of the name that stands last before a place."""
    last = coded.rfind("X", 0, at)
    brand = brands[last] if last >= 0 else spoken_of
    if brand:
        said[brand] = said.get(brand, True) and good


def _before(coded: str, at: int) -> str:
    """What stands before a place in its clause."""
    return coded[max(coded.rfind(mark, 0, at) for mark in ",.:|\n") + 1 : at]


def _without(
    aside: re.Pattern[str], coded: str, brands: list[str | None]
) -> tuple[str, list[str | None]]:
    """A row without what is set aside, and the comma behind it."""
    spans = [found.span() for found in aside.finditer(coded)]
    for start, end in reversed(spans):
        if start == 0 or coded[start - 1] in ",.:|\n":
            end += coded[end : end + 1] == ","
        coded, brands = coded[:start] + coded[end:], brands[:start] + brands[end:]
    return coded, brands
