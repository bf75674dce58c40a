"""Sentences and words, as docs/metrics.md counts them."""

from __future__ import annotations

import re

from geo_tracker.extract.records import Document, Sentence
from geo_tracker.extract.text.blocks import Block, split_blocks
from geo_tracker.extract.text.masks import blank_echo, mask

# Han, Kana and Hangul: each character is one word.
IDEOGRAPHS = (
    "\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff\u3105-\u312f\u3131-\u318e\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\ua960-\ua97f\uac00-\ud7fb\u1100-\u11ff\uf900-\ufaff\uff66-\uff9f\U00020000-\U000323af"
)
_IDEOGRAPHS = re.compile(f"[{IDEOGRAPHS}]+")
_ASCII_WORD = re.compile("[A-Za-z0-9]+")
_WORD = re.compile(f"[^\\W_{IDEOGRAPHS}](?:[^\\W_{IDEOGRAPHS}]|[\u0300-\u036f\u0483-\u0489\u064b-\u0652])*")

_CLOSERS = "\"'”’」』）)】》〉\\]*_~\0"
_END = re.compile(f"[。！？!?｡….]+[{_CLOSERS}]*")
_FULL_STOPS = frozenset("。！？｡")
_OPENS = re.compile("[ \t]+[\"'“‘(\\[*_\0]*[^\\W_a-z]")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[\"'“*_])(?:[A-Z]|[A-Za-z](?:\.[A-Za-z])+|[Vv]s|[Dd]r|Mrs?|Ms|St|Jr|Sr|Prof|No|Nos|Inc|Ltd|Co|Corp|"
    r"approx|[Ff]ig|e\.g|i\.e|etc|est|vol|Mt|\d{1,3})\Z"
)


def read(text: str, *, prompt: str | None = None) -> Document:
    """Read an answer: blocks, sentences, word counts; what is not prose, and an echo of `prompt`, is masked."""
    clean, labels = mask(text if prompt is None else blank_echo(text, prompt))
    sentences: list[Sentence] = []
    for block in split_blocks(clean):
        sentences.extend(_sentences(clean, block))
    return Document(text, clean, tuple(sentences), sum(s.words for s in sentences), labels)


def count_words(text: str) -> int:
    """Words of a masked text: runs of letters and digits, and single Han, Kana and Hangul characters."""
    if text.isascii():
        return len(_ASCII_WORD.findall(text))
    return len(_WORD.findall(text)) + sum(map(len, _IDEOGRAPHS.findall(text)))


def _sentences(clean: str, block: Block) -> list[Sentence]:
    """A heading, list item or table row is one sentence; a paragraph or quote is split."""
    start, end, kind, ordinal, indent = block
    if kind not in ("paragraph", "quote"):
        return [Sentence(start, end, count_words(clean[start:end]), kind, ordinal, indent)]
    found: list[Sentence] = []
    for cut in [*_cuts(clean, start, end), end]:
        part = clean[start:cut]
        words = count_words(part)
        if words:
            found.append(Sentence(cut - len(part.lstrip()), cut, words, kind, ordinal, indent))
        start = cut
    return found


def _cuts(clean: str, start: int, end: int) -> list[int]:
    """Ends of the sentences inside a paragraph, its own end left out."""
    return [
        found.end()
        for found in _END.finditer(clean, start, end)
        if found.end() < end and _is_end(clean, start, found.start(), found.end())
    ]


def _is_end(clean: str, start: int, mark: int, stop: int) -> bool:
    """Whether the punctuation at `mark` ends a sentence: always a Chinese full stop, else before an opening."""
    if clean[mark] in _FULL_STOPS:
        return True
    if clean[mark] == ".":
        return (
            _OPENS.match(clean, stop) is not None
            and _ABBREVIATION.search(clean, max(start, mark - 12), mark) is None
        )
    return not clean[stop].isalnum() or not clean[stop].isascii()
