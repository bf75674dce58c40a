"""The element that holds an article's paragraphs."""

from __future__ import annotations

import re
from collections import defaultdict

from lxml.html import HtmlElement

from geo_tracker.extract.pages.markup import block_text, elements, texts
from geo_tracker.extract.pages.walls import weight
from geo_tracker.extract.text.languages import language_of

_LONG_ENOUGH = 600
"""Weight of paragraphs that make an article."""
_AGREED = 0.8
"""Share of the element's text that the general reader must have found too."""
_LINE = 10
"""Characters of a line that is told from others by its words."""


def article_body(root: HtmlElement, found: str) -> str:
    """The text of the element with most paragraphs of its own, where `found` is Chinese and holds nearly all of it.

    Chinese news pages put an article's paragraphs side by side into one element and set comments and hot lists,
    long texts without links, right beside it; readers that go by the density of links take those along.
    """
    if language_of(found) != "zh":
        return found
    element = _densest(root)
    body = block_text(element) if element is not None else ""
    return body if weight(body) >= _LONG_ENOUGH and _shared(body, found) >= _AGREED else found


def _densest(root: HtmlElement) -> HtmlElement | None:
    weights: dict[HtmlElement, int] = defaultdict(int)
    for paragraph in elements(root, "p"):
        linked = sum(len(text) for link in elements(paragraph, "a") for text in texts(link))
        text = "".join(texts(paragraph))
        if len(text) - linked > _LINE:
            weights[paragraph.getparent()] += weight(text)
    return max(weights, key=lambda parent: weights[parent]) if weights else None


def _shared(body: str, found: str) -> float:
    """Share of a text, by its longer lines, that another holds."""
    whole = re.sub(r"\s+", "", found)
    lines = [line for line in (re.sub(r"\s+", "", line) for line in body.splitlines()) if len(line) >= _LINE]
    held = sum(len(line) for line in lines if line in whole)
    return held / sum(map(len, lines)) if lines else 0.0
