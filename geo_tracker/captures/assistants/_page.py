"""Saved pages: the text of an answer with its links, dialogues by selectors, JSON in scripts."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag
from bs4.exceptions import ParserRejectedMarkup
from lxml.etree import ParserError, iterwalk
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from geo_tracker.captures.assistants.base import Turn
from geo_tracker.engines._json import Json, integer, loads, malformed, record, said
from geo_tracker.engines._markers import CITATION, merged, resolved
from geo_tracker.engines.base import EngineError, ParsedAnswer, ParsedCitation, Span

MAX_PAGE = 20_000_000
"""Characters of one page."""
MAX_TAGS = 200_000
MAX_DEPTH = 400
BLOCKS = frozenset(
    {"p", "div", "section", "article", "li", "ul", "ol", "table", "tr", "blockquote", "pre", "br", "hr"}
    | {"h1", "h2", "h3", "h4", "h5", "h6"}
)
SILENT = frozenset({"script", "style", "noscript", "template", "svg", "button", "textarea", "head"})
_BLANK = re.compile(r"[ \t\r\n\f]+")
_NUMBER = re.compile(r"\s*(\d{1,3})[.、．]\s*(.*)", re.DOTALL)


def parsed(text: str) -> BeautifulSoup:
    """The page; raises `EngineError` for one that is too large, nested too deep or cut off."""
    if len(text) > MAX_PAGE or text.count("<") > 2 * MAX_TAGS or text.count("=") > 4 * MAX_TAGS:
        raise malformed(f"larger than {MAX_PAGE:,} characters or {MAX_TAGS:,} elements")
    if "</html" not in text[-2000:].lower():
        raise malformed("cut off before its end: save it again as a complete page")
    try:
        tree = document_fromstring(
            text.encode("utf-8", "replace"), parser=HTMLParser(encoding="utf-8", huge_tree=True)
        )
        if _depth(tree) > MAX_DEPTH:
            raise malformed(f"nested deeper than {MAX_DEPTH} levels")
        return BeautifulSoup(text, "lxml")
    except (ParserError, ParserRejectedMarkup) as error:
        raise malformed(f"not HTML: {error}") from None


def _depth(tree: HtmlElement) -> int:
    deepest = depth = 0
    for event, _ in iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


class Visible:
    """The text that an element shows, with a line for each block and the place of each link."""

    def __init__(self, element: Tag) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._linked = 0
        self.links: list[tuple[str, Span]] = []
        self._read(element)
        self.text = "".join(self._parts).rstrip()

    def _read(self, element: Tag) -> None:
        pending: list[Any] = [element]
        while pending:  # without recursion: hostile pages nest deep
            node = pending.pop()
            if isinstance(node, _Close):
                self._close(node)
            elif isinstance(node, Tag):
                if node.name not in SILENT and not _hidden(node):
                    self._break(node)
                    self._linked += _address(node) is not None
                    pending.append(_Close(node, self._length))
                    pending.extend(reversed(node.contents))
            elif type(node) is NavigableString:
                self._add(str(node))

    def _add(self, text: str) -> None:
        words = _BLANK.sub(" ", text)
        if not self._parts or self._parts[-1].endswith(("\n", " ")):
            words = words.lstrip(" ")
        if words.startswith("]") and self._parts and self._parts[-1].endswith("[") and not self._linked:
            words = words[1:]  # brackets about a mark that has no text, such as a button
            self._parts[-1] = self._parts[-1][:-1]
            self._length -= 1
        self._append(words)

    def _append(self, text: str) -> None:
        if text:
            self._parts.append(text)
            self._length += len(text)

    def _break(self, node: Tag) -> None:
        if node.name in BLOCKS and self._parts and not self._parts[-1].endswith("\n"):
            self._append("\n")
        if node.name == "li":
            self._append("- ")

    def _close(self, closed: _Close) -> None:
        address = _address(closed.node)
        self._linked -= address is not None
        if address is not None and closed.start < self._length:
            self.links.append((address, (closed.start, self._length)))
        if closed.node.name in BLOCKS and self._parts and not self._parts[-1].endswith("\n"):
            self._append("\n")


class _Close:
    """The end of an element, and where its text began."""

    def __init__(self, node: Tag, start: int) -> None:
        self.node = node
        self.start = start


def _hidden(node: Tag) -> bool:
    return node.has_attr("hidden") or node.get("aria-hidden") == "true"


def is_web(url: str) -> bool:
    try:
        return urlsplit(url).scheme in ("http", "https")
    except ValueError:
        return False


def page_dialogue(
    soup: BeautifulSoup,
    *,
    messages: str,
    answer: str,
    markers: re.Pattern[str],
    sources: str = "",
    hidden: str = "",
    question: str = "",
    chip: str = "",
) -> Iterator[Turn]:
    """The turns on a page: a message with an answer element is an answer, one without is the question before it.

    All but `markers` are CSS selectors. `hidden` elements, such as thoughts, are no part of a message; of a question
    with a `question` element that alone counts; a `chip` is the mark of a source and becomes `[citation:n]`. An answer
    outside every message has the page's sources, and so has the only answer of a page that lists them outside its
    message.
    """
    for element in soup.select(hidden) if hidden else []:
        element.decompose()
    for element in soup.select(chip) if chip else []:
        _mark(element)
    shown = soup.select(messages)
    known = {id(message) for message in shown}
    answers: dict[int, list[Tag]] = defaultdict(list)
    for element in _outermost(soup.select(answer)):
        answers[next((id(tag) for tag in _and_parents(element) if id(tag) in known), 0)].append(element)
    enclosing = {id(parent) for message in shown for parent in message.parents}
    asked = ""
    for message in shown:
        if found := answers.get(id(message)):
            within = soup if len(answers) == 1 else message
            yield _turn(asked, found, within.select(sources) if sources else [], markers)
        elif id(message) not in enclosing:
            asked = _question(message, question) or asked
    if found := answers.get(0):
        yield _turn(asked, found, soup.select(sources) if sources else [], markers)


def _question(message: Tag, selector: str) -> str:
    """The words of a question, without the buttons beside it where the app marks what they are."""
    marked = _outermost(message.select(selector)) if selector else []
    return "\n".join(Visible(tag).text for tag in marked or [message]).strip()


def _printed(words: str) -> int | None:
    """The number of a source whose mark a link is."""
    found = CITATION.fullmatch(words)
    return int(found["n"]) if found else None


def _mark(chip: Tag) -> None:
    """Print a source's number in a form that no word or price before it can swallow."""
    if number := re.search(r"\d{1,3}", chip.get_text()):
        chip.string = f"[citation:{number[0]}]"


