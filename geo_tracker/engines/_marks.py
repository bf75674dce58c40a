"""The private marks in an app's text, resolved to the words that the app shows in their place.

ChatGPT writes U+E200, a kind, fields after U+E202 each, U+E201; U+E203 and U+E204 enclose words that a source supports.
Some exports spell the characters out, as `\\ue200`. Kinds and fields are those of public converters (2026-11).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from geo_tracker.engines._json import Json, loads
from geo_tracker.engines.base import EngineError, ParsedAnswer, Span

LONGEST = 20_000
"""Characters of one mark; a carousel's JSON is a few thousand."""
CHIPS = ("cite", "filecite", "memcite")
NAMES = ("entity", "product_entity", "product")
LINKS = ("url", "link", "link_title")
TITLES = ("navlist", "nav_list", "navigation")
WIDGETS = (
    *("products", "image_group", "image", "images", "i", "video", "videos", "map", "businesses_map", "genui"),
    *("forecast", "finance", "schedule", "standing", "hidden"),
)
"""Pictures, carousels and widgets: of these only a caption is text."""

_OPEN, _CLOSE, _NEXT = (rf"(?:{chr(code)}|\\u{code:x})" for code in (0xE200, 0xE201, 0xE202))
_ID = r"turn\d+[a-z]+\d+"
_MARK = re.compile(
    # whole; cut off or never closed, with as much of it as cannot be prose; a character that stands alone
    rf"{_OPEN}(?P<whole>(?:(?!{_OPEN}|{_CLOSE})[\s\S]){{0,{LONGEST}}}?){_CLOSE}"
    rf"|{_OPEN}[a-z_]{{0,40}}(?:{_NEXT}(?:{_ID}|[\[{{][^\n]{{0,{LONGEST}}}?(?=\n|\Z|{_OPEN}))?)*"
    r"|[\ue200-\ue20f]|\\ue20[0-9a-f]"
)
_MARKED = re.compile(r"[\ue200-\ue20f]|\\ue20[0-9a-f]")
_KIND = re.compile(r"[a-z_]+")
_FIELDS = re.compile(_NEXT)
_NOT_PROSE = re.compile(rf"{_ID}|https?://\S*|[a-z0-9_.:/-]*|[0-9a-fA-F-]{{16,}}")
"""An id, an address, a type such as `company`: a lone word in small Latin letters."""


class Target(NamedTuple):
    """What a mark stands for, where something beside the text says so."""

    url: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark: its kind, its fields, and the whole as it stands in the text."""

    kind: str
    fields: tuple[str, ...]
    raw: str

    @classmethod
    def of(cls, found: re.Match[str]) -> Mark:
        inside = found["whole"] or ""
        kind = _KIND.match(inside)
        fields = _FIELDS.split(inside[kind.end() :] if kind else inside)
        return cls(kind.group() if kind else "", tuple(filter(None, fields)), found.group())

    @property
    def strings(self) -> list[str]:
        """The strings in the fields, also those inside JSON, without its keys."""
        return [text for field in self.fields for text in _strings(_opened(field), 0)]

    @property
    def known(self) -> bool:
        return not self.kind or self.kind in (*CHIPS, *NAMES, *LINKS, *TITLES, *WIDGETS)

    def shown(self, targets: Mapping[str, Target]) -> str:
        """What the reader sees in its place; `targets` by whole marks and by the ids that marks name."""
        target = next((targets[key] for key in (self.raw, *self.strings) if key in targets), Target())
        prose = [text for text in self.strings if not _NOT_PROSE.fullmatch(text)]
        if self.kind in CHIPS:
            return chip(target.url)
        if self.kind in NAMES:
            return _name(self.strings) or target.words or ""
        if self.kind in LINKS:
            given = next((text for text in self.fields if text.startswith(("https://", "http://"))), None)
            return link(next(iter(prose), target.words or ""), given or target.url)
        if self.kind in TITLES:
            return next(iter(prose), target.words or "")
        return _caption(self.fields) if self.kind in WIDGETS else " ".join(prose)


def marks(text: str, bare: Iterable[str] = ()) -> Iterator[tuple[Mark, Span]]:
    """The marks of a text in order, with their places; `bare` are some that have lost their private characters."""
    pattern = re.compile("|".join((*map(re.escape, bare), _MARK.pattern))) if bare else _MARK
    return ((Mark.of(found), found.span()) for found in pattern.finditer(text))


class Resolution:
    """A text without its marks, and where a place of the text as it was stands in it."""

    def __init__(self, text: str, targets: Mapping[str, Target], bare: Iterable[str] = ()) -> None:
        self.unknown: list[Json] = []
        self._given = text
        self._marks: list[Span] = []
        self._shown: list[Span] = []
        parts: list[str] = []
        at = length = 0
        for mark, span in marks(text, bare):
            words = mark.shown(targets)
            parts += [text[at : span[0]], words]
            length += span[0] - at + len(words)
            at = span[1]
            self._marks.append(span)
            self._shown.append((length - len(words), length))
            if not mark.known:
                self.unknown.append({"type": mark.kind, "mark": mark.raw})
        self.text = "".join([*parts, text[at:]])

    def span(self, span: Span) -> tuple[Span, ...]:
        """Where the words of a span are now, as a tuple of one; empty where nothing of it is shown."""
        start, end = self._place(span[0], 0), self._place(span[1], 1)
        return ((start, end),) if start < end else ()

    def given(self, span: Span) -> Span:
        """Where a span of the resolved text stands in the text as it was: words that a mark shows, in the mark.

        Words that a mark does not hold literally are all of it.
        """
        start, end = span
        number = bisect_right(self._shown, start, key=lambda shown: shown[0]) - 1
        if number >= 0 and end <= self._shown[number][1]:
            at = self._held(number, span)
            return (at, at + end - start) if at >= 0 else self._marks[number]
        return self._origin(start, 0), self._origin(end, 1)

    def _held(self, number: int, span: Span) -> int:
        """Where the words of a span stand in the mark that shows them, -1 if nowhere."""
        mark, (first, last) = self._marks[number], self._shown[number]
        whole = self._given.find(self.text[first:last], *mark)
        return whole + span[0] - first if whole >= 0 else self._given.find(self.text[slice(*span)], *mark)

    def _origin(self, offset: int, side: int) -> int:
        """The old offset of one end of a span; one inside a mark becomes the mark's begin or end."""
        find = bisect_left if side else bisect_right
        number = find(self._shown, offset, key=lambda shown: shown[0]) - 1
        if number < 0:
            return offset
        if offset >= self._shown[number][1]:
            return self._marks[number][1] + offset - self._shown[number][1]
        return self._marks[number][side]

    def _place(self, offset: int, side: int) -> int:
        """The new offset; one inside a mark becomes the begin or the end of what is shown there."""
        number = bisect_right(self._marks, offset, key=lambda mark: mark[0]) - 1
        if number < 0:
            return offset
        if offset < self._marks[number][1]:
            return self._shown[number][side if offset > self._marks[number][0] else 0]
        return self._shown[number][1] + offset - self._marks[number][1]


