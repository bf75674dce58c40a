"""Sentences as rows of word classes, and the shapes in which such a row says that a name is not known."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import cache

from geo_tracker.extract.data import NAME, OTHER_NAME, toml, words
from geo_tracker.extract.text.lexicon import Lexicon
from geo_tracker.extract.text.segmentation import dictionary, has_han

_LETTERS = {
    "clause": ",",
    "negator": "n",
    "lack": "u",
    "left_out": "x",
    "naming": "m",
    "asking": "s",
    "hedge": "h",
    "condition": "q",
    "person": "o",
    "anaphor": "r",
    "self": "j",
    "on": "f",
    "about": "a",
    "place": "p",
    "turn_up": "v",
    "verdict": "c",
    "void": "z",
    "locative": "l",
    "renown": "d",
    "other": "w",
    "know": "k",
    "info": "i",
    "kind": "t",
    "filler": "g",
}
"""Classes of `ignorance.toml` and their letters, the first wins; a word of `know` and `info` is b.

w is content: any other word. X is the name, Y another, e a possessive, L a place with content; a comma ends a clause.
"""

_SHORT_NOT = re.compile(r"(?:(?<=ca)n|(?<=wo)n|n)['’]t\b")
_CONTRACTED = re.compile(r"['’](?:m|ve|d|ll|re)\b")
_POSSESSIVE = re.compile(f"(?<={NAME})['’]s\\b")
_QUOTED = re.compile(f'[“「『"](?=[^”」』"]*\\w)[^”」』"{NAME},，。？?]{{1,16}}[”」』"]')
_NEGATOR = re.compile("[不没未无非]")
_GAP = re.compile(
    r"(?P<name>NAME)|(?P<other>OTHER)|(?P<possessive>\ue000)|(?P<ask>[?？])|(?P<mark>[!！。，,；;：:—–|()（）…\n]|\.(?=\s|\Z)|(?<=\s)-(?=\s))"
    r"|(?P<latin>[A-Za-z0-9][\w&+]*)|(?P<han>[\u3400-\u9fff]+)".replace("NAME", NAME).replace(
        "OTHER", OTHER_NAME
    )
)
_PLACE = re.compile(r"p[^,?nuXYqoshLkv]*")
_LOCATIVE = re.compile(r"p?[wgkibtvrcaj]*l")


@cache
def _classes(language: str) -> Lexicon[str]:
    """The letter of every word of a language."""
    lists = {
        name: [" ".join(word.split()) for word in text.split(",")]
        for name, text in toml(f"{language}/ignorance").items()
    }
    letters: dict[str, str] = {}
    for name, letter in _LETTERS.items():
        for word in lists.get(name, ()):
            letters.setdefault(word, letter)
    both = set(lists["know"]) & set(lists["info"])
    letters |= {word: "b" for word in both if letters[word] == "k"}
    if language == "zh":
        letters |= {word: "t" for word in words("zh/heads") if word not in letters}
    return Lexicon(letters)


def row(text: str) -> str:
    """The classes of a sentence in which the names are written as `NAME` and `OTHER_NAME`."""
    han = has_han(text)
    if not han:
        text = _CONTRACTED.sub(
            "", _SHORT_NOT.sub(" not", text.replace("can't", "can not").replace("can’t", "can not"))
        )
    text = _QUOTED.sub(OTHER_NAME, _POSSESSIVE.sub("\ue000", text))
    letters: list[str] = []
    at = 0
    inside = _inside_words(text) if han else frozenset()
    for start, end, letter in _classes("zh" if han else "en").find(text):
        if letter == "g" and end - start == 1 and start in inside:
            continue
        letters.extend(_unclassed(text, at, start))
        letters.append(letter)
        at = end
    letters.extend(_unclassed(text, at, len(text)))
    coded = "".join(letters)
    return _LOCATIVE.sub(_place, coded) if han else _PLACE.sub(_place, coded)


def _inside_words(text: str) -> frozenset[int]:
    """Offsets of characters that are part of a longer Chinese word: 条 in 条款."""
    inside: set[int] = set()
    for word, start, end in dictionary().tokenize(text, "default", False):
        if end - start > 1 and not _NEGATOR.search(word):
            inside.update(range(start, end))
    return frozenset(inside)


def _unclassed(text: str, start: int, end: int) -> list[str]:
    """Letters of what no list has: names, marks, content."""
    kinds = {"name": "X", "other": "Y", "possessive": "e", "ask": "?", "mark": ","}
    return [
        kinds.get(found.lastgroup or "") or ("g" if _is_adverb(found.group()) else "w")
        for found in _GAP.finditer(text, start, end)
    ]


def _is_adverb(word: str) -> bool:
    return word.isascii() and word.endswith("ly") and len(word) > 4


def _place(found: re.Match[str]) -> str:
    return "L" if "w" in found.group() else found.group().replace("p", "a").replace("l", "g")


# Shapes of a clause


class Said(IntEnum):
    """How strongly a clause says that a name is not known."""

    NOTHING = 0
    PARTLY = 1
    """Of one place or one kind of source, or without the name: anything else that is said of it weighs more."""
    UNKNOWN = 2


_F = "[grthkibvcjaLdfq]*"
"""What may stand between the parts: words that say nothing of the name."""
_END = r"(?:[gr]w{1,2}t)?[grtkibvchajqd]*(?:f[gYwt]{1,6}\Z|L|\Z)"
_OBJECT = re.compile(rf"(?:[nu]|[ib][grj]*z){_F}(?:[gtwLkib]*m{_F})?(?:Y[g,]?)*X(?:g?Y)*{_END}")
"""No information about the name; no such thing as a product called so."""
_SUBJECT = re.compile(rf"[grthkibjaspdfYe,]*X[grthaidkbvcLspjf]*(?:[nu][gh]*{_F}|[ib][grj]*z){_END}")
"""The name is not known, is in no list, came up empty."""
_AGENT = re.compile(r"X[gth]*n[kb][grtd]*[ibc]")
_NO_RENOWN = re.compile(r"X[gthar]*n[gh]*d[gwdtm]*t\Z")
_EXCUSED = re.compile(r"q[^nu]*[nu]|o[ghjv]*n")
"""If you do not know it; most people have not heard of it."""
_ON_A_PLACE = re.compile(r"X.*fg*[wY]")
_BARE = re.compile(r"[grthkibcvjpadsxLfqnuz]+")
_KNOWING = re.compile("[kibvcm]")
_LACKS = re.compile("u|[ib][grj]*z")


def clauses(coded: str) -> list[str]:
    """The clauses of a row; a question keeps its mark."""
    return [clause for clause in re.findall(r"[^,?]+\??", coded) if clause != "?"]


def denies(clause: str) -> Said:
    """What a clause with the name says of its being known."""
    if clause.endswith("?") or _EXCUSED.search(clause):
        return Said.NOTHING
    if _NO_RENOWN.search(clause):
        return Said.UNKNOWN
    found = _OBJECT.search(clause)
    if found is None:
        found = None if _AGENT.search(clause) else _SUBJECT.match(clause)
    if found is None or not (_LACKS.search(clause) or _KNOWING.search(clause)):
        return Said.NOTHING
    return _strength(clause)


def _strength(clause: str) -> Said:
    return Said.PARTLY if "c" in clause or "L" in clause or _ON_A_PLACE.search(clause) else Said.UNKNOWN


def bare(clause: str) -> Said:
    """Whether a clause without any name says that something is not known, and nothing of what."""
    if not _BARE.fullmatch(clause) or _EXCUSED.search(clause):
        return Said.NOTHING
    denied = _LACKS.search(clause) or ("n" in clause and _KNOWING.search(clause))
    return _strength(clause) if denied else Said.NOTHING


def says_nothing(clause: str) -> bool:
    """Whether a clause only asks, guesses, sets aside or names."""
    return clause.endswith("?") or "w" not in clause or any(letter in clause for letter in "shx")
