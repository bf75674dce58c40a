"""What trafilatura and htmldate guess about a page from its words and marks, where it declares nothing.

Each guess searches the whole page, so it is made only for what is asked.
"""

from __future__ import annotations

from copy import copy

import htmldate
import trafilatura
from lxml.html import HtmlElement
from trafilatura import metadata
from trafilatura.settings import Document

from geo_tracker.extract.pages.markup import BROKEN


def main_text(root: HtmlElement, url: str, prune: list[str] | None) -> str:
    """The text between navigation and footer, without elements that XPath expressions find; `root` stays as it is."""
    found = trafilatura.bare_extraction(root, url=url or None, include_comments=False, prune_xpath=prune)
    return str(found.text or "") if isinstance(found, Document) else ""


def declared(root: HtmlElement) -> Document:
    """Author and site as meta tags and JSON-LD of any shape, broken too, may tell them."""
    found = metadata.examine_meta(root)
    if found.author and " " not in found.author:  # an account rather than a person
        found.author = None
    try:
        return metadata.extract_meta_json(root, found)
    except BROKEN:  # of JSON in a shape that nobody thought of, the meta tags still hold
        return found


def author(root: HtmlElement) -> str | None:
    """A name in an element whose class or id speaks of authors."""
    found: str | None = metadata.extract_author(root)
    return found


def day(root: HtmlElement, url: str) -> str | None:
    """The oldest plausible day of an address, an element or a text, in ISO 8601."""
    found: str | None = htmldate.find_date(
        copy(root), url=url or None, original_date=True, extensive_search=True
    )
    return found


def site(root: HtmlElement) -> str | None:
    """A site's name in a title that is made of several."""
    found: str | None = metadata.extract_sitename(root)
    return found