def is_marked(text: str) -> bool:
    """Whether private marks stand in a text."""
    return _MARKED.search(text) is not None


def readable(
    answer: ParsedAnswer, targets: Mapping[str, Target] | None = None, bare: Iterable[str] = ()
) -> ParsedAnswer:
    """The answer as its reader sees it: marks resolved, spans moved with them, unknown kinds among the unknown blocks.

    A mark that is a citation's place stands for that source, whether `targets` say so or not.
    """
    if not (bare or is_marked(answer.text)):
        return answer
    cited = {
        answer.text[slice(*span)]: Target(row.url) for row in reversed(answer.citations) for span in row.spans
    }
    found = Resolution(answer.text, {**cited, **(targets or {})}, bare)
    return replace(
        answer,
        text=found.text,
        citations=tuple(replace(row, spans=_moved(found, row.spans)) for row in answer.citations),
        offers=tuple(
            replace(card, span=next(iter(found.span(card.span)), None)) if card.span else card
            for card in answer.offers
        ),
        unknown_blocks=(*answer.unknown_blocks, *found.unknown),
    )


def _moved(found: Resolution, spans: Sequence[Span]) -> tuple[Span, ...]:
    return tuple(dict.fromkeys(moved for span in spans for moved in found.span(span)))


def chip(url: str | None) -> str:
    """A source's chip as OpenAI's API prints it, `([site](address))`; nothing where no address is known."""
    try:
        host = (urlsplit(url or "").hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    return f"({link(host, url)})" if host else ""


def link(words: str, url: str | None) -> str:
    """A markdown link, or the words alone where there is no web address."""
    if not words or not (url or "").startswith(("https://", "http://")):
        return words
    return f"[{words}]({quote(url or '', safe=_SAFE)})"


_SAFE = ":/?#[]@!$&'*+,;=%-._~"
"""All that an address is made of, without the brackets and blanks that would end a link."""


def _name(strings: Sequence[str]) -> str:
    """The name in `[type, name, …]` or `[id, name]`, or the only string."""
    return next(iter(strings[1:2] or [text for text in strings if not re.fullmatch(_ID, text)]), "")


def _caption(fields: Sequence[str]) -> str:
    captions = (text for field in fields for text in _captions(_opened(field), 0))
    return " ".join(captions)


def _captions(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, dict) and depth < 8:
        for key, item in value.items():
            yield from _strings(item, depth) if key in ("caption", "captions") else _captions(item, depth + 1)
    elif isinstance(value, list) and depth < 8:
        for item in value:
            yield from _captions(item, depth + 1)


def _opened(field: str) -> Any:
    try:
        return loads(field) if field.lstrip().startswith(("[", "{")) else field
    except EngineError:  # a field that is not JSON is a string
        return field


def _strings(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str) and value.strip():
        yield value
    elif isinstance(value, (list, dict)) and depth < 8:
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item, depth + 1)
