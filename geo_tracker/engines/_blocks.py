"""The text blocks of Google's AI Overviews and AI Mode, as result vendors give them, laid out as markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from geo_tracker.engines._json import Json, integer, records, said, string
from geo_tracker.engines.base import Span

_DEPTH = 6
_LABEL = re.compile(
    r"(?P<before>.*[.!?。！？:：)\]\"”])\s(?:[^.!?。！？\n]|\.(?=\w)){1,60}?\s?\+\d{1,2}\s*", re.DOTALL
)
"""A finished sentence, a name and a count. Without the end of a sentence a count such as `age 18 +1` stays."""


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph, heading, list item or table row, and the 0-based references it rests on."""

    text: str
    references: tuple[int, ...] = ()


def laid_out(blocks: Any) -> tuple[str, dict[int, list[Span]]]:
    """The whole text, and for each reference index the spans of the lines that name it."""
    text, before, spans = "", "", dict[int, list[Span]]()
    for line in _lines(records(blocks) if isinstance(blocks, list) else [], 0):
        text += _gap(before, line.text)
        start, text, before = len(text), text + line.text, line.text
        for index in line.references:
            spans.setdefault(index, []).append((start, len(text)))
    return text, spans


def _gap(before: str, after: str) -> str:
    """List items and table rows stand together, everything else a blank line apart."""
    together = any(
        before.lstrip().startswith(mark) and after.lstrip().startswith(mark) for mark in ("- ", "|")
    )
    return "" if not before else "\n" if together else "\n\n"


def unread_blocks(blocks: Any) -> tuple[Json, ...]:
    """The blocks of which nothing could be laid out."""
    found = records(blocks) if isinstance(blocks, list) else []
    return tuple(block for block in found if not any(_lines([block], 0)))


def _lines(blocks: Iterable[Json], depth: int) -> Iterator[Line]:
    for block in blocks if depth <= _DEPTH else ():
        kind, words = block.get("type"), said(_unlabelled(block), block.get("code"))
        if words:
            mark = {"heading": "## ", "code_block": "```\n"}.get(string(kind), "")
            end = "\n```" if kind == "code_block" else ""
            yield Line(f"{mark}{words}{end}", _references(block))
        yield from _items(records(block.get("list") or []), 0)
        yield from _table(block.get("table") or block.get("comparison"), _references(block))
        if nested := records(block.get("text_blocks") or []):
            title = said(block.get("title"))
            yield from [Line(f"## {title}")] if title else []
            yield from _lines(nested, depth + 1)


def _unlabelled(block: Json) -> str | None:
    """The snippet without the label of its source, which SerpApi appends since 2026: `… Xenia Events +1`."""
    snippet = said(block.get("snippet"))
    labelled = _LABEL.fullmatch(snippet or "")
    return labelled["before"] if labelled else snippet


def _items(items: Iterable[Json], depth: int) -> Iterator[Line]:
    for item in items if depth <= _DEPTH else ():
        words = " ".join(filter(None, (said(item.get("title")), said(_unlabelled(item)))))
        if words:
            yield Line(f"{'  ' * depth}- {words}", _references(item))
        yield from _items(records(item.get("list") or []), depth + 1)
        yield from _lines(records(item.get("text_blocks") or []), depth + 1)


def _table(rows: Any, references: tuple[int, ...]) -> Iterator[Line]:
    """A table as rows of cells, or of objects whose keys are the columns."""
    listed = rows if isinstance(rows, list) else []
    objects = [row for row in listed if isinstance(row, dict)]
    cells = [list(objects[0]), *(list(row.values()) for row in objects)] if objects else listed
    for number, row in enumerate(cells):
        if isinstance(row, list):
            yield Line(f"| {' | '.join(_cell(cell) for cell in row)} |", references)
            if number == 0:
                yield Line("|" + " --- |" * len(row))


def _cell(cell: Any) -> str:
    if isinstance(cell, dict):
        return said(cell.get("snippet"), cell.get("text"), cell.get("title")) or ""
    if isinstance(cell, list):
        return ", ".join(_cell(part) if not isinstance(part, list) else "" for part in cell)
    return str(cell).replace("\n", " ") if isinstance(cell, (str, int, float)) else ""


def _references(block: Json) -> tuple[int, ...]:
    listed = block.get("reference_indexes")
    numbers = (integer(index) for index in (listed if isinstance(listed, list) else []))
    return tuple(number for number in numbers if number is not None)
