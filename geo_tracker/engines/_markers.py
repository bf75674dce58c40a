"""Citation markers printed in an answer: found per engine style, resolved to its numbered sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from geo_tracker.engines.base import ParsedCitation, Span

_TARGET = r"\((?P<url>https?://(?:[^\s()]|\([^\s()]*\))+)\)"
_URL = rf"(?: ?{_TARGET})?"

BRACKETS = re.compile(r"\[(?P<n>[0-9]{1,3}(?:[,，、] ?[0-9]{1,3})*)\]" + _URL)
"""`[1]`, `[1, 2]`, `[1](url)`."""
WEB = re.compile(r"\[web:(?P<n>[0-9]{1,3}(?:[,，、] ?(?:web:)?[0-9]{1,3})*)\]")
"""`[web:1]`, `[web:1, web:2]`."""
CARETS = re.compile(r"\^(?P<n>(?:\[[0-9]{1,3}\])+)\^")
"""`^[1]^`, `^[1][2]^`."""
REF = re.compile(r"\[ref_(?P<n>[0-9]{1,3})\]")
"""`[ref_1]`."""
DOUBLE = re.compile(r"\[\[(?P<n>[0-9]{1,3})\]\]" + _URL)
"""`[[1]]`, `[[1]](url)`."""
EMPTY_LINK = re.compile(r"\[\[(?P<n>[0-9]{1,3})\]\(\)\]")
"""`[[1]()]`."""
QUOTED = re.compile(r"\[?\[引用[:：](?P<n>[0-9]{1,3})\]\]?")
"""`[[引用:1]]`."""
CITATION = re.compile(r"\[citation:(?P<n>[0-9]{1,3})\]")
"""`[citation:1]`."""
REFERENCE = re.compile(r"\[reference:(?P<n>[0-9]{1,3})\]")
"""`[reference:0]`, counted from 0."""
FOOTNOTE = re.compile(r"\[\^(?P<n>[0-9]{1,3})\^\]")
"""`[^1^]`."""
DAGGER = re.compile(r"【(?P<n>[0-9]{1,3})(?::[0-9]{1,3})?†[^】\n]{0,80}】")
"""`【1†source】`."""
LINK = re.compile(rf"\(?\[[^\[\]\n]{{0,300}}\]{_TARGET}\)?")
"""`[words](url)`, with or without brackets round it."""


def either(*styles: re.Pattern[str]) -> re.Pattern[str]:
    """Any of several styles, for engines whose marker is not settled; the earlier style is tried first."""
    alternatives = (
        style.pattern.replace("?P<n>", f"?P<n{i}>").replace("?P<url>", f"?P<url{i}>")
        for i, style in enumerate(styles)
    )
    return re.compile("|".join(alternatives))


_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)
_NUMBER = re.compile("[0-9]+")


@dataclass(frozen=True, slots=True)
class Marker:
    """One printed marker: the ordinals it names, where it stands, the address it carries itself."""

    ordinals: tuple[int, ...]
    span: Span
    url: str | None = None


def markers(text: str, style: re.Pattern[str]) -> Iterator[Marker]:
    """The markers of a style in reading order; those inside code are code."""
    code = (match.span() for match in (_CODE.finditer(text) if "`" in text else ()))
    inside = next(code, None)
    for match in style.finditer(text):
        while inside and inside[1] <= match.start():
            inside = next(code, None)
        if inside and inside[0] <= match.start():
            continue
        found = {name[:3]: value for name, value in match.groupdict().items() if value is not None}
        numbers = next(value for name, value in found.items() if name.startswith("n"))
        ordinals = tuple(int(n) for n in _NUMBER.findall(numbers))
        yield Marker(ordinals, match.span(), found.get("url"))


def resolved(
    text: str, sources: Iterable[ParsedCitation], style: re.Pattern[str]
) -> tuple[ParsedCitation, ...]:
    """The sources, those that a marker names as `cited` with the markers' spans, the others unchanged.

    A marker that names no source and carries no address is left alone; one with its own address that is not
    among the sources becomes a source. Where two sources have one ordinal, the first is meant.
    """
    rows = list(sources)
    by_ordinal = {row.ordinal: index for index, row in reversed(list(enumerate(rows)))}
    by_url = {row.url: index for index, row in reversed(list(enumerate(rows))) if row.url}
    found: dict[int, list[Marker]] = {}
    for marker in markers(text, style):
        if marker.url is not None:
            if marker.url not in by_url:
                by_url[marker.url] = len(rows)
                rows.append(ParsedCitation(marker.url))
            found.setdefault(by_url[marker.url], []).append(marker)
            continue
        for ordinal in dict.fromkeys(marker.ordinals):
            if ordinal in by_ordinal:
                found.setdefault(by_ordinal[ordinal], []).append(marker)
    return tuple(_cited(row, found.get(index, ())) for index, row in enumerate(rows))


def _cited(source: ParsedCitation, printed: Sequence[Marker]) -> ParsedCitation:
    if not printed:
        return source
    ordinal = printed[0].ordinals[0] if source.ordinal is None else source.ordinal
    spans = sorted({*source.spans, *(marker.span for marker in printed)})
    return replace(source, role="cited", ordinal=ordinal, spans=tuple(spans))


def placed(text: str, sources: Iterable[ParsedCitation]) -> tuple[ParsedCitation, ...]:
    """The sources, those that a link in the text leads to as `cited` with the links' spans."""
    spans: dict[str, list[Span]] = {}
    for match in LINK.finditer(text):
        spans.setdefault(match["url"], []).append(match.span())
    return tuple(
        replace(row, role="cited", spans=tuple(sorted({*row.spans, *spans[row.url]})))
        if row.url in spans
        else row
        for row in sources
    )


def merged(citations: Iterable[ParsedCitation]) -> tuple[ParsedCitation, ...]:
    """One record per role, address and ordinal with all its spans; engines repeat a source at every mention."""
    found: dict[tuple[str, str, int | None], ParsedCitation] = {}
    for row in citations:
        key = (row.role, row.url, row.ordinal)
        known = found.get(key)
        found[key] = row if known is None else _together(known, row)
    return tuple(found.values())


def _together(one: ParsedCitation, other: ParsedCitation) -> ParsedCitation:
    return replace(
        one,
        title=one.title or other.title,
        site=one.site or other.site,
        published=one.published or other.published,
        snippet=one.snippet or other.snippet,
        spans=tuple(sorted({*one.spans, *other.spans})),
    )
