"""Whether a name found in a text stands there as a word of its own."""

from __future__ import annotations

import re
from enum import Enum
from functools import cache

from geo_tracker.extract.data import words
from geo_tracker.extract.text.segmentation import is_han

_SHORTEST_PLURAL = 4
_SHORTEST_NUMBERED = 3

_INFLECTION = re.compile(r"s|\d{1,4}")
_NOT_DOMAIN_CHARACTER = re.compile(r"[^a-z0-9._@/+-]")
_DOMAIN = re.compile(r"(?<![a-z0-9-])(?:[a-z0-9-]+\.)+([a-z]{2,12})(?![a-z0-9-])")
_LONGEST_DOMAIN = 253


class Script(Enum):
    """What decides where a word of these characters ends."""

    LATIN = 1
    DIGIT = 2
    HAN = 3
    KATAKANA = 4
    HIRAGANA = 5
    HANGUL = 6
    OTHER = 7


@cache
def script(character: str) -> Script:
    """The script of one folded character; `OTHER` is no part of a word."""
    if not character.isalnum() and character != "ー":
        return Script.OTHER
    if character.isdigit():
        return Script.DIGIT
    if is_han(character):
        return Script.HAN
    if "\u30a0" <= character <= "\u30ff" or "\u31f0" <= character <= "\u31ff":
        return Script.KATAKANA
    if "\u3040" <= character <= "\u309f":
        return Script.HIRAGANA
    if "\uac00" <= character <= "\ud7af" or "\u1100" <= character <= "\u11ff":
        return Script.HANGUL
    return Script.LATIN


def _alphabetic(kind: Script) -> bool:
    return kind is Script.LATIN or kind is Script.DIGIT


def stands_alone(text: str, start: int, end: int) -> bool:
    """Whether folded `text[start:end]` begins and ends at word boundaries; Han edges are left to the segmenter."""
    return _opens(text, start) and _closes(text, start, end) and not inside_domain(text, start, end)


def touches_han(text: str, start: int, end: int) -> bool:
    """Whether a Han edge of the span stands against more Han characters."""
    before = text[start - 1 : start]
    after = text[end : end + 1]
    return (bool(before) and is_han(text[start]) and is_han(before)) or (
        bool(after) and is_han(text[end - 1]) and is_han(after)
    )


def _opens(text: str, start: int) -> bool:
    if start == 0:
        return True
    first, before = script(text[start]), script(text[start - 1])
    if _alphabetic(first):
        return not _alphabetic(before)
    return first is not before or first is Script.HAN or first is Script.OTHER


def _closes(text: str, start: int, end: int) -> bool:
    if end >= len(text):
        return True
    last, after = script(text[end - 1]), script(text[end])
    if last is Script.LATIN and _alphabetic(after):
        return _inflected(text, start, end)
    if last is Script.DIGIT:
        return not _alphabetic(after)
    if last is Script.HANGUL and after is Script.HANGUL:
        return _particle(text, end)
    return last is not after or last is Script.HAN or last is Script.OTHER


def _inflected(text: str, start: int, end: int) -> bool:
    """Whether a plural s or a model number closes the word: YubiKeys, BMW3, but not KeePass2Android."""
    found = _INFLECTION.match(text, end)
    if found is None or end - start < (_SHORTEST_PLURAL if text[end] == "s" else _SHORTEST_NUMBERED):
        return False
    return found.end() == len(text) or not _alphabetic(script(text[found.end()]))


def _particle(text: str, end: int) -> bool:
    """Korean particles are written onto the noun."""
    stop = end
    while stop < len(text) and script(text[stop]) is Script.HANGUL:
        stop += 1
    return text[end:stop] in words("any/korean_particles")


def inside_domain(text: str, start: int, end: int) -> bool:
    """Whether the span is part of a domain name, an e-mail address or a file path, and not all of it."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if after not in (".", "@", "-") and before not in (".", "@", "/", "-"):
        return False
    first, nearest = start, max(0, start - _LONGEST_DOMAIN)
    while first > nearest and _NOT_DOMAIN_CHARACTER.match(text[first - 1]) is None:
        first -= 1
    for found in _DOMAIN.finditer(text, first, end + _LONGEST_DOMAIN):
        if found.start() >= end:
            return False
        if found.end() > start and found.group(1) in words("any/top_level_domains"):
            return (found.start(), found.end()) != (start, end)
    return False
