"""An answer as its app would show it: Markdown as HTML, sanitised, with mentions, offers and sources marked.

Places are code points of the answer's text. A private character stands at each of them while the text is Markdown,
and becomes a mark where the text is written as HTML, so that a mark never cuts an element in two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from dashboard.elements import safe_url
from geo_tracker.queries.answers import NamedSpan, Source

LONGEST = 60_000
"""Characters that are rendered; the raw text has the rest."""
FIRST, LAST = 0x100000, 0x10FFFD
_PRIVATE = re.compile(f"[{chr(FIRST)}-{chr(LAST)}]")
_MARKER = re.compile(r"[\s\[\]【】()（）^\\\ue200-\ue206]*(?:[^\]】\n]{0,60})?[\]】\ue201][\]^]*")
_BREAK = re.compile(r"&lt;br ?/?&gt;")
# CommonMark does not close `**` between punctuation and a Chinese character, though apps do: a letter between helps.
_CLOSING = re.compile(r"(?<=[^\w\s*])\*\*(?=[\u3400-\u9fff])")
_OPENING = re.compile(r"(?<=[\u3400-\u9fff])\*\*(?=[^\w\s*])")
_JOINER = chr(LAST)
TAGS = {
    *(
        "h3",
        "h4",
        "h5",
        "h6",
        "p",
        "ul",
        "ol",
        "li",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "blockquote",
    ),
    *("strong", "em", "s", "code", "pre", "hr", "br", "a", "mark", "span", "sup", "small", "div"),
}
ATTRIBUTES = {
    "a": {"href", "target", "rel"},
    "mark": {"class", "style", "title"},
    **{tag: {"class", "title"} for tag in ("span", "sup", "small", "div")},
    "ol": {"start"},
}


@dataclass(frozen=True, slots=True)
class Note:
    """A place: where a mark begins or ends, or where a source's number stands."""

    kind: str
    """open | close | offer | /offer | source"""
    of: Any = None


@dataclass(slots=True)
class _State:
    """What is open while the text is written."""

    notes: Sequence[Note]
    colours: Mapping[str, str]
    titles: Mapping[NamedSpan, str]
    other: str
    page: str
    mention: NamedSpan | None = None
    offer: str | None = None
    links: list[tuple[str, list[int]]] = field(default_factory=list)
    """Host to be shown after each open link, and the places that stand in its address."""


def rendered(
    text: str,
    mentions: Iterable[NamedSpan] = (),
    sources: Iterable[Source] = (),
    offers: Iterable[Mapping[str, Any]] = (),
    *,
    colours: Mapping[str, str] | None = None,
    titles: Mapping[NamedSpan, str] | None = None,
    other: str = "",
    page: str = "",
) -> Markup:
    """The text as sanitised HTML; overlapping mentions are marked once, the first of them.

    `page` is the address of the page that lists the sources; empty where it is this one.
    """
    text = _PRIVATE.sub("�", text[:LONGEST])
    notes: list[Note] = []
    marked = _noted(text, mentions, sources, offers, notes)
    state = _State(notes, colours or {}, titles or {}, other, page)
    html = _markdown().render(_spaced(marked), {"state": state})
    html = html.replace('</sup><sup class="cite"', '</sup><sup class="cite more"')  # 1, 2 and not 12
    clean = nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, link_rel=None, url_schemes={"http", "https"})
    return Markup(clean)  # noqa: S704 - sanitised in the line above


def _noted(
    text: str,
    mentions: Iterable[NamedSpan],
    sources: Iterable[Source],
    offers: Iterable[Mapping[str, Any]],
    notes: list[Note],
) -> str:
    """The text with a private character for each note; markers of sources are taken out, their numbers stay."""
    places: list[tuple[int, Note]] = []
    cuts: set[tuple[int, int]] = set()
    at = 0
    for span in mentions:
        if at <= span.start < span.end <= len(text):
            places += [(span.start, Note("open", span)), (span.end, Note("close"))]
            at = span.end
    for offer in offers:
        if len(offer["span"]) == 2 and 0 <= offer["span"][0] < offer["span"][1] <= len(text):
            start, end = offer["span"]
            places += [(start, Note("offer", offer)), (_inside(text, end), Note("/offer"))]
    for source in sources:
        for start, end in source.spans if source.role == "cited" else ():
            if 0 <= start < end <= len(text):
                marker = _MARKER.fullmatch(text, start, end)
                cuts |= {(start, end)} if marker else set()
                places.append((start if marker else _inside(text, end), Note("source", source)))
    return _written(text, places, cuts, notes)


def _inside(text: str, end: int) -> int:
    """The end of a span before white space and table bars: nothing may be put at the beginning of a line."""
    return len(text[:end].rstrip(" \t\n|"))


