"""Sentences as rows of word classes, and the shapes in which such a row says that a name is not known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
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
    "indirect": "W",
    "person": "o",
    "anaphor": "r",
    "self": "j",
    "on": "f",
    "about": "a",
    "place": "p",
    "turn_up": "v",
    "active": "A",
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

w is content: any other word, y if its ending says what it is like. X is the name, Y another, e a possessive, L a place
where one looks things up, S any other place; a comma ends a clause.
"""

_DENYING = frozenset("nuUz")
_OF_KNOWLEDGE = frozenset("uUkibvcmAdj")
_OF_NAMES = _OF_KNOWLEDGE | {"t"}
_SHORT_NOT = re.compile(r"(?:(?<=ca)n|(?<=wo)n|n)['’]t\b")
_CONTRACTED = re.compile(
    r"['’](?:m|ve|d|ll|re)\b|(?<=\bit)['’]s\b|(?<=\bthat)['’]s\b|(?<=\b[tw]here)['’]s\b|(?<=\bwhat)['’]s\b"
)
_POSSESSIVE = re.compile(f"(?<={NAME})['’]s\\b")
_QUOTED = re.compile(f'[“「『"](?=[^”」』"]*\\w)[^”」』"{NAME},，。？?]{{1,16}}[”」』"]')
_NEGATOR = re.compile("[不没未无非]")
_GAP = re.compile(
    r"(?P<name>NAME)|(?P<other>OTHER)|(?P<possessive>\ue000)|(?P<ask>[?？])|(?P<mark>[!！。，,；;：:—–|()（）…\n]|\.(?=\s|\Z)|(?<=\s)-(?=\s))"
    r"|(?P<latin>[A-Za-z0-9][\w&+]*)|(?P<han>[\u3400-\u9fff]+)".replace("NAME", NAME).replace(
        "OTHER", OTHER_NAME
    )
)
_PLACE = re.compile(r"p[^,?nuXYqoshLkvAp]*")
_LOCATIVE = re.compile(r"p?[wygkibtvrcajd]*l|p[wygibtcj]+(?=[vkn])")
_LOOKED_UP = re.compile("[ibckA]")
_ITS_OBJECT = re.compile("(X[gth]*U)t(?!i)")
"""It cannot find the courier: a thing, not what is known of it."""
_NUMBER = re.compile(r"[\d.,]+\Z")
_QUALITY = re.compile(r"[a-z]{3,}(?:able|ible|ful|ive|ous|worthy|some)\Z")
_PARTICLES = frozenset(("up", "down", "out"))
_WITHOUT = re.compile(r" (?=without (?:having|seeing|finding|knowing|any)\b)")
_NO_SUCH = re.compile(rf"\bno such ([^,.;:!?\n{NAME}]{{1,40}}) as (?={NAME})")
_AND_NOT = re.compile(
    rf" and (?=(?:\w+ )?(?:not?|nothing|cannot|nobody|never|failed)\b)|(?<={NAME}) and (?![{NAME}{OTHER_NAME}])"
)
_MODIFIER = re.compile("y+(?=[gyt]*[ib])")
_RELATIVE = re.compile("(?<=[ibtc])[gr]*j[gh]*[wyAk]a?(?!n)")
_KNOWN_TO_ME = re.compile("w{1,2}[gr]*j[gh]*[Ak]a?\\Z")
"""The pages I opened, any brand I am aware of: who looked, not what was found."""


@cache
def _classes(language: str) -> Lexicon[str]:
    """The letter of every word of a language."""
    return Lexicon(_letters_of(language))


def _letters_of(language: str) -> dict[str, str]:
    """The class of every word of a language."""
    lists = _lists(language)
    letters: dict[str, str] = {}
    for name, letter in _LETTERS.items():
        for word in lists.get(name, ()):
            letters.setdefault(word, letter)
    for stem, ending, letter in _grown(lists):
        if letters.get(stem + ending, "k") in "ku":
            letters[stem + ending] = letter
    both = set(lists["know"]) & set(lists["info"])
    letters |= {word: "b" for word in both if letters[word] in "kA"}
    if language == "zh":
        letters |= {word: "t" for word in words("zh/heads") if word not in letters}
    return letters


def _lists(language: str) -> dict[str, list[str]]:
    return {
        name: [" ".join(word.split()) for word in text.split(",")]
        for name, text in toml(f"{language}/ignorance").items()
    }


def _grown(lists: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str, str]]:
    """Words that a language makes of its verbs of knowing: unlisted, mentions; 找不到, 搜出来."""
    for seeking in lists.get("seeking", ()):
        yield from ((seeking, ending, "U") for ending in lists["in_vain"])
        yield from ((seeking, ending, "v") for ending in lists["found"])
    for verb in lists.get("active", ()):
        yield from _inflected(verb)
        yield "un" + verb.removesuffix("e"), "ed", "u"
    for verb in lists.get("turning_up", ()):
        yield from ((stem, ending, "v") for stem, ending, _ in ((verb, "", ""), *_inflected(verb)))


