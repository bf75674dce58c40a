"""A page's markup as one tree, parsed once for all that read it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from typing import Any, cast

from lxml import etree
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement, HTMLParser, document_fromstring

BROKEN = (
    *(etree.LxmlError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError),
    AssertionError,
)
"""What parsers run into when they meet hostile markup."""
MAX_TAGS = 60_000
"""Of a page; what follows is not read. Long articles have 20,000."""
_PROLOG = re.compile(r"^\s*<\?xml[^>]*>")
_LONG_TAG = re.compile(r"<[^<>]{20000,}>")
_UNSEEN = "ancestor::script or ancestor::style or ancestor::template"
_BLOCKS = frozenset(
    "p div section article header footer main aside li ul ol dl dt dd table tr blockquote pre figure figcaption "  # noqa: SIM905
    "h1 h2 h3 h4 h5 h6 br hr".split()
)
_BREAK = "\x1e"
# lxml.html asks Python for the class of every element; one class for all is known without asking.
_CLASSES = etree.ElementDefaultClassLookup(element=HtmlElement)
_SILENT = frozenset({"script", "style", "noscript", "template", "svg", "iframe", "form", "button"})


def path(expression: str) -> Callable[[HtmlElement], list[Any]]:
    """An XPath expression, compiled: what it finds from an element, texts as plain strings."""
    return cast("Callable[[HtmlElement], list[Any]]", etree.XPath(expression, smart_strings=False))


_TEXTS = path(f"descendant::text()[not({_UNSEEN})]")


def bounded(source: str) -> str:
    """Without tags that hold a picture or a program, and only as many tags as a page has that people read."""
    # An XML prolog names an encoding, which decoded text has no more.
    source = _LONG_TAG.sub("", _PROLOG.sub("", source))
    last = next(islice(re.finditer("<", source), MAX_TAGS, None), None)
    return source[: last.start()] if last else source


def parsed(source: str) -> HtmlElement:
    """The root of a page or fragment, without comments; an empty one where nothing can be made of it."""
    # A parser of its own for each: those that share one share its dictionary of names, which only grows.
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    parser.set_element_class_lookup(_CLASSES)
    try:
        return document_fromstring(source.replace("\0", "\ufffd").encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:  # nothing but comments
        return document_fromstring(b"<html></html>", parser=parser)


def texts(element: HtmlElement) -> list[str]:
    """The pieces of text in an element, without scripts and styles."""
    return _TEXTS(element)


def line(element: HtmlElement) -> str:
    """An element's text on one line, a space between its pieces."""
    return " ".join(" ".join(texts(element)).split())


def elements(root: HtmlElement, *names: str) -> Iterator[Any]:
    """Elements of these names in the order of the page."""
    return cast("Iterator[Any]", root.iter(*names))


def first(root: HtmlElement, *names: str) -> HtmlElement | None:
    """The first element of one of these names."""
    return next(elements(root, *names), None)


def select(root: HtmlElement, selector: str) -> list[HtmlElement]:
    """The elements that a CSS selector fits, in the order of the page."""
    return cast("list[HtmlElement]", _selector(selector)(root))


@cache
def _selector(selector: str) -> CSSSelector:
    return CSSSelector(selector, translator="html")


def block_text(element: HtmlElement) -> str:
    """The text of an element, one line per block, without scripts and controls."""
    lines = "".join(_pieces(element)).split(_BREAK)
    stripped = (" ".join(line.split()) for line in lines)
    return "\n".join(line for line in stripped if line)


def _pieces(element: HtmlElement) -> Iterator[str]:
    """Text in order, with a break where a block begins or ends; no recursion, pages nest without limit."""
    waiting: list[HtmlElement | str] = [element]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            yield node
        elif node.tag not in _SILENT:
            edge = _BREAK if node.tag in _BLOCKS else ""
            yield edge + (node.text or "")
            waiting.append(edge)
            for child in reversed(node):
                waiting.extend((child.tail or "", child))
