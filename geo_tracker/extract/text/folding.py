"""One written form for the many ways to write a name: case, width, accents, script variant, hyphens, marks."""

from __future__ import annotations

import re
import sys
import unicodedata
from bisect import bisect_right
from functools import cache, lru_cache
from importlib import resources
from typing import NamedTuple

_HYPHENS = "‐‑‒–—―−﹣－"
_APOSTROPHES = "’‘ʼ＇`´′‛"
_SPACES = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t"
_DOTS = "・‧•∙"
_LATIN = {"ø": "o", "ł": "l", "đ": "d", "ı": "i", "ð": "d", "ħ": "h", "ŧ": "t"}
_LONGER = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "İ": "i"}

# Dropped or spelt out at another length; styled mathematical letters lie beyond the table's plane.
_IRREGULAR = re.compile(
    "[\u0300-\u036f\u200b-\u200f\u2060\ufeff\u00ad\ufe00-\ufe0f"
    f"{''.join(_LONGER)}ẞÆŒÞ\ufb00-\ufb06\U0001d400-\U0001d7ff]"
)
_EMPHASIS = re.compile(r"(?:\*\*\*|\*\*|\*|~~)(?=\w)")


class Folded(NamedTuple):
    """Folded text; `edits` maps its offsets back where characters were dropped or spelt out."""

    text: str
    edits: tuple[list[int], list[int]] | None

    def start(self, offset: int) -> int:
        """Offset in the original text of the folded character at `offset`."""
        if self.edits is None:
            return offset
        positions, shifts = self.edits
        index = bisect_right(positions, offset) - 1
        return offset + shifts[index] if index >= 0 else offset

    def end(self, offset: int) -> int:
        """Offset in the original text just after the folded character before `offset`."""
        return self.start(offset - 1) + 1


@lru_cache(maxsize=2)
def fold(text: str) -> Folded:
    """Fold for matching; same length as `text` unless it holds marks, ligatures or emphasis inside a word."""
    return _fold(text)


def _fold(text: str) -> Folded:
    edits = _edits(text)
    if not edits:
        return Folded(_fold_characters(text), None)
    pieces: list[str] = []
    positions: list[int] = []
    shifts: list[int] = []
    at = length = 0
    for start, end, spelt in edits:
        pieces.extend((text[at:start], spelt))
        length += start - at
        for _ in spelt:
            positions.append(length)
            shifts.append(start - length)
            length += 1
        positions.append(length)
        shifts.append(end - length)
        at = end
    pieces.append(text[at:])
    return Folded(_fold_characters("".join(pieces)), (positions, shifts))


def _edits(text: str) -> list[tuple[int, int, str]]:
    """Pieces to replace by another length, in order: start, end, replacement."""
    edits = [
        (start, found.end(), "")
        for found in _EMPHASIS.finditer(text)
        if (start := found.start()) and text[start - 1].isalnum()
    ]
    if not text.isascii():
        irregular = [(*found.span(), _spelt_out(found.group())) for found in _IRREGULAR.finditer(text)]
        if irregular:
            return sorted(edits + irregular)
    return edits


def fold_plain(text: str) -> str:
    """A short piece of text as `fold` would write it."""
    return _fold(text).text


def fold_name(name: str) -> str:
    """A name as `fold` would write it."""
    return _fold(unicodedata.normalize("NFC", name)).text.strip()


def _spelt_out(piece: str) -> str:
    longer = _LONGER.get(piece) or _LONGER.get(piece.lower())
    if longer:
        return longer
    return unicodedata.normalize("NFKC", piece) if piece[0] >= "\ufb00" and piece[0] != "\ufeff" else ""


def _fold_characters(text: str) -> str:
    """Character by character, keeping the length."""
    lowered = text.lower()
    if lowered.isascii():
        return lowered
    table, foldable = _character_table()
    for character in set(foldable.findall(lowered)):
        lowered = lowered.replace(character, table[character])
    return lowered


@cache
def _character_table() -> tuple[dict[str, str], re.Pattern[str]]:
    table = {**_compatible(), **simplified(), **_LATIN}
    for characters, plain in ((_HYPHENS, "-"), (_APOSTROPHES, "'"), (_SPACES, " "), (_DOTS, "·")):
        table.update(dict.fromkeys(characters, plain))
    # Characters beyond the first plane would make the class forty times slower.
    table = {
        character: plain for character, plain in table.items() if character != plain and character < "\uffff"
    }
    return table, re.compile("[" + "".join(map(re.escape, table)) + "]")


def _compatible() -> dict[str, str]:
    """Characters whose compatibility or accent-free form is one other character (width, accents, styles)."""
    table = {}
    for code in (
        *range(0xA0, 0x3400),
        *range(0xA640, 0xAC00),
        *range(0xF900, 0xFE00),
        *range(0xFE20, 0x10000),
    ):
        character = chr(code)
        plain = unicodedata.normalize("NFKC", character).lower()
        decomposed = unicodedata.normalize("NFD", plain)
        if (
            len(decomposed) > 1
            and decomposed[0].isascii()
            and all(map(unicodedata.combining, decomposed[1:]))
        ):
            plain = decomposed[0]
        if len(plain) == 1 and plain.isprintable() and plain != character and character == character.lower():
            table[character] = plain
    return table


@lru_cache(maxsize=2)
def simplify(text: str) -> str:
    """The text with every traditional character replaced by its simplified one: the length is kept."""
    return text if text.isascii() else text.translate(_simplifying())


@cache
def _simplifying() -> dict[int, str]:
    return {ord(traditional): plain for traditional, plain in simplified().items()}


@cache
def simplified() -> dict[str, str]:
    """OpenCC's traditional-to-simplified characters."""
    table = {}
    file = resources.files("opencc") / "dictionary" / "TSCharacters.txt"
    for line in file.read_text(encoding="utf-8").splitlines():
        traditional, _, plain = line.partition("\t")
        choices = plain.split()
        if choices and len(traditional) == 1 and len(choices[0]) == 1:
            table[sys.intern(traditional)] = choices[0]
    return table