def _inflected(verb: str) -> Iterator[tuple[str, str, str]]:
    """Finds, finding, found as far as it is regular: verifies, searches, pulls up, pulling up, pull it up."""
    head, space, tail = verb.partition(" ")
    rest = space + tail
    if head.endswith("y") and head[-2:-1] not in "aeou":
        yield head[:-1], f"ies{rest}", "A"
        yield from ((head[:-1], f"ied{rest}", "k"), (head, f"ing{rest}", "k"))
    else:
        stem = head.removesuffix("e")
        yield head, ("es" if head.endswith(("s", "x", "z", "ch", "sh")) else "s") + rest, "A"
        yield from ((stem, f"{ending}{rest}", "k") for ending in ("ed", "ing"))
    if tail in _PARTICLES:
        yield from ((head, f" {thing} {tail}", "k") for thing in ("it", "that", "this", "them"))


def denials() -> dict[str, bool]:
    """All words that deny, of both languages; False for Chinese words of another class that one is part of."""
    found: dict[str, bool] = {}
    for language in ("en", "zh"):
        letters = _letters_of(language)
        found |= {word: True for word, letter in letters.items() if letter in _DENYING}
    of_one = re.compile("|".join(word for word in found if not word.isascii()))
    return found | {word: False for word in letters if word not in found and of_one.search(word)}


def concerned() -> dict[str, bool]:
    """Words of which a row must have one to deny knowledge; False for those that tell only of a name beside them.

    The shapes below ask for a lack, or for a verb or object of knowing; only that there is none such names a kind.
    """
    found: dict[str, bool] = {}
    for language in ("en", "zh"):
        found |= {
            word: letter in _OF_KNOWLEDGE
            for word, letter in _letters_of(language).items()
            if letter in _OF_NAMES
        }
    return found


def row(text: str) -> str:
    """The classes of a sentence in which the names are written as `NAME` and `OTHER_NAME`."""
    han = has_han(text)
    if not han:
        text = _CONTRACTED.sub(
            "", _SHORT_NOT.sub(" not", text.replace("can't", "can not").replace("can’t", "can not"))
        )
        text = _WITHOUT.sub(", ", _counted_nouns().sub("no w", text))
        text = _AND_NOT.sub(", and ", _NO_SUCH.sub(r"no \1 called ", text))
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
    coded = _MODIFIER.sub("", "".join(letters))
    coded = (
        _LOCATIVE.sub(_place, coded)
        if han
        else _PLACE.sub(_place, _RELATIVE.sub("k", _KNOWN_TO_ME.sub("tk", coded)))
    )
    return _ITS_OBJECT.sub(r"\1w", coded).replace("U", "u").replace("y", "w")


@cache
def _counted_nouns() -> re.Pattern[str]:
    """No recalls: behind it a verb's third person is a noun, and tells of the thing unless it is knowledge too."""
    lists = _lists("en")
    known = {word for name in ("info", "verdict", "know") for word in lists[name]}
    forms = {
        stem + ending
        for verb in lists["active"]
        for stem, ending, letter in _inflected(verb)
        if letter == "A"
    }
    return re.compile(rf"\bno (?:{'|'.join(sorted(form for form in forms - known if ' ' not in form))})\b")


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
        kinds.get(found.lastgroup or "") or _by_ending(found.group())
        for found in _GAP.finditer(text, start, end)
    ]


def _by_ending(word: str) -> str:
    """An adverb or number says nothing of a name."""
    if _NUMBER.match(word) or (word.isascii() and word.endswith("ly") and len(word) > 4):
        return "g"
    return "y" if _QUALITY.match(word) else "w"


def _place(found: re.Match[str]) -> str:
    place = found.group()
    if "w" in place or "y" in place or (place[-1] == "l" and "p" in place):
        return "L" if _LOOKED_UP.search(place) else "S"
    return place.replace("p", "a").replace("l", "g")


# Shapes of a clause


class Said(IntEnum):
    """How strongly a clause says that a name is not known."""

    NOTHING = 0
    PARTLY = 1
    """Of one place or one kind of source, or without the name: anything else that is said of it weighs more."""
    UNKNOWN = 2