def _and_parents(element: Tag) -> Iterator[Tag]:
    yield element
    yield from element.parents


def _outermost(elements: list[Tag]) -> list[Tag]:
    chosen = {id(element) for element in elements}
    return [e for e in elements if not any(id(parent) in chosen for parent in e.parents)]


def _turn(asked: str, elements: list[Tag], sources: list[Tag], markers: re.Pattern[str]) -> Turn:
    texts: list[str] = []
    linked: list[ParsedCitation] = []
    at = 0
    for element in elements:
        shown = Visible(element)
        linked += [
            ParsedCitation(
                url,
                ordinal=_printed(shown.text[start:end]),
                spans=((start + at, min(end, len(shown.text)) + at),),
            )
            for url, (start, end) in shown.links
            if start < len(shown.text)
        ]
        texts.append(shown.text)
        at += len(shown.text) + 1
    text = "\n".join(texts)
    listed = [row for place, tag in enumerate(sources, 1) if (row := listed_source(tag, place)) is not None]
    citations = merged(_with_links(resolved(text, listed, markers), linked))
    raw = "\n".join(str(element) for element in elements).encode("utf-8", "replace")
    answer = ParsedAnswer(text, citations=citations, search="yes" if listed else "unknown")
    return Turn(asked, answer, raw=raw)


def _with_links(
    listed: Sequence[ParsedCitation], linked: Sequence[ParsedCitation]
) -> tuple[ParsedCitation, ...]:
    """The listed sources, cited where the text links to them, and the links that lead elsewhere."""
    spans: dict[str, list[Span]] = defaultdict(list)
    for link in linked:
        spans[link.url] += link.spans
    known = {row.url for row in listed}
    return (
        *(
            replace(row, role="cited", spans=tuple(sorted({*row.spans, *spans[row.url]})))
            if row.url in spans
            else row
            for row in listed
        ),
        *(link for link in linked if link.url not in known),
    )


def listed_source(tag: Tag, place: int) -> ParsedCitation | None:
    """A source in a list beside the answer: a link, or an element that carries its data as JSON."""
    data, address = _attribute_json(tag), _address(tag)
    if address is None:
        return None
    label = Visible(tag).text.strip()
    number = _NUMBER.fullmatch(label)
    ordinal = integer(data.get("refer_num")) or (int(number[1]) if number else place)
    title = said(data.get("title"), number[2] if number else label)
    return ParsedCitation(address, "retrieved", ordinal, title=title.splitlines()[0] if title else None)


def _address(tag: Tag) -> str | None:
    """Where an element leads: a link, or an element that carries its address as data."""
    data = _attribute_json(tag)
    address = said(
        data.get("url"), data.get("ref_url"), *(tag.get(n) for n in ("href", "data-url", "data-href"))
    )
    return address if address is not None and is_web(address) else None


def _attribute_json(tag: Tag) -> Json:
    for name in ("data-exposure-extra", "data-click-extra"):
        value = tag.get(name)
        if isinstance(value, str):
            try:
                return record(loads(value))
            except EngineError:
                continue
    return {}


def scripts_with(soup: BeautifulSoup, key: str) -> list[Json]:
    """The objects under a key in the page's scripts and data attributes, wherever they stand."""
    found: list[Json] = []
    for script in soup.find_all("script"):
        held = [script.string or "", *(value for value in script.attrs.values() if isinstance(value, str))]
        for text in held:
            found += objects_under(text, key)
    return found


def objects_under(text: str, key: str) -> Iterator[Json]:
    """The objects that stand under a key in text with JSON in it."""
    decoder = json.JSONDecoder()
    for match in re.finditer(rf'"{re.escape(key)}"\s*:\s*(?=\{{)', text):
        try:
            _, end = decoder.raw_decode(text, match.end())
            yield record(loads(text[match.end() : end]))
        except (ValueError, RecursionError, EngineError):
            continue
