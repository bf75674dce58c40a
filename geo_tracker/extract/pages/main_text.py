"""The element that holds an article's paragraphs."""

from __future__ import annotations

import re
from collections import defaultdict

from bs4 import BeautifulSoup, Tag

from geo_tracker.extract.pages.layouts import block_text
from geo_tracker.extract.pages.walls import weight
from geo_tracker.extract.text.languages import language_of

_LONG_ENOUGH = 600
"""Weight of paragraphs that make an article."""
_AGREED = 0.8
"""Share of the element's text that the general reader must have found too."""
_LINE = 10
"""Characters of a line that is told from others by its words."""


def article_body(soup: BeautifulSoup, found: str) -> str:
    """The text of the element with most paragraphs of its own, where `found` is Chinese and holds nearly all of it.

    Chinese news pages put an article's paragraphs side by side into one element and set comments and hot lists,
    long texts without links, right beside it; readers that go by the density of links take those along.
    """
    if language_of(found) != "zh":
        return found
    element = _densest(soup)
    body = block_text(element) if element else ""
    return body if weight(body) >= _LONG_ENOUGH and _shared(body, found) >= _AGREED else found


def _densest(soup: BeautifulSoup) -> Tag | None:
    weights: dict[int, int] = defaultdict(int)
    parents: dict[int, Tag] = {}
    for paragraph in soup.find_all("p"):
        linked = sum(len(link.get_text()) for link in paragraph.find_all("a"))
        text = paragraph.get_text()
        if len(text) - linked > _LINE and paragraph.parent is not None:
            weights[id(paragraph.parent)] += weight(text)
            parents[id(paragraph.parent)] = paragraph.parent
    return parents[max(weights, key=lambda key: weights[key])] if weights else None


def _shared(body: str, found: str) -> float:
    """Share of a text, by its longer lines, that another holds."""
    whole = re.sub(r"\s+", "", found)
    lines = [line for line in (re.sub(r"\s+", "", line) for line in body.splitlines()) if len(line) >= _LINE]
    held = sum(len(line) for line in lines if line in whole)
    return held / sum(map(len, lines)) if lines else 0.0