def _written(text: str, places: list[tuple[int, Note]], cuts: set[tuple[int, int]], notes: list[Note]) -> str:
    by_place: dict[int, list[Note]] = {}
    for at, note in places:
        by_place.setdefault(at, []).append(note)
    gone = {at for start, end in cuts for at in range(start, end)}
    pieces: list[str] = []
    for at in range(len(text) + 1):
        for note in sorted(by_place.get(at, ()), key=lambda each: each.kind not in ("close", "/offer")):
            if len(notes) < LAST - FIRST:
                pieces.append(chr(FIRST + len(notes)))
                notes.append(note)
        if at < len(text) and at not in gone:
            pieces.append(text[at])
    return "".join(pieces)


def _spaced(text: str) -> str:
    return _OPENING.sub(f"**{_JOINER}", _CLOSING.sub(f"{_JOINER}**", text))


@cache
def _markdown() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": 20})
    made.enable(["table", "strikethrough"])
    made.validateLink = lambda url: safe_url(_PRIVATE.sub("", url)) is not None  # type: ignore[method-assign]
    # The default writes the places in an address in per cent.
    made.normalizeLink = _as_it_is  # type: ignore[method-assign]
    for name, rule in _RULES.items():
        made.add_render_rule(name, rule)
    return made


def _as_it_is(url: str) -> str:
    return url


def _text(renderer: Any, tokens: Sequence[Any], at: int, options: Any, env: Any) -> str:
    return _marked(tokens[at].content, env["state"])


def _marked(content: str, state: _State) -> str:
    """Text between places, each piece in what is open there."""
    pieces: list[str] = []
    start = 0
    for found in _PRIVATE.finditer(content):
        pieces += [_wrapped(content[start : found.start()], state), _step(ord(found.group()) - FIRST, state)]
        start = found.end()
    return "".join((*pieces, _wrapped(content[start:], state)))


def _step(number: int, state: _State) -> str:
    if number >= len(state.notes):
        return ""
    note = state.notes[number]
    match note.kind:
        case "open" | "close":
            state.mention = note.of
        case "offer":
            state.offer = str(note.of.get("merchant") or note.of.get("platform") or "")
        case "/offer":
            state.offer = None
        case _:
            return _source(note.of, state.page)
    return ""


def _source(source: Source, page: str) -> str:
    label = source.position + 1 if source.ordinal is None else source.ordinal
    href = f"{escape(page)}#source-{source.position}"
    return (
        f'<sup class="cite" title="{escape(source.domain)}"><a href="{href}" target="_self">{label}</a></sup>'
    )


def _wrapped(text: str, state: _State) -> str:
    if not text:
        return ""
    html = _BREAK.sub("<br>", str(escape(text)))
    if span := state.mention:
        kind = ' class="unsure"' if span.unsure else ' class="own"' if span.own else ""
        colour = escape(state.colours.get(span.brand, state.other))
        title = escape(state.titles.get(span, span.brand))
        html = f'<mark{kind} style="--brand: {colour}" title="{title}">{html}</mark>'
    if state.offer is not None:
        html = f'<span class="offer" title="{escape(state.offer)}">{html}</span>'
    return html


def _bare(renderer: Any, tokens: Sequence[Any], at: int, options: Any, env: Any) -> str:
    """Code, as it stands: marks in it would be read as part of it."""
    tag = "code" if tokens[at].type == "code_inline" else "pre"
    return f"<{tag}>{escape(_PRIVATE.sub('', tokens[at].content))}</{tag}>"


def _image(renderer: Any, tokens: Sequence[Any], at: int, options: Any, env: Any) -> str:
    """No picture is loaded from where an answer says: its description stands for it."""
    return _marked(tokens[at].content, env["state"])


def _link_open(renderer: Any, tokens: Sequence[Any], at: int, options: Any, env: Any) -> str:
    address = str(tokens[at].attrs.get("href", ""))
    url = _PRIVATE.sub("", address)
    label = "".join(token.content for token in tokens[at + 1 : at + 3] if token.type == "text")
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    places = [ord(found.group()) - FIRST for found in _PRIVATE.finditer(address)]
    env["state"].links.append(("" if host in label else host, places))
    return f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer nofollow">'


def _link_close(renderer: Any, tokens: Sequence[Any], at: int, options: Any, env: Any) -> str:
    host, places = env["state"].links.pop()
    steps = "".join(_step(number, env["state"]) for number in places)
    return (f'</a> <small class="host">{escape(host)}</small>' if host else "</a>") + steps


def _heading(renderer: Any, tokens: Sequence[Any], at: int, options: Any, env: Any) -> str:
    """Below the page's own headings."""
    slash = "/" if tokens[at].nesting < 0 else ""
    return f"<{slash}h{min(int(tokens[at].tag[1]) + 2, 6)}>"


def _table(renderer: Any, tokens: Sequence[Any], at: int, options: Any, env: Any) -> str:
    return '<div class="scroll"><table>' if tokens[at].nesting > 0 else "</table></div>"


_RULES = {
    "text": _text,
    "image": _image,
    "link_open": _link_open,
    "link_close": _link_close,
    **dict.fromkeys(("code_inline", "code_block", "fence"), _bare),
    **dict.fromkeys(("heading_open", "heading_close"), _heading),
    **dict.fromkeys(("table_open", "table_close"), _table),
}