_F = "[grthkibvcjaLdfqAW]*"
"""What may stand between the parts: words that say nothing of the name."""
_END = r"(?:[gr]+w{0,2}t)?[grtkibvchajqdAW]*(?:f[gYwt]{1,6}\Z|[LS]|\Z)"
_OBJECT = re.compile(
    rf"(?:[nu]|[ib][grj]*z|zg*[ib]){_F}(?:[gtwLkib]*m{_F})?(?:Y[g,]?)*X(?:g?Y)*(?:g+i)?{_END}"
)
"""No information about the name; no such thing as a product called so."""
_SUBJECT = re.compile(
    rf"(?:[gtw]*m)?[grthkibjaspdfYe,ALW]*X(?:[gr]+w{{0,2}}t)?[grthaidkbvcLSspjfAW]*(?:[nu][gh]*{_F}|[ib][grj]*z){_END}"
)
"""The name is not known, is in no list, came up empty."""
_THEME = re.compile(rf"[ibc][gt]*a[grt]*X[grth]*(?:v[gr]*)?[nzu]{_END}")
"""What is known of the name is nil."""
_ASKED = re.compile(r"[gat]*W[^nu]*X[^nu]*j?[gh]*n[gh]*[Akb][gkrt]*\Z")
"""Whether the name is any good I cannot tell."""
_NONE_SUCH = re.compile(r"[grthjLak]*n[gh]*Xg*(?:[rg]+t|r)\Z")
"""There is no such brand as the name: 没有朝雾这个品牌."""
_AGENT = re.compile(r"X[gth]*(?:n(?:[kb][grtd]*[ibc]|[gh]*A))")
"""The name does not find, list or tell something."""
_NO_RENOWN = re.compile(r"X[gthar]*n[gh]*d[gwdtm]*t\Z")
_EXCUSED = re.compile(r"q[^nu]*[nu]|o[ghjv]*n")
"""If you do not know it; most people have not heard of it."""
_SOMEWHERE = re.compile("S|X.*f[gwY]*w[gwY]*\\Z")
_SOUGHT = re.compile("[jmrc]")
_ON_A_PLACE = re.compile(r"X.*fg*[wY]")
_BARE = re.compile(r"[grthkibcvjpadsxLfqnuzA]+")
_KNOWING = re.compile("[kibvcmAL]")
_LACKS = re.compile("u|[ib][grj]*z|zg*[ib]")
_APPOSED = re.compile("^[gas]*Xg*r[gw]{0,3}t\\Z")
"""X, this travel app."""
_HEADED = re.compile("[ibc][gt]*a[grt]*X\\Z|[XY][gt]*i[gt]*\\Z")
"""Information about the name: and behind a mark, that there is none."""
_INDIRECT = re.compile("(?:[gathr]*|[^nu]*X[gat]*)W[^nu]*\\Z")
_TO_TELL = re.compile("j[^nu]*[kA][gt]*i?g*a?g*X[gt]*\\Z")
"""What I would need to say anything about the name."""


def clauses(coded: str) -> list[str]:
    """The clauses of a row; a question keeps its mark."""
    return [clause for clause in re.findall(r"[^,?]+\??", coded) if clause != "?"]


def denies(clause: str, before: str = "") -> Said:
    """What a clause with the name says of its being known; a verb of knowing may stand in the clause before."""
    if clause.endswith("?") or _EXCUSED.search(clause):
        return Said.NOTHING
    if _NO_RENOWN.search(clause) or _NONE_SUCH.match(clause):
        return Said.UNKNOWN
    if _ASKED.match(clause):
        return Said.PARTLY
    found = _OBJECT.search(clause) or _THEME.search(clause)
    if found is None and not _AGENT.search(clause):
        found = _SUBJECT.match(clause)
    if found is None or not (_LACKS.search(clause) or _KNOWING.search(clause + before)):
        return Said.NOTHING
    return _strength(clause)


def _strength(clause: str) -> Said:
    """What is not sold or seen in some place of the world is known all the same, unless I looked for it there."""
    if _SOMEWHERE.search(clause) and not _SOUGHT.search(clause):
        return Said.NOTHING
    place = "c" in clause or "L" in clause or "S" in clause or _ON_A_PLACE.search(clause)
    return Said.PARTLY if place else Said.UNKNOWN


def bare(clause: str, before: str = "") -> Said:
    """Whether a clause without any name says that something is not known, and nothing of what.

    What is not there may be named in the clause before: information about X, none.
    """
    if not _BARE.fullmatch(clause) or _EXCUSED.search(clause):
        return Said.NOTHING
    denied = _LACKS.search(clause) or ("n" in clause and (_KNOWING.search(clause) or _HEADED.search(before)))
    return _strength(clause) if denied else Said.NOTHING


def says_nothing(clause: str) -> bool:
    """Whether a clause only asks, guesses, sets aside or names."""
    if clause.endswith("?") or "w" not in clause or _INDIRECT.match(clause) or _APPOSED.search(clause):
        return True
    if _TO_TELL.search(clause):
        return True
    return any(letter in clause for letter in "shx")
