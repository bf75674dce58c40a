"""Markdown and plain text as blocks: one heading, list item, table row or paragraph line each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from geo_tracker.extract.records import BlockKind

_CHINESE_DIGITS = {digit: value for value, digit in enumerate("一二三四五六七八九", 1)}
_MEDALS = {"🥇": 1, "🥈": 2, "🥉": 3}
_CIRCLED = {chr(0x2460 + i): i + 1 for i in range(20)} | {chr(0x2776 + i): i + 1 for i in range(10)}

_LINE = re.compile(
    r"(?P<quote>[ \t]*(?:>[ \t]?)+)?"
    r"(?P<indent>[ \t\u3000]*)"
    r"(?:(?P<heading>\#{1,6})(?=[^#])[ \t]*|(?P<bullet>[-*+•●◦▪‣·–—✅✔☑👉🔹🔸◆■▶➤][ \t\ufe0f]+)|(?P<table>\|))?"
    r"(?P<lead>[*_\s]*)"
    r"(?:(?P<ordinal>"
    r"(?:(?:No\.?|NO\.?|Top|TOP|#|＃|第)[ \t]?)?(?:\d{1,3}(?:\ufe0f?\u20e3|(?=[.)、．）:：](?!\d)))|[①-⑳❶-❿])"
    r"|[一二三四五六七八九十]{1,3}(?=[、.．])|第[一二三四五六七八九十]{1,3}(?=[名位：:、]))"
    r"|(?P<medal>[🥇🥈🥉]))?"
)
_RULE = re.compile(r"[\s|:*_=\-—–]*")
_DELIMITER_ROW = re.compile(r"\|?[\s:]*-{2,}[\s:|\-]*")
_DIGITS = re.compile(r"\d+")


_FLATTENED = 300
_FEWEST_BREAKS = 3
_LOST_BREAK = re.compile(
    r"(?<=\S)(?: {1,24}(?=\#{2,6} |\d{1,2}\. {1,3}\*\*|[*•] {2,3}\S)| {2,24}(?=[-*] \S)|(?<=[.!?:;)]) (?=- [A-Z0-9]))"
)


class Block(NamedTuple):
    """One line of an answer; `start` and `end` bound its text without trailing white space."""

    start: int
    end: int
    kind: BlockKind
    ordinal: int | None
    indent: int


def split_blocks(clean: str) -> list[Block]:
    """The blocks of a masked text in order; blank lines, rules and table delimiters are none."""
    blocks: list[Block] = []
    at = 0
    table = False
    for line in _lines(clean):
        end = at + len(line.rstrip())
        if end > at and _RULE.fullmatch(line) is None:
            block = _block(clean, at, end, table)
            table = block.kind == "table_row"
            _append(blocks, block, clean)
        elif _DELIMITER_ROW.fullmatch(line.strip()) and "|" in line:
            _promote_header(blocks)
            table = True
        at += len(line) + 1
    return blocks


def _lines(clean: str) -> Iterator[str]:
    """Lines of a text; one that holds a whole flattened document is cut where its line ends became spaces."""
    for line in clean.split("\n"):
        breaks = [found.start() for found in _LOST_BREAK.finditer(line)] if len(line) > _FLATTENED else []
        at = 0
        if len(breaks) >= _FEWEST_BREAKS:
            for position in breaks:
                yield line[at:position]
                at = position + 1
        yield line[at:]


def _block(clean: str, at: int, end: int, table: bool) -> Block:
    found = _LINE.match(clean, at, end)
    if found is None:  # every part of the pattern is optional
        raise AssertionError(clean[at:end])
    quote, spaces, heading, bullet, piped, _, printed, medal = found.groups()
    indent = len(spaces.expandtabs(4)) if spaces else 0
    if piped or (table and clean.find("|", at, end) >= 0):
        return Block(at, end, "table_row", None, indent)
    ordinal = _MEDALS[medal] if medal else _ordinal(printed) if printed else None
    if heading:
        kind: BlockKind = "heading"
    elif bullet or ordinal is not None:
        kind = "list_item"
    else:
        kind = "quote" if quote else "paragraph"
    return Block(at, end, kind, ordinal, indent)


def _ordinal(printed: str) -> int | None:
    digits = _DIGITS.search(printed)
    if digits:
        return int(digits.group())
    return _CIRCLED.get(printed[-1]) or chinese_number(printed.lstrip("第"))


def chinese_number(printed: str) -> int | None:
    """1..99 as written in Chinese."""
    tens, ten, ones = printed.rpartition("十")
    value = _CHINESE_DIGITS.get(ones, 0) if len(ones) < 2 else 0
    if ten:
        value += 10 * (_CHINESE_DIGITS.get(tens, 0) if tens else 1)
    return value or None


def _append(blocks: list[Block], block: Block, clean: str) -> None:
    """Add a block, or join a line that a hard wrap cut off to the one before it."""
    if blocks and block.kind == "paragraph" and clean[block.start : block.start + 1].islower():
        last = blocks[-1]
        touching = clean.count("\n", last.end, block.start) == 1
        if touching and last.kind in ("paragraph", "quote") and clean[last.end - 1] not in ".!?:;。！？：；":
            blocks[-1] = last._replace(end=block.end)
            return
    blocks.append(block)


def _promote_header(blocks: list[Block]) -> None:
    """The line above a delimiter row is a table row, piped at its start or not."""
    if blocks and blocks[-1].kind == "paragraph":
        blocks[-1] = blocks[-1]._replace(kind="table_row")
